"""Calls to QuickBooks: python-quickbooks as a thin transport over a session of our own.

The package's own session would do network calls in constructors, wait for ever and lose status and
headers of a refusal. Ours sets time-outs, asks the gate before each call, and raises our errors
itself, so that the package sees clean answers only. Bodies are JSON text written here: the package
would write amounts as strings.
"""

from __future__ import annotations

import json
import logging
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
from quickbooks import QuickBooks
from urllib3.exceptions import NewConnectionError

from connector.quickbooks.faults import (
    FAILURE_SECONDS,
    THROTTLE_SECONDS,
    Said,
    error_of,
    failure,
    said_in_json,
    said_in_text,
)
from connector.raw import documents
from ledger.errors import RefusedError, RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.protocol import Access, Gate, Wire

Doc = dict[str, Any]

API = "https://quickbooks.api.intuit.com"
MINOR_VERSION = 75

_log = logging.getLogger(__name__)


class Session(requests.Session):
    """A session that counts, spaces, bounds and judges every call of one connection."""

    def __init__(self, access: Access, gate: Gate, wire: Wire) -> None:
        """Carry the connection's token; `wire.adapter` replaces the network when given."""
        super().__init__()
        # The name that python-quickbooks asks its session for.
        self.access_token = access.token
        self.trust_env = False
        self._gate = gate
        self._timeout = (wire.connect_seconds, wire.read_seconds)
        if wire.adapter is not None:
            self.mount("https://", wire.adapter)
            self.mount("http://", wire.adapter)

    def request(  # type: ignore[override]  # only what python-quickbooks passes
        self,
        method: str,
        url: str,
        **asked: Any,  # noqa: ANN401 - requests' own arguments
    ) -> requests.Response:
        """Make one call; raises our errors for whatever is not a clean answer."""
        writes = method == "POST" and not url.endswith("/query")
        self._gate.enter(metered=not writes)
        try:
            answer = super().request(
                method, url, timeout=self._timeout, allow_redirects=False, **asked
            )
        except requests.RequestException as error:
            if _is_unsent(error):
                # A write that never left may simply be made again.
                raise RetryLaterError(FAILURE_SECONDS, "QuickBooks cannot be reached") from error
            text = f"no answer from QuickBooks ({type(error).__name__})"
            raise failure(text, writes=writes) from error
        self._judge(answer, writes=writes)
        return answer

    def _judge(self, answer: requests.Response, *, writes: bool) -> None:
        tid = answer.headers.get("intuit_tid", "")
        _log.debug("quickbooks answered %s, intuit_tid %s", answer.status_code, tid)
        try:
            # Read as the package will read it, which meets a number beyond reading with a crash.
            body = json.loads(answer.content, parse_float=Decimal)
        except (ValueError, InvalidOperation, RecursionError):
            said: Said | None = said_in_text(answer.text)
            if answer.status_code == HTTPStatus.OK:
                raise failure("QuickBooks' answer is no JSON", writes=writes) from None
        else:
            said = said_in_json(body)
            if not isinstance(body, dict):
                raise failure("QuickBooks' answer is no JSON object", writes=writes)
        if said is None and answer.status_code == HTTPStatus.OK:
            return
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._gate.told(retry_after_seconds=_patience(answer))
        said = said or Said("", f"QuickBooks answered {answer.status_code}")
        raise error_of(answer.status_code, said, writes=writes, tid=tid)


def _is_unsent(error: requests.RequestException) -> bool:
    """Say whether no connection came about, so that nothing can have arrived."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _patience(answer: requests.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return max(float(told), THROTTLE_SECONDS) if told.isdigit() else THROTTLE_SECONDS


class Calls:
    """The calls we make, as plain dictionaries; amounts are read as Decimal."""

    def __init__(self, access: Access, gate: Gate, wire: Wire) -> None:
        """Make no call yet."""
        self.realm = access.tenant_id
        self._client = QuickBooks(
            company_id=access.tenant_id, minorversion=MINOR_VERSION, use_decimal=True
        )
        self._client.api_url_v3 = wire.address("api", API) + "/v3"
        self._client.session = Session(access, gate, wire)

    def company(self) -> Doc:
        """Read CompanyInfo."""
        return self._one("CompanyInfo", f"companyinfo/{self.realm}")

    def preferences(self) -> Doc:
        """Read Preferences."""
        return self._one("Preferences", "preferences")

    def query(self, text: str) -> tuple[list[Doc], str]:
        """Run a statement: the page's documents and the vendor's `time`. An empty page is []."""
        answer: Doc = self._client.query(text)
        page = answer.get("QueryResponse")
        if not isinstance(page, dict):
            raise RetryLaterError(FAILURE_SECONDS, "QuickBooks' answer holds no QueryResponse")
        lists = [value for value in page.values() if isinstance(value, list)]
        return (documents(lists[0]) if lists else []), str(answer.get("time") or "")

    def count(self, text: str) -> int | None:
        """Run a statement that counts; None when the answer does not say."""
        page = self._client.query(text).get("QueryResponse")
        total = page.get("totalCount") if isinstance(page, dict) else None
        return total if isinstance(total, int) and not isinstance(total, bool) else None

    def changed(self, entities: str, since: str) -> tuple[list[tuple[str, Doc]], str]:
        """Ask what became of some entities: pairs of name and document, and the vendor's time."""
        answer: Doc = self._client.change_data_capture(entities, since)
        lots = documents(answer.get("CDCResponse"))
        # Without its parts an answer does not say that nothing has changed.
        if not lots or not all(lot.get("QueryResponse") for lot in lots):
            raise RetryLaterError(FAILURE_SECONDS, "QuickBooks' answer holds no CDCResponse")
        found = [
            (name, doc)
            for lot in lots
            for part in documents(lot["QueryResponse"])
            for name, value in part.items()
            for doc in documents(value)
        ]
        return found, str(answer.get("time") or "")

    def create(self, entity: str, body: Mapping[str, Any], request_id: str) -> Doc:
        """Create a document; the same `request_id` gives the first answer again."""
        answer = self._client.create_object(entity, written(body), request_id=request_id)
        return _entity(answer, entity)

    def update(
        self, entity: str, body: Mapping[str, Any], request_id: str, *, void: bool = False
    ) -> Doc:
        """Change a document by a sparse body, or void it."""
        options = {"operation": "update"} | ({"include": "void"} if void else {})
        answer = self._client.update_object(
            entity, written(body), request_id=request_id, params=options
        )
        return _entity(answer, entity)

    def close(self) -> None:
        """Let go of the connections held open."""
        self._client.session.close()

    def _one(self, entity: str, path: str) -> Doc:
        url = f"{self._client.api_url}/company/{self.realm}/{path}"
        found = self._client.get(url).get(entity)
        if not isinstance(found, dict):
            raise RetryLaterError(FAILURE_SECONDS, f"QuickBooks' answer holds no {entity}")
        return found


def _entity(answer: Doc, entity: str) -> Doc:
    """Require that a write's answer holds what was written: an empty 200 proves nothing."""
    found = answer.get(entity)
    if not isinstance(found, dict) or not found.get("Id"):
        raise failure(f"QuickBooks' answer holds no {entity}", writes=True)
    return found


def quoted(value: str) -> str:
    """Write a value for a query: in single quotes, backslashes and quotes escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def written(body: Mapping[str, Any]) -> str:
    """Write a body as JSON with amounts as numbers; raises RefusedError rather than change one."""
    return json.dumps(body, default=_exact)


def _exact(value: object) -> int | float:
    if not isinstance(value, Decimal):
        msg = f"{type(value).__name__} has no place in a request"
        raise TypeError(msg)
    if value == value.to_integral_value():
        return int(value)
    # The shortest form of the nearest float is the same decimal up to 15 digits.
    if Decimal(repr(number := float(value))) != value:
        msg = f"{value} has more digits than a JSON number keeps"
        raise RefusedError(msg)
    return number
