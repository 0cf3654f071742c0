"""The session below python-quickbooks: every call of one connection counted, bounded and judged.

The package's own session would wait for ever and lose status and headers of a refusal. Ours sets
time-outs, asks the gate before each call, and raises our errors itself, so that the package sees
clean answers only.
"""

from __future__ import annotations

import json
import logging
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import NewConnectionError

from connector.quickbooks.faults import (
    FAILURE_SECONDS,
    THROTTLE_SECONDS,
    Said,
    error_of,
    failure,
    is_throttled,
    said_in_json,
    said_in_text,
)
from ledger.errors import RetryLaterError

if TYPE_CHECKING:
    from connector.pace import Gate
    from connector.protocol import Access, Wire

PDF = "application/pdf"
# Questions that are asked by POST.
_QUESTIONS = ("/query", "/batch")
# A company takes 40 batches a minute and we make at most 300 calls: one weighs as much as eight.
BATCH_WEIGHT = 8

_log = logging.getLogger(__name__)


class Session(requests.Session):
    """A session that counts, spaces, bounds and judges every call of one connection."""

    def __init__(self, access: Access, gate: Gate, wire: Wire) -> None:
        """Carry the connection's token; `wire.adapter` replaces the network when given."""
        super().__init__()
        # The name that python-quickbooks asks its session for.
        self.access_token = access.token
        self.trust_env = False
        # QuickBooks' id of the last write it answered, for its support.
        self.trace = ""
        self._gate = gate
        self._timeout = (wire.connect_seconds, wire.read_seconds)
        if wire.adapter is not None:
            self.mount("https://", wire.adapter)
            self.mount("http://", wire.adapter)

    def request(  # type: ignore[override]  # only what python-quickbooks passes
        self,
        method: str,
        url: str,
        *,
        items: int = 1,
        **asked: Any,  # noqa: ANN401 - requests' own arguments
    ) -> requests.Response:
        """Make one call, for so many `items` when it is a batch of questions.

        Raises our errors for whatever is not a clean answer.
        """
        writes = method == "POST" and not url.endswith(_QUESTIONS)
        # Whether a batch is billed once or by its items is not known: by its items, then.
        self._enter(0 if writes else items, batch=url.endswith("/batch"))
        try:
            answer = super().request(
                method, url, timeout=self._timeout, allow_redirects=False, **asked
            )
        except requests.RequestException as error:
            _log.warning("quickbooks gave no answer: %s", type(error).__name__)
            if _is_unsent(error):
                # A write that never left may simply be made again.
                raise RetryLaterError(FAILURE_SECONDS, "QuickBooks cannot be reached") from error
            text = f"no answer from QuickBooks ({type(error).__name__})"
            raise failure(text, writes=writes) from error
        self._judge(answer, writes=writes)
        return answer

    def throttled(self, answer: requests.Response | None = None) -> None:
        """Have every process leave this company in peace; QuickBooks wants a minute at least."""
        self._gate.told(retry_after_seconds=_patience(answer))

    def _enter(self, reads: int, *, batch: bool) -> None:
        if batch:
            self._gate.enter(metered=reads, weight=BATCH_WEIGHT)
        else:
            self._gate.enter(metered=reads)

    def _judge(self, answer: requests.Response, *, writes: bool) -> None:
        tid = answer.headers.get("intuit_tid", "")
        if writes:
            self.trace = tid
        said, error = _reading(answer, writes=writes, tid=tid)
        if said is None and error is None and answer.status_code == HTTPStatus.OK:
            _log.debug("quickbooks answered, intuit_tid %s", tid)
            return
        code = said.code if said else ""
        _log.warning(
            "quickbooks refused: status %s, code %s, intuit_tid %s", answer.status_code, code, tid
        )
        if error is not None:
            raise error
        said = said or Said("", f"QuickBooks answered {answer.status_code}")
        if is_throttled(answer.status_code, said):
            self.throttled(answer)
        raise error_of(answer.status_code, said, writes=writes, tid=tid)


def _reading(
    answer: requests.Response, *, writes: bool, tid: str
) -> tuple[Said | None, Exception | None]:
    """Find what a refusal says, or the error for an answer that is none."""
    is_ok = answer.status_code == HTTPStatus.OK
    if is_ok and answer.content.startswith(b"%PDF"):
        return None, None
    try:
        # Read as the package will read it, which meets a number beyond reading with a crash.
        body = json.loads(answer.content, parse_float=Decimal)
    except (ValueError, InvalidOperation, RecursionError):
        if is_ok and "<Fault" not in answer.text:
            return None, failure("QuickBooks' answer is no JSON", writes=writes, tid=tid)
        return said_in_text(answer.text), None
    if not isinstance(body, dict):
        return None, failure("QuickBooks' answer is no JSON object", writes=writes, tid=tid)
    return said_in_json(body), None


def _is_unsent(error: requests.RequestException) -> bool:
    """Say whether no connection came about, so that nothing can have arrived."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _patience(answer: requests.Response | None) -> float:
    told = answer.headers.get("Retry-After", "") if answer is not None else ""
    return max(float(told), THROTTLE_SECONDS) if told.isdigit() else THROTTLE_SECONDS
