"""QuickBooks' refusals in our four words. HTTP 200 is not success: a body may still hold a Fault.

Shapes: `{"Fault": {"Error": [...]}}`, the gateway's `{"fault": {"error": [...]}}` in lower case,
XML although JSON was asked for, and plain HTML. Codes come as text, sometimes with leading zeros.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ledger.errors import (
    DisconnectedError,
    OutsideError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# QuickBooks sends no Retry-After; its pages say to wait a minute.
THROTTLE_SECONDS = 60.0
# How long to leave a failing server alone.
FAILURE_SECONDS = 30.0
SAID_MAX = 500

_THROTTLED = {"3001"}
_UNAUTHORISED = {"100", "120", "3100", "3200", "3202"}
_STALE = "5010"
_SYSTEM = "10000"

_XML_CODE = re.compile(r"<Error\s[^>]*code=\"(\d+)\"")
_XML_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")


@dataclass(frozen=True, slots=True)
class Said:
    """What a refusal says: QuickBooks' code without leading zeros, and its wording."""

    code: str
    text: str


def said_in_json(body: object) -> Said | None:
    """Find the first error of a Fault in a parsed body, whatever the case of its keys."""
    fault = _get(body, "fault")
    if fault is None:
        return None
    errors = _get(fault, "error")
    error = errors[0] if isinstance(errors, list) and errors else errors
    code = str(_get(error, "code") or "").lstrip("0")
    words = [str(_get(error, name) or "") for name in ("message", "detail")]
    text = ": ".join(dict.fromkeys(word for word in words if word))
    return Said(code, text[:SAID_MAX] or str(_get(fault, "type") or "no reason given"))


def said_in_text(text: str) -> Said:
    """Find code and message in an XML answer; anything else gives its first line."""
    code, message = _XML_CODE.search(text), _XML_MESSAGE.search(text)
    first = text.strip().splitlines()[0] if text.strip() else ""
    return Said(
        code.group(1).lstrip("0") if code else "",
        (message.group(1) if message else first)[:SAID_MAX],
    )


def error_of(status: int, said: Said, *, writes: bool, tid: str = "") -> OutsideError:
    """Give the error for a refused call; `tid` is QuickBooks' id of the call, for its support.

    A failure of the server leaves the outcome of a write unknown.
    """
    text = f"{said.text} [intuit_tid {tid}]" if tid else said.text
    if status == HTTPStatus.TOO_MANY_REQUESTS or said.code in _THROTTLED:
        return RetryLaterError(THROTTLE_SECONDS, text)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or said.code in _UNAUTHORISED:
        return DisconnectedError(text)
    if said.code == _STALE:
        return StaleError(text)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or said.code == _SYSTEM:
        return failure(text, writes=writes)
    return RefusedError(text, said.code)


def failure(text: str, *, writes: bool) -> OutsideError:
    """Give the error for an answer that did not come or made no sense."""
    return UnknownOutcomeError(text) if writes else RetryLaterError(FAILURE_SECONDS, text)


def _get(body: object, name: str) -> Any:  # noqa: ANN401 - a part of parsed JSON
    if not isinstance(body, dict):
        return None
    known: Mapping[str, Any] = body
    return next((value for key, value in known.items() if key.lower() == name), None)
