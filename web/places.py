"""The places of an organisation's pages, each with what waits there for a person."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from store import actions, exceptions
from web.visit import looking, organisation


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation."""

    title: str
    endpoint: str
    here: bool
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a person, by place."""

    sends: int
    matches: int
    exceptions: int


ORDER = (
    ("Overview", "overview"),
    ("Today", "today"),
    ("Matches", "matches"),
    ("Bank", "bank"),
    ("Exceptions", "exceptions"),
    ("Activity", "activity"),
    ("Connections", "connections"),
    ("Settings", "settings"),
)


def waiting() -> Waiting:
    """Count what waits for a person in this organisation."""
    with looking() as s:
        held = actions.waiting(s, organisation().id)
        rows = exceptions.list_open(s, organisation().id)
    asked = sum(1 for row in rows if row.kind == ASKED)
    return Waiting(
        sends=sum(1 for row in held if row.kind == "remind"),
        matches=sum(1 for row in held if row.kind == "apply") + asked,
        exceptions=len(rows) - asked,
    )


# Exceptions of this kind are receipts that the rules left to a person; they show under Matches.
ASKED = "unmatched_receipt"


def _is_at(name: str) -> bool:
    """Whether the page belongs to a place, which may be made of several parts."""
    return (request.blueprint or "").partition("_")[0] == name


def around() -> list[Place]:
    """Give the navigation as it stands for this request."""
    found = waiting()
    tallies = {
        "today": found.sends,
        "matches": found.matches,
        "exceptions": found.exceptions,
    }
    return [
        Place(title, f"{name}.show", _is_at(name), tallies.get(name, 0)) for title, name in ORDER
    ]
