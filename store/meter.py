"""The gate of every connection's calls: spaced for all processes together, counted by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import BigInteger, ColumnElement, Date, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ledger.days import Clock
from ledger.errors import RetryLaterError
from store.session import Inserter, Sessions, per_database
from store.tables import call_bucket as bucket
from store.tables import call_count as count

MICRO = 1_000_000
MINUTE = 60 * MICRO
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Limits(Protocol):
    """What a vendor allows one connection; `connector.pace.Limits` is one."""

    @property
    def per_minute(self) -> int:
        """Calls per minute on average."""

    @property
    def burst(self) -> int:
        """Calls at once."""

    @property
    def per_day(self) -> int | None:
        """Calls per day (UTC), or None."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls of one month (its first day) at one provider; `metered` are those it bills."""

    provider: str
    month: date
    calls: int
    metered: int


@dataclass(frozen=True, slots=True)
class SqlGate:
    """The `Gate` of one connection, kept in the database: every process shares it.

    One row holds a GCRA bucket: `tat` is when the next call would be due at an even pace, and a
    call may come as much earlier as the burst allows. Opens a transaction of its own for each
    call, so it is never entered inside another.
    """

    sessions: Sessions
    connection_id: int
    organisation_id: int
    provider: str
    limits: Limits
    clock: Clock

    @property
    def _period(self) -> int:
        return MINUTE // self.limits.per_minute

    @property
    def _slack(self) -> int:
        return (self.limits.burst - 1) * self._period

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        """Take one call from the budget; raises RetryLaterError when there is none now.

        `metered` is how many reads the vendor may bill for it, `weight` how many calls' room it
        takes.
        """
        now = self.clock()
        with self.sessions.begin() as s:
            taken = self._take(s, now, weight)
            if taken:
                self._count(s, now, metered=metered)
            seconds = 0.0 if taken else self._wait(s, now)
        if not taken:
            raise RetryLaterError(seconds, f"the pace of calls to {self.provider} is kept")

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        """Hear the vendor: stay away for so long, or so many calls are left in this minute."""
        now = _micros(self.clock())
        values: dict[str, object] = {}
        if retry_after_seconds is not None:
            until = now + round(retry_after_seconds * MICRO)
            values["blocked_until"] = _later(bucket.c.blocked_until, until)
        if remaining is not None and remaining < self.limits.burst:
            # So far ahead that only the calls that are left come early.
            tat = now + self._slack - (remaining - 1) * self._period
            values["tat"] = _later(bucket.c.tat, tat)
        if not values:
            return
        with self.sessions.begin() as s:
            self._ready(s)
            mine = bucket.c.connection_id == self.connection_id
            s.execute(update(bucket).where(mine).values(**values))

    @property
    def _mine(self) -> dict[str, object]:
        return {"of_connection": self.connection_id, "of_organisation": self.organisation_id}

    def _take(self, s: Session, moment: datetime, weight: int) -> bool:
        if self._taken(s, moment, weight):
            return True
        # No budget, or no row yet.
        return self._ready(s) and self._taken(s, moment, weight)

    def _taken(self, s: Session, moment: datetime, weight: int) -> bool:
        now = _micros(moment)
        values = {
            **self._mine,
            "now": now,
            "today": moment.astimezone(UTC).date(),
            "latest": now + self._slack,
            "period": self._period * weight,
        }
        if self.limits.per_day is None:
            return s.execute(_TAKE, values).first() is not None
        values["per_day"] = self.limits.per_day
        return s.execute(_TAKE_OF_DAY, values).first() is not None

    def _ready(self, s: Session) -> bool:
        """Make the connection's row; False when it was there."""
        values = {
            "connection_id": self.connection_id,
            "organisation_id": self.organisation_id,
            "tat": 0,
            "blocked_until": 0,
            "day": EPOCH.date(),
            "day_used": 0,
        }
        return s.execute(_make(s), values).first() is not None

    def _wait(self, s: Session, moment: datetime) -> float:
        """Say in how many seconds there is a call again."""
        row = s.execute(_BUCKET, self._mine).one()
        moment = moment.astimezone(UTC)
        free = max(row.tat - self._slack, row.blocked_until)
        per_day = self.limits.per_day
        if per_day is not None and row.day == moment.date() and row.day_used >= per_day:
            tomorrow = datetime.combine(moment.date() + timedelta(days=1), time(), UTC)
            free = max(free, _micros(tomorrow))
        return float(free - _micros(moment)) / MICRO

    def _count(self, s: Session, now: datetime, *, metered: int) -> None:
        values = {
            "organisation_id": self.organisation_id,
            "provider": self.provider,
            "month": now.astimezone(UTC).date().replace(day=1),
            "calls": 1,
            "metered": int(metered),
        }
        s.execute(_count(s), values)


def usage(s: Session, organisation_id: int) -> list[Usage]:
    """List an organisation's calls by month, the newest first."""
    rows = s.execute(
        select(count)
        .where(count.c.organisation_id == organisation_id)
        .order_by(count.c.month.desc(), count.c.provider)
    )
    return [Usage(row.provider, row.month, row.calls, row.metered) for row in rows]


def metered(s: Session, provider: str, month: date) -> int:
    """Count the metered calls of all organisations together in a month (its first day)."""
    mine = (count.c.provider == provider, count.c.month == month)
    return int(s.scalar(select(func.sum(count.c.metered)).where(*mine)) or 0)


def used_today(s: Session, organisation_id: int, day: date) -> dict[int, int]:
    """Count the calls of each connection on a day (UTC); those that made none are left out."""
    rows = s.execute(
        select(bucket.c.connection_id, bucket.c.day_used).where(
            bucket.c.organisation_id == organisation_id, bucket.c.day == day
        )
    )
    return {row.connection_id: row.day_used for row in rows}


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _later(column: ColumnElement[int], moment: int | ColumnElement[int]) -> ColumnElement[int]:
    return case((column > moment, column), else_=moment)


_NOW: ColumnElement[int] = bindparam("now", type_=BigInteger)
_TODAY: ColumnElement[date] = bindparam("today", type_=Date)
_MINE = (
    bucket.c.connection_id == bindparam("of_connection"),
    bucket.c.organisation_id == bindparam("of_organisation"),
)
_BUCKET = select(bucket).where(*_MINE)
# Take one call if the pace allows it, and say so by giving a row.
_TAKE = (
    update(bucket)
    .where(*_MINE, bucket.c.tat <= bindparam("latest"), bucket.c.blocked_until <= _NOW)
    .values(
        tat=_later(bucket.c.tat, _NOW) + bindparam("period", type_=BigInteger),
        day=_TODAY,
        day_used=case((bucket.c.day == _TODAY, bucket.c.day_used + 1), else_=1),
    )
    .returning(bucket.c.connection_id)
)
_TAKE_OF_DAY = _TAKE.where(or_(bucket.c.day != _TODAY, bucket.c.day_used < bindparam("per_day")))


@per_database
def _make(insert: Inserter) -> ReturningInsert[int]:
    """Make a connection's row unless it is there; gives the new one."""
    made = insert(bucket).on_conflict_do_nothing(index_elements=["connection_id"])
    return made.returning(bucket.c.connection_id)


@per_database
def _count(insert: Inserter) -> sqlite.Insert:
    """Add calls to those of a month."""
    made = insert(count)
    return made.on_conflict_do_update(
        index_elements=["organisation_id", "provider", "month"],
        set_={
            "calls": count.c.calls + made.excluded.calls,
            "metered": count.c.metered + made.excluded.metered,
        },
    )
