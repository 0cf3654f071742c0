"""Taking back in a ledger what an action wrote there: planned once, and in doubt done again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store import actions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from store.actions import ActionRow

Body = dict[str, Any]


def plan(  # noqa: PLR0913 - what, how, by whom, why and when
    s: Session, row: ActionRow, kind: str, body: Body, *, who: str, why: str, now: datetime
) -> ActionRow | None:
    """Plan taking an action's work back, at once; None when that is planned already."""
    return actions.plan(
        s,
        row.organisation_id,
        connection_id=row.connection_id,
        key=f"{kind}:{row.key}",
        kind=kind,
        subject=row.subject,
        body=body,
        claims=(),
        state=actions.PLANNED,
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=why,
    )


def look(_desk: Desk, _row: ActionRow) -> Body | None:
    """Find nothing: what is taken back already is left as it is, so it may simply be done again."""
    return None
