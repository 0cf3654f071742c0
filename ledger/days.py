"""Days and moments: a day is a `date`, a moment is an aware UTC `datetime`; zones are named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The clock and the source of ids that every room is handed instead of asking the machine.
Clock = Callable[[], datetime]
Ids = Callable[[], str]

# Looking further ahead than this for an open day means that the calendar is wrong.
CLOSED_DAYS_MAX = 31

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def zone_of(name: str) -> ZoneInfo:
    """Give the zone by its IANA name; raises ValueError for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r} is no time zone; use a name such as Europe/London"
        raise ValueError(msg) from None


def moment(text: str) -> datetime:
    """Read an ISO moment into UTC; one without offset is taken as UTC. Raises ValueError."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def local_day(now: datetime, zone: str) -> date:
    """Say which day it is in a zone at an aware moment."""
    return now.astimezone(zone_of(zone)).date()


def local_time(now: datetime, zone: str) -> time:
    """Say what the clock on the wall shows in a zone at an aware moment."""
    return now.astimezone(zone_of(zone)).time()


def at_local(day: date, clock: time, zone: str) -> datetime:
    """Give the UTC moment at which a zone's wall clock shows `clock` on `day`.

    In an hour the clocks skip it is the moment after the gap; in an hour they repeat, the first.
    """
    return datetime.combine(day, clock, zone_of(zone)).astimezone(UTC)


def weekday(day: date) -> str:
    """Name the weekday as the rules write it: mon, tue, wed, thu, fri, sat, sun."""
    return WEEKDAYS[day.weekday()]


def open_day(day: date, is_open: Callable[[date], bool], *, forward: bool = True) -> date | None:
    """Give the first open day from `day` on (or back); None when a month has none."""
    step = timedelta(days=1 if forward else -1)
    for _ in range(CLOSED_DAYS_MAX):
        if is_open(day):
            return day
        day += step
    return None


def days_between(earlier: date, later: date) -> int:
    """Count the days from one day to another; negative when `later` comes first."""
    return (later - earlier).days
