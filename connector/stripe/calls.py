"""Calls to Stripe: one shared transport, three kinds of key, Stripe's refusals in our words.

Every call is a raw request: the SDK's typed objects cost many times the JSON they are made of.
The SDK retries nothing here, and its telemetry, which writes a file into the user's folder, is off.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import requests
import stripe

from connector.protocol import FORBIDDEN
from connector.raw import documents, parse
from ledger.errors import (
    DisconnectedError,
    OutsideError,
    RefusedError,
    RetryLaterError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from connector.pace import Gate
    from connector.protocol import Access, Wire

API_VERSION = "2026-10-28.endive"
API = "https://api.stripe.com"
# Stripe names the limit that was hit, but no waiting time.
RATE_WAIT_SECONDS = 5.0
LOCK_WAIT_SECONDS = 2.0
FAULT_WAIT_SECONDS = 30.0
# What Stripe itself says not to repeat may be asked for again only much later.
DISCOURAGED_WAIT_SECONDS = 300.0

stripe.enable_telemetry = False

Doc = dict[str, Any]


class MissingError(Exception):
    """Stripe has nothing of this id in this account; the connector turns it into `Gone`."""


@lru_cache(maxsize=8)
def _transport(
    connect_seconds: int, read_seconds: int, adapter: BaseAdapter | None
) -> stripe.RequestsClient:
    """Give the transport that every connection with these settings shares, for its open sockets."""
    session = None
    if adapter is not None:
        session = requests.Session()
        session.mount("https://", adapter)
        session.mount("http://", adapter)
    return stripe.RequestsClient(timeout=(connect_seconds, read_seconds), session=session)


class Calls:
    """One connection's calls. `gate` is entered before each and told what Stripe answers."""

    def __init__(self, access: Access, wire: Wire, gate: Gate | None = None) -> None:
        """Make no call yet; raises ValueError for a strategy nobody knows."""
        if access.strategy not in {"oauth", "platform", "restricted_key"}:
            msg = f"{access.strategy!r} is no way into Stripe: oauth, platform or restricted_key"
            raise ValueError(msg)
        self._gate = gate
        self._expires = access.strategy == "oauth"
        self._client = stripe.StripeClient(
            access.token,
            # An access token or a restricted key opens one account; the platform's key any.
            stripe_account=access.tenant_id if access.strategy == "platform" else None,
            stripe_version=API_VERSION,
            base_addresses={"api": wire.address("api", API)},
            max_network_retries=0,
            http_client=_transport(wire.connect_seconds, wire.read_seconds, wire.adapter),
        )

    def get(self, path: str, **params: object) -> Doc:
        """Read. Raises MissingError, or one of the errors of `ledger.errors`."""
        return self._ask("get", path, params)

    def granted(self, path: str, **params: object) -> list[Doc]:
        """List what a merchant may have left out of a restricted key; nothing then."""
        try:
            rows: list[Doc] = self.get(path, **params)["data"]
        except RefusedError as problem:
            if problem.code != FORBIDDEN:
                raise
            return []
        return rows

    def post(self, path: str, key: str, **params: object) -> Doc:
        """Write, with an idempotency key. Raises as `get` does, and UnknownOutcomeError."""
        return self._ask("post", path, {**params, "idempotency_key": key})

    def _ask(self, method: str, path: str, params: Doc) -> Doc:
        if self._gate is not None:
            self._gate.enter()
        try:
            answer = self._client.raw_request(method, path, **params)
        except stripe.StripeError as problem:
            meaning = self._meaning(problem, writing=method == "post")
            if self._gate is not None and isinstance(meaning, RetryLaterError):
                self._gate.told(retry_after_seconds=meaning.seconds)
            raise meaning from problem
        except UnicodeDecodeError:
            raise _silence("Stripe's answer is no text", writing=method == "post") from None
        return _answer(answer.body, writing=method == "post")

    def _meaning(self, problem: stripe.StripeError, *, writing: bool) -> Exception:
        status = problem.http_status
        if isinstance(problem, stripe.APIConnectionError) or status is None:
            return _silence("Stripe did not answer", writing=writing)
        # The SDK leaves `code` empty on 401, 403, 429 and 5xx; the body has it.
        code, text = _told(problem)
        advice = str((problem.headers or {}).get("Stripe-Should-Retry", ""))
        # A key used with other words: something was begun under it, and nobody knows what of it.
        begun = isinstance(problem, stripe.IdempotencyError) and status != requests.codes.conflict
        if begun or status >= requests.codes.internal_server_error or not _is_stripes(problem):
            seconds = FAULT_WAIT_SECONDS if advice != "false" else DISCOURAGED_WAIT_SECONDS
            return _silence(f"Stripe failed: {text}", writing=writing, seconds=seconds)
        if status == requests.codes.unauthorized:
            return self._unauthorized(code, text)
        if advice == "true":
            return RetryLaterError(RATE_WAIT_SECONDS, text)
        return _refusal(status, code, text)

    def _unauthorized(self, code: str, text: str) -> OutsideError:
        if code == "api_key_expired" and self._expires:
            # The hour of an access token ran out on the way: the next opening brings a fresh one.
            return RetryLaterError(LOCK_WAIT_SECONDS, text)
        return DisconnectedError(text)


class _Answer(dict[str, Any]):
    """A document of Stripe's. To miss a field of it is to have got no usable answer."""

    writing = False

    def __missing__(self, field: str) -> object:
        raise _silence(f"Stripe's answer holds no {field}", writing=self.writing)


def _answer(body: str | bytes, *, writing: bool) -> Doc:
    """Read an answer; members of a list that are no documents stay, as what cannot be read."""
    try:
        read = parse(body)
    except ValueError:
        raise _silence("Stripe's answer is no JSON", writing=writing) from None
    if not isinstance(read, dict):
        raise _silence("Stripe's answer is no JSON object", writing=writing)
    if "data" in read:
        if not isinstance(read.get("data"), list):
            raise _silence("Stripe's answer holds no data", writing=writing)
        read["data"] = documents(read["data"])
    answer = _Answer(read)
    answer.writing = writing
    return answer


def _is_stripes(problem: stripe.StripeError) -> bool:
    """Say whether Stripe itself answered, and not a proxy or a captive portal on the way."""
    body = problem.json_body
    return isinstance(body, dict) and isinstance(body.get("error"), dict)


def _told(problem: stripe.StripeError) -> tuple[str, str]:
    body = problem.json_body
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    text = str(told.get("message") or problem.user_message or "no reason given")
    trace = f" [{problem.request_id}]" if problem.request_id else ""
    return str(told.get("code") or ""), text + trace


def _silence(text: str, *, writing: bool, seconds: float = FAULT_WAIT_SECONDS) -> OutsideError:
    return UnknownOutcomeError(text) if writing else RetryLaterError(seconds, text)


def _refusal(status: int, code: str, text: str) -> Exception:
    if code == "resource_missing" or status == requests.codes.not_found:
        return MissingError(text)
    if status == requests.codes.too_many_requests:
        locked = code == "lock_timeout"
        return RetryLaterError(LOCK_WAIT_SECONDS if locked else RATE_WAIT_SECONDS, text)
    if status == requests.codes.conflict:
        # The same write is still under way in another process.
        return RetryLaterError(LOCK_WAIT_SECONDS, text)
    if status == requests.codes.forbidden:
        ended = code == "account_invalid"
        return DisconnectedError(text) if ended else RefusedError(text, FORBIDDEN)
    return RefusedError(text, code)
