"""Looks over what must not be wrong: every journal, and the index that documents are found by."""

from __future__ import annotations

from store import journal, matching_index, organisations
from store.session import Sessions


def verify(sessions: Sessions) -> dict[int, str]:
    """Say of each organisation what is wrong there, "" for nothing.

    A matching index that does not fit its documents is made anew: it says nothing of its own.
    """
    with sessions() as s:
        ids = organisations.all_ids(s)
    return {
        one: "; ".join(filter(None, (_journal(sessions, one), _index(sessions, one))))
        for one in ids
    }


def _journal(sessions: Sessions, organisation_id: int) -> str:
    with sessions() as s:
        try:
            journal.verify(s, organisation_id)
        except journal.JournalError as error:
            return str(error)
    return ""


def _index(sessions: Sessions, organisation_id: int) -> str:
    with sessions() as s:
        number = matching_index.unlike(s, organisation_id)
    if not number:
        return ""
    with sessions.begin() as s:
        matching_index.make_anew(s, organisation_id)
    return f"{number} documents were not found by their numbers; the index is made anew"
