"""Xero's four error dialects in our words: validation, gateway, limits and plain text."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
)

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

# How long to leave a failing server alone, and an organisation that Xero has taken offline.
FAILURE_SECONDS = 30.0
OFFLINE_SECONDS = 300.0
# Too many calls at once end quickly; the other limits are told with a Retry-After.
CONCURRENT_SECONDS = 2.0
MINUTE_SECONDS = 60.0
DAY_SECONDS = 3600.0
SAID_MAX = 500

# The document is not what it was when the decision was made.
_STALE = (
    "payments can only be made against authorised documents",
    "exceeds the amount outstanding",
    "allocations can only be made against authorised documents",
    "greater than the amount outstanding",
    "greater than the remaining credit",
    "not of valid status for modification",
)
# What Xero refuses for good, by words of it, and what a person can do about it.
_ADVICE = {
    "lock date": "move the lock date in Xero, then retry",
    "reconciled": "take the reconciliation back in Xero first",
    "not subscribed to currency": "add the currency in Xero, then retry",
    "account that allows payments": "choose another account in the settings",
    "bank account": "choose another account in the settings",
    "account code": "choose another account in the settings",
    "account currency": "choose an account of that currency in the settings",
    "taxtype": "choose another tax rate for the account in Xero",
    "contact is archived": "restore the contact in Xero, then retry",
}
# A consent that does not cover the call: connecting again with all permissions is the cure.
_SCOPE = ("authorizationunsuccessful", "insufficient_scope")


def error_of(status: int, body: bytes, headers: Mapping[str, str], *, writes: bool) -> OutsideError:
    """Give the error for a refused call.

    A failing server leaves the outcome of a write unknown, and so does a key that was used with
    another body: something was written under it. Every other refusal means that nothing was done.
    """
    text = body.decode("utf-8", "replace")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _denied(text)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryLaterError(patience(headers), f"Xero's limit per {_limit(headers)} is reached")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return failure(_plain(text) or f"Xero answered {status}", writes=writes)
    if status == HTTPStatus.PRECONDITION_FAILED:
        # Said of connections below TLS 1.2: nothing else can be done from here either.
        return RetryLaterError(DAY_SECONDS, _plain(text) or "Xero wants TLS 1.2 or newer")
    return _refused(status, text, writes=writes)


def failure(said: str, *, writes: bool) -> OutsideError:
    """Give the error for a call that got no usable answer."""
    if writes:
        return UnknownOutcomeError(said)
    offline = "organisation is offline" in said.lower()
    return RetryLaterError(OFFLINE_SECONDS if offline else FAILURE_SECONDS, said)


def unreachable(error: HTTPError, *, writes: bool) -> OutsideError:
    """Give the error for a call whose transport failed; one that never left was not carried out."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(reason, ConnectTimeoutError | NewConnectionError | NameResolutionError):
        return RetryLaterError(FAILURE_SECONDS, "Xero cannot be reached")
    return failure(f"no answer from Xero ({type(reason).__name__})", writes=writes)


def patience(headers: Mapping[str, str]) -> float:
    """Say how many seconds to stay away after a 429; the answer to too many at once has none."""
    told = headers.get("Retry-After", "")
    if told.isdigit():
        return max(float(told), 1.0)
    usual = {"concurrent": CONCURRENT_SECONDS, "day": DAY_SECONDS}
    return usual.get(_limit(headers), MINUTE_SECONDS)


def _limit(headers: Mapping[str, str]) -> str:
    return str(headers.get("X-Rate-Limit-Problem", "minute")).lower()


def _denied(text: str) -> OutsideError:
    detail = str(_fields(text).get("Detail") or _plain(text) or "Xero refused the token")
    if any(word in detail.lower() for word in _SCOPE):
        return RefusedError("the consent does not cover this; connect again and allow everything")
    return DisconnectedError(detail[:SAID_MAX])


def _refused(status: int, text: str, *, writes: bool) -> OutsideError:
    fields = _fields(text)
    said = "; ".join(messages(fields)) or str(fields.get("Message") or "") or _plain(text)
    said = said[:SAID_MAX] or f"Xero answered {status}"
    low = said.lower()
    # A list is always there, so one that is not found says nothing of what it holds.
    astray = status == HTTPStatus.NOT_FOUND and not writes
    if astray or "idempotency" in low:
        return failure(said, writes=writes)
    if status == HTTPStatus.NOT_FOUND or any(word in low for word in _STALE):
        return StaleError(said)
    advice = next((advice for word, advice in _ADVICE.items() if word in low), "")
    number = str(fields.get("ErrorNumber") or "")
    return RefusedError(f"{said}; {advice}" if advice else said, number)


def messages(fields: Mapping[str, Any]) -> list[str]:
    """Collect what the validation errors of all elements say, each once."""
    found: dict[str, None] = {}
    elements = fields.get("Elements")
    for element in elements if isinstance(elements, list) else []:
        errors = element.get("ValidationErrors") if isinstance(element, dict) else None
        for error in errors if isinstance(errors, list) else []:
            if not isinstance(error, dict):
                continue
            # Some of Xero's answers spell the field Description.
            said = error.get("Message") or error.get("Description")
            if isinstance(said, str):
                found[said] = None
    return list(found)


def _fields(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _plain(text: str) -> str:
    """Give the first line of an answer that is no document."""
    first = text.strip().partition("\n")[0].strip()
    return "" if first[:1] in ("<", "{", "[") else first[:SAID_MAX]
