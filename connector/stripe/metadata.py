"""What we leave on Stripe's objects: metadata, in the room that Stripe gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connector.marks import mark

if TYPE_CHECKING:
    from connector.stripe.calls import Calls
    from ledger.days import Clock

NOTE = "ar_note_"
CHARS_MAX = 500
# Stripe takes fifty metadata keys; the merchant's own keep their room.
NOTES_MAX = 20


def write_key(key: str, clock: Clock) -> str:
    """Make an idempotency key that changes with the hour.

    Stripe repeats a stored failure for a day; the same metadata written twice is one note.
    """
    return f"{mark(key)}-{clock():%Y%m%d%H}"


def write_note(calls: Calls, clock: Clock, path: str, text: str, key: str) -> str:
    """Write a note into the metadata of the object at `path`; gives the name it stands under."""
    name = NOTE + mark(key)
    before = notes(calls, path)
    if name in before:
        return name
    # Metadata is bounded: when our share is full, the first notes make room for the new one.
    mine = sorted(one for one in before if one.startswith(NOTE))
    gone = dict.fromkeys(mine[: max(0, len(mine) + 1 - NOTES_MAX)], "")
    calls.post(path, write_key(key, clock), metadata={**gone, name: text[:CHARS_MAX]})
    return name


def notes(calls: Calls, path: str) -> Mapping[str, Any]:
    """Read the metadata of the object at `path`. Raises MissingError when it is gone."""
    found = calls.get(path).get("metadata")
    return found if isinstance(found, dict) else {}


def find_note(calls: Calls, path: str, key: str) -> str | None:
    """Look up whether the note with this key stands at `path`."""
    name = NOTE + mark(key)
    return name if name in notes(calls, path) else None
