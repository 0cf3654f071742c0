"""Where a stand-in keeps everything: documents, counters, request log, answers and post to send.

One SQLite file (or memory). Documents are held in memory as plain dicts and written through, so a
read costs nothing and a killed process finds its books again. Whatever one request changes is
written in one transaction: `with shelf.change(): ...`.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Doc = dict[str, Any]


_SCHEMA = """
create table if not exists doc (kind text, id text, body text not null, primary key (kind, id));
create table if not exists counter (name text primary key, value integer not null);
create table if not exists request (
    seq integer primary key autoincrement, at text not null, method text not null,
    path text not null, query text not null, tenant text not null, token text not null,
    key text not null, status integer not null, body blob not null);
create table if not exists answer (
    scope text, key text, fingerprint text not null, at text not null, status integer not null,
    headers text not null, body blob not null, primary key (scope, key));
create table if not exists post (
    seq integer primary key autoincrement, due text not null, attempt integer not null,
    headers text not null, body blob not null, state text not null);
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a stand-in's own request log: what a client asked for and what it was told."""

    seq: int
    at: datetime
    method: str
    path: str
    query: str
    tenant: str
    token: str
    key: str
    status: int
    body: bytes


# Whoever wants to hear every request that any stand-in of this process logs, as it comes.
LISTENERS: list[Callable[[Request], None]] = []


@dataclass(frozen=True, slots=True)
class Answer:
    """A remembered answer to a write with an idempotency key."""

    fingerprint: str
    at: datetime
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook delivery, sent or not: `state` is waiting, delivered or given up."""

    seq: int
    due: datetime
    attempt: int
    headers: dict[str, str]
    body: bytes
    state: str


class Shelf:
    """The kept state of one stand-in. Thread-safe; one writer at a time."""

    def __init__(self, path: str = ":memory:") -> None:
        """Open the file at `path`, or a fresh memory, and load its documents."""
        self.lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        if path != ":memory:":
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=normal")
        self._db.executescript(_SCHEMA)
        self._docs: dict[str, dict[str, Doc]] = {}
        for kind, key, body in self._db.execute("select kind, id, body from doc order by rowid"):
            self._docs.setdefault(kind, {})[key] = json.loads(body)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the lock and write everything inside in one transaction; nests."""
        with self.lock:
            outermost = self._depth == 0
            if outermost:
                self._db.execute("begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if outermost:
                    self._db.execute("rollback")
                    self._reload()
                raise
            self._depth -= 1
            if outermost:
                self._db.execute("commit")

    def _reload(self) -> None:
        self._docs.clear()
        for kind, key, body in self._db.execute("select kind, id, body from doc order by rowid"):
            self._docs.setdefault(kind, {})[key] = json.loads(body)

    def get(self, kind: str, key: str) -> Doc | None:
        """Give the document itself, or None; change it only inside `change()` and then `put` it."""
        return self._docs.get(kind, {}).get(key)

    def all(self, kind: str) -> list[Doc]:
        """Give every document of a kind in the order they were first put."""
        with self.lock:
            return list(self._docs.get(kind, {}).values())

    def items(self, kind: str) -> list[tuple[str, Doc]]:
        """Give every document of a kind with its key, in the order they were first put."""
        with self.lock:
            return list(self._docs.get(kind, {}).items())

    def put(self, kind: str, key: str, doc: Doc) -> None:
        """Keep a document under its key."""
        with self.change():
            self._docs.setdefault(kind, {})[key] = doc
            self._db.execute(
                "insert into doc values (?, ?, ?) on conflict do update set body = excluded.body",
                (kind, key, json.dumps(doc)),
            )

    def drop(self, kind: str, key: str) -> None:
        """Forget a document."""
        with self.change():
            self._docs.get(kind, {}).pop(key, None)
            self._db.execute("delete from doc where kind = ? and id = ?", (kind, key))

    def count(self, name: str) -> int:
        """Give the next number of a counter, from 1 on: ids are made from it, never at random."""
        with self.change():
            row = self._db.execute(
                "insert into counter values (?, 1) on conflict do update set value = value + 1"
                " returning value",
                (name,),
            ).fetchone()
            return int(row[0])

    def log(  # noqa: PLR0913 - a log line has this many fields
        self,
        at: datetime,
        method: str,
        path: str,
        *,
        query: str = "",
        tenant: str = "",
        token: str = "",
        key: str = "",
        status: int = 0,
        body: bytes = b"",
    ) -> None:
        """Write one line into the request log."""
        with self.change():
            self._db.execute(
                "insert into request (at, method, path, query, tenant, token, key, status, body)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (at.isoformat(), method, path, query, tenant, token, key, status, body),
            )
        for listener in LISTENERS:
            listener(Request(0, at, method, path, query, tenant, token, key, status, body))

    def requests(self, after: int = 0) -> list[Request]:
        """Read the request log, oldest first, from behind sequence number `after`."""
        with self.lock:
            rows = self._db.execute("select * from request where seq > ? order by seq", (after,))
            return [Request(row[0], datetime.fromisoformat(row[1]), *row[2:]) for row in rows]

    def recall(self, scope: str, key: str, now: datetime, window: timedelta) -> Answer | None:
        """Give the answer remembered for an idempotency key, unless it is older than `window`."""
        with self.lock:
            row = self._db.execute(
                "select fingerprint, at, status, headers, body from answer"
                " where scope = ? and key = ?",
                (scope, key),
            ).fetchone()
        if row is None or now - datetime.fromisoformat(row[1]) > window:
            return None
        return Answer(row[0], datetime.fromisoformat(row[1]), row[2], json.loads(row[3]), row[4])

    def remember(self, scope: str, key: str, answer: Answer) -> None:
        """Keep an answer under its idempotency key."""
        with self.change():
            self._db.execute(
                "insert or replace into answer values (?, ?, ?, ?, ?, ?, ?)",
                (
                    scope,
                    key,
                    answer.fingerprint,
                    answer.at.isoformat(),
                    answer.status,
                    json.dumps(answer.headers),
                    answer.body,
                ),
            )

    def send_later(self, due: datetime, headers: dict[str, str], body: bytes) -> int:
        """Put one webhook delivery into the post; gives its sequence number."""
        with self.change():
            cursor = self._db.execute(
                "insert into post (due, attempt, headers, body, state)"
                " values (?, 0, ?, ?, 'waiting')",
                (due.isoformat(), json.dumps(headers), body),
            )
            return int(cursor.lastrowid or 0)

    def post(self, *, state: str = "waiting", until: datetime | None = None) -> list[Post]:
        """Read the post in a state, oldest first; with `until`, only what is due by then."""
        with self.lock:
            rows = self._db.execute("select * from post where state = ? order by seq", (state,))
            found = [
                Post(row[0], datetime.fromisoformat(row[1]), row[2], json.loads(row[3]), *row[4:])
                for row in rows
            ]
        return [one for one in found if until is None or one.due <= until]

    def next_post(self) -> datetime | None:
        """Say when the next waiting delivery is due."""
        with self.lock:
            row = self._db.execute("select min(due) from post where state = 'waiting'").fetchone()
        return datetime.fromisoformat(row[0]) if row[0] else None

    def posted(self, seq: int, state: str, *, due: datetime | None = None) -> None:
        """Record what came of a delivery: `delivered`, `given up`, or `waiting` again at `due`."""
        with self.change():
            self._db.execute(
                "update post set state = ?, attempt = attempt + 1, due = coalesce(?, due)"
                " where seq = ?",
                (state, due.isoformat() if due else None, seq),
            )
