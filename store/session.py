"""Opens the database: one SQLite file on one machine, or any PostgreSQL by its URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Engine, Executable, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from store.seal import Keys

Sessions = sessionmaker[Session]
Item = TypeVar("Item")
Statement = TypeVar("Statement", bound=Executable)
# Begins an insert that knows ON CONFLICT, which both databases write alike.
Inserter = Callable[[Table], sqlite.Insert]
_INSERTERS: Mapping[str, Inserter] = {
    "sqlite": sqlite.insert,
    "postgresql": cast("Inserter", postgresql.insert),
}

# The option by which a transaction says that it only reads.
READING = "dunnock_reading"

# As many as one statement may comfortably name.
CHUNK = 500

# Long enough for the other process to finish any transaction of ours, which are all short.
BUSY_MS = 30_000


def open_engine(url: str, *, durable: bool = False) -> Engine:
    """Open the database at `url`, such as sqlite:////var/lib/dunnock/dunnock.db.

    `durable` is for the door: a commit survives power loss, not only a killed process.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, "FULL" if durable else "NORMAL")
    return engine


def open_sessions(engine: Engine, keys: Keys) -> Sessions:
    """Make the factory of sessions; `with sessions.begin() as s:` is one transaction.

    The keys travel in `Session.info`, so that sealed columns open for every query.
    """
    return _Sessions(engine, expire_on_commit=False, autoflush=False, info={"keys": keys})


class _Sessions(sessionmaker[Session]):
    """The factory of sessions."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Give one transaction, committed at the end and rolled back by any exception.

        It begins with its first statement: until then nobody has to wait for it.
        """
        engine: Engine = self.kw["bind"]
        with ExitStack() as stack:
            yield _Straight(engine, lambda: stack.enter_context(engine.begin()), self.kw["info"])


class _Straight(Session):
    """A session of one transaction that hands every statement straight to its connection.

    No class here is mapped to a table: what a Session does for such, at every begin and every
    statement, would double the cost of our small transactions for nothing.
    """

    def __init__(
        self, engine: Engine, begin: Callable[[], Connection], info: dict[Any, Any]
    ) -> None:
        super().__init__(engine, info=info)
        self._begin = begin
        self._begun: Connection | None = None

    @property
    def _line(self) -> Connection:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun

    def connection(self, *_which: Any, **_how: Any) -> Connection:  # noqa: ANN401 - as inherited
        """Give the one connection."""
        return self._line

    def execute(self, statement: Any, params: Any = None, **how: Any) -> Any:  # noqa: ANN401
        """Carry out a statement."""
        return self._line.execute(statement, params, **how)

    def scalar(self, statement: Any, params: Any = None, **how: Any) -> Any:  # noqa: ANN401
        """Carry out a statement and give the first column of its first row."""
        return self._line.scalar(statement, params, **how)

    def scalars(self, statement: Any, params: Any = None, **how: Any) -> Any:  # noqa: ANN401
        """Carry out a statement and give the first column of each row."""
        return self._line.scalars(statement, params, **how)


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Give a session that only reads: it sees one moment and waits for no writer, nor makes one.

    On SQLite every other transaction takes its turn at the file from its first statement on.
    """
    engine: Engine = sessions.kw["bind"]
    with engine.connect().execution_options(**{READING: True}) as connection, connection.begin():
        yield _Straight(engine, lambda: connection, sessions.kw["info"])


def keys_of(s: Session) -> Keys:
    """Give the keys that the session was made with."""
    keys = s.info.get("keys")
    if not isinstance(keys, Keys):
        msg = "this session has no keys; make it with store.session.open_sessions"
        raise TypeError(msg)
    return keys


def insert_into(s: Session, table: Table) -> sqlite.Insert:
    """Begin an insert that knows ON CONFLICT, which both databases write alike."""
    return _INSERTERS[s.get_bind().dialect.name](table)


def per_database(build: Callable[[Inserter], Statement]) -> Callable[[Session], Statement]:
    """Build a statement with ON CONFLICT once for each database instead of once for each call.

    To put a statement together takes longer than to carry it out, so those that every action
    needs are built once: with this, or as a constant of their module.
    """

    @cache
    def built(dialect: str) -> Statement:
        return build(_INSERTERS[dialect])

    return lambda s: built(s.get_bind().dialect.name)


def changed(s: Session, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
    """Carry out an update or delete and give the number of rows it met."""
    return cast("CursorResult[Any]", s.execute(statement, values)).rowcount


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Cut a list into parts that one statement can name."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def settle(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's own
        del record
        # The driver must not begin by itself: BEGIN is sent below.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            "foreign_keys = ON",
            f"synchronous = {synchronous}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns from reading to writing fails at once when another
        # wrote meanwhile; an immediate one waits its turn.
        only_reads = connection.get_execution_options().get(READING, False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
