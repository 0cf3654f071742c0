"""Bugs planted on purpose: whoever looks for bugs must find these.

Each swaps a hand of the product for a worse one while a world lives; the product itself has no
switch for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flows import work
from flows.applying import APPLY
from flows.reminding import REMIND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from flows.perform import Desk, Hand
    from store.actions import ActionRow


def _nothing_found(_desk: Desk, _row: ActionRow) -> None:
    """Look nowhere: whatever was begun counts as not done."""


def _resend_after_crash() -> dict[str, Hand]:
    """Send what a dead process left behind once more, without asking anybody."""
    return {"remind": replace(REMIND, look=_nothing_found)}


def _apply_twice() -> dict[str, Hand]:
    """Repeat an application after a time-out under another key, without looking it up first."""

    def act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        again = replace(row, key=f"{row.key}:attempt {row.attempts}") if row.attempts else row
        return APPLY.act(desk, again, body)

    return {"apply": replace(APPLY, look=_nothing_found, act=act)}


PLANTS: dict[str, Callable[[], dict[str, Hand]]] = {
    "resend-after-crash": _resend_after_crash,
    "apply-twice": _apply_twice,
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """Let a bug live in the product for a while; None plants nothing."""
    before = dict(work.HANDS)
    if name is not None:
        work.HANDS.update(PLANTS[name]())
    try:
        yield
    finally:
        work.HANDS.clear()
        work.HANDS.update(before)
