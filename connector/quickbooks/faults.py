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
    READ_ONLY,
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
_MISSING = "610"
_STALE = "5010"
# The second is an older number of the first.
_CLOSED = {"6210", "6200"}
_CLOSED_WORDS = re.compile(r"period (has )?closed|books (are|have been) closed", re.IGNORECASE)
_SYSTEM = "10000"
_ENDED = "6190"

# What a person can do about it, where QuickBooks' own words leave that open.
_ADVICE = {
    "120": "Whoever connected it is no administrator of the company any more; another one must"
    " connect it again.",
    "500": "This is a fault in Dunnock: please report it.",
    "610": "Something it names was deleted or made inactive in QuickBooks.",
    "620": "Look at customer and currency of both: QuickBooks does not link these.",
    "4001": "This is a fault in Dunnock: please report it.",
    "6190": "The company's QuickBooks subscription has ended or was not paid; until then its books"
    " can only be read.",
    "6210": "The books are closed for that day: book it on a later day, or reopen the period.",
    "6540": "The payment is in a bank deposit: take it out of the deposit in QuickBooks first.",
}

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


def is_throttled(status: int, said: Said) -> bool:
    """Say whether QuickBooks asks for patience; it did so with status 403 in former times."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or said.code in _THROTTLED


def error_of(status: int, said: Said, *, writes: bool, tid: str = "") -> OutsideError:
    """Give the error for a refused call; `tid` is QuickBooks' id of the call, for its support.

    A failure of the server leaves the outcome of a write unknown. What is missing is stale to us:
    it was there when it was read.
    """
    code = _true_code(said)
    text = _traced(_advised(said.text, code), tid)
    if is_throttled(status, said):
        return RetryLaterError(THROTTLE_SECONDS, text)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or code in _UNAUTHORISED:
        return DisconnectedError(text)
    if code in {_STALE, _MISSING}:
        return StaleError(text)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code == _SYSTEM:
        return failure(text, writes=writes)
    return RefusedError(text, READ_ONLY if code == _ENDED else code)


def failure(text: str, *, writes: bool, tid: str = "") -> OutsideError:
    """Give the error for an answer that did not come or made no sense."""
    text = _traced(text, tid)
    return UnknownOutcomeError(text) if writes else RetryLaterError(FAILURE_SECONDS, text)


def _true_code(said: Said) -> str:
    """Give the code to act on: closed books have also been reported as a stale object."""
    closed = said.code in _CLOSED or (said.code == _STALE and _CLOSED_WORDS.search(said.text))
    return "6210" if closed else said.code


def _advised(text: str, code: str) -> str:
    advice = _ADVICE.get(code)
    return f"{text.rstrip('.')}. {advice}" if advice else text


def _traced(text: str, tid: str) -> str:
    return f"{text} [intuit_tid {tid}]" if tid else text


def _get(body: object, name: str) -> Any:  # noqa: ANN401 - a part of parsed JSON
    if not isinstance(body, dict):
        return None
    known: Mapping[str, Any] = body
    return next((value for key, value in known.items() if key.lower() == name), None)
