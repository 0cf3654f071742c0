"""Brings what is sealed under an old key under the newest, a few rows in each transaction.

And says which keys it takes to open what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Row, Table, func, or_, select, update
from sqlalchemy.orm import Session

from store import connections, inbox, tokens
from store.seal import Keys, Place
from store.session import Sessions, keys_of
from store.tables import connection, token_set
from store.tables import inbox as inbox_table

# Rows in each transaction: the door must not wait for long.
AT_ONCE = 200
# "v1|", the eight digits that name a key, and a bar.
MARK_BYTES = 12


def _token_place(row: Row[Any], column: str) -> Place:
    return tokens.place_of(row.id, column)


def _connection_place(row: Row[Any], column: str) -> Place:
    del column
    return connections.place_of(row.id)


def _inbox_place(row: Row[Any], column: str) -> Place:
    return inbox.place_of(row.provider, row.event_id, column)


_SEALED: tuple[tuple[Table, Callable[[Row[Any], str], Place]], ...] = (
    (token_set, _token_place),
    (connection, _connection_place),
    (inbox_table, _inbox_place),
)


def reseal(sessions: Sessions) -> int:
    """Seal everything under the first key; gives how many rows were not.

    Safe to break off and run again at any moment. Afterwards the old keys may be taken out of
    the key file; states of consents under way last ten minutes and are left alone.
    """
    total = 0
    for table, place in _SEALED:
        while True:
            with sessions.begin() as s:
                met = _some(s, table, place)
            total += met
            if met < AT_ONCE:
                break
    return total


def names_of_keys(s: Session) -> set[str]:
    """Name the keys that tokens and connections are sealed under, whether they are here or not."""
    found = set()
    for table in (token_set, connection):
        for column in (one for one in table.c if isinstance(one.type, LargeBinary)):
            # The version and the name of the key, with the bars behind them, come first.
            mark = func.substr(column, 1, MARK_BYTES).label("mark")
            rows = s.scalars(select(mark).where(column.is_not(None)).distinct())
            found |= {bytes(one).strip(b"|").rpartition(b"|")[2].decode() for one in rows}
    return found


def _some(s: Session, table: Table, place: Callable[[Row[Any], str], Place]) -> int:
    keys = keys_of(s)
    columns = [one for one in table.c if isinstance(one.type, LargeBinary)]
    rows = s.execute(
        select(table)
        .where(or_(*(_old(keys, one) for one in columns)))
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    for row in rows:
        texts = {
            one.name: keys.open(sealed, place(row, one.name))
            for one in columns
            if (sealed := getattr(row, one.name)) is not None
        }
        values: dict[str, object] = {
            name: keys.seal(text, place(row, name)) for name, text in texts.items()
        }
        if table is connection:
            purpose = connections.mac_purpose(row.provider)
            values["tenant_mac"] = keys.mac(texts["tenant"], purpose)
        s.execute(update(table).where(table.c.id == row.id).values(**values))
    return len(rows)


def _old(keys: Keys, column: ColumnElement[bytes]) -> ColumnElement[bool]:
    """Whether a column was sealed under another key than the first."""
    low = keys.prefix
    # The byte after "|" bounds every value that starts with the first key's mark.
    high = low[:-1] + b"}"
    return column.is_not(None) & ((column < low) | (column >= high))
