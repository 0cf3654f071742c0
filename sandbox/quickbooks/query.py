"""QuickBooks' query language: SELECT, WHERE with AND, ORDERBY, STARTPOSITION, MAXRESULTS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.quickbooks.faults import Fault, invalid
from sandbox.quickbooks.fields import FILTERABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.shelf import Doc

_TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|<=|>=|[=<>(),*]|[\w.:+-]+)")
_PAGE_MAX = 1000
_PAGE = 100
_NAMES = frozenset({"Customer", "Term"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a WHERE clause."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed statement; positions are counted from 1."""

    entity: str
    counting: bool
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    start: int
    most: int


def _wrong(detail: str) -> Fault:
    return invalid("4001", "Invalid query", f"QueryValidationError: {detail}")


class _Reader:
    """Reads a statement's tokens from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        place = 0
        text = text.strip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise _wrong(f"cannot read at {text[place : place + 20]!r}")
            self.tokens.append(found.group(1))
            place = found.end()
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place].lower() if self.place < len(self.tokens) else ""

    def take(self) -> str:
        if self.place >= len(self.tokens):
            raise _wrong("the statement ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def want(self, word: str) -> None:
        if (got := self.take()).lower() != word:
            raise _wrong(f"expected {word}, got {got}")

    def skip(self, word: str) -> bool:
        if self.peek() == word:
            self.place += 1
            return True
        return False

    def number(self, least: int) -> int:
        got = self.take()
        if not got.isdigit() or int(got) < least:
            raise _wrong(f"expected a number of at least {least}, got {got}")
        return int(got)


def parse(text: str) -> Query:
    """Parse a statement; anything outside the language is fault 4001."""
    reader = _Reader(text)
    reader.want("select")
    counting = reader.skip("count")
    for word in ("(", "*", ")") if counting else ("*",):
        reader.want(word)
    reader.want("from")
    entity = _entity(reader.take())
    conditions: list[Condition] = []
    if reader.skip("where"):
        conditions.append(_condition(reader, entity))
        while reader.skip("and"):
            conditions.append(_condition(reader, entity))
    order = _order(reader, entity)
    start = reader.number(1) if reader.skip("startposition") else 1
    most = reader.number(0) if reader.skip("maxresults") else _PAGE
    if reader.peek():
        raise _wrong(f"did not expect {reader.take()}")
    return Query(entity, counting, tuple(conditions), order, start, min(most, _PAGE_MAX))


def _entity(name: str) -> str:
    for known in FILTERABLE:
        if known.lower() == name.lower():
            return known
    raise _wrong(f"invalid context declaration: {name}")


def _field(reader: _Reader, entity: str) -> str:
    name = reader.take()
    if name not in FILTERABLE[entity]:
        raise _wrong(f"property {name} not found or not filterable for {entity}")
    return name


def _condition(reader: _Reader, entity: str) -> Condition:
    field = _field(reader, entity)
    operator = reader.take().lower()
    if operator == "in":
        reader.want("(")
        values = [_value(reader)]
        while reader.skip(","):
            values.append(_value(reader))
        reader.want(")")
        return Condition(field, operator, tuple(values))
    if operator not in {"=", "<", ">", "<=", ">=", "like"}:
        raise _wrong(f"unknown operator {operator}")
    return Condition(field, operator, (_value(reader),))


def _value(reader: _Reader) -> str:
    token = reader.take()
    if token.startswith("'"):
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    if token.lower() in {"true", "false"}:
        return token.lower()
    raise _wrong(f"value {token} must be in single quotes")


def _order(reader: _Reader, entity: str) -> tuple[tuple[str, bool], ...]:
    if reader.skip("order"):
        reader.want("by")
    elif not reader.skip("orderby"):
        return ()
    found = []
    while True:
        field = _field(reader, entity)
        downwards = reader.skip("desc")
        if not downwards:
            reader.skip("asc")
        found.append((field, downwards))
        if not reader.skip(","):
            return tuple(found)


def run(query: Query, docs: Iterable[Doc]) -> tuple[list[Doc], int]:
    """Give one page of what matches, and how many match in all."""
    conditions = list(query.conditions)
    # Names that were made inactive are found only by who asks for them.
    if query.entity in _NAMES and all(one.field != "Active" for one in conditions):
        conditions.append(Condition("Active", "=", ("true",)))
    found = [doc for doc in docs if all(_holds(one, doc) for one in conditions)]
    for field, downwards in reversed(query.order):
        found.sort(key=partial(_sortable, field), reverse=downwards)
    page = found[query.start - 1 : query.start - 1 + query.most]
    return page, len(found)


def _reach(doc: Doc, path: str) -> list[Any]:
    """Follow a dotted path through objects and arrays to every value at its end."""
    ends: list[Any] = [doc]
    for name in path.split("."):
        following: list[Any] = []
        for one in ends:
            for part in one if isinstance(one, list) else [one]:
                following += [v for k, v in part.items() if k.lower() == name.lower()]
        ends = following
    return [one.get("value") if isinstance(one, dict) else one for one in ends]


def _holds(condition: Condition, doc: Doc) -> bool:
    found = _reach(doc, condition.field)
    return any(_compare(one, condition) for one in found)


def _compare(value: object, condition: Condition) -> bool:
    if condition.operator == "like":
        parts = (re.escape(part) for part in condition.values[0].split("%"))
        return re.fullmatch(".*".join(parts), str(value), re.IGNORECASE) is not None
    wanted = [_alike(value, one, condition.field) for one in condition.values]
    own = _alike(value, str(value).lower() if isinstance(value, bool) else str(value), "")
    if condition.operator in {"=", "in"}:
        return own in wanted
    other = wanted[0]
    verdicts: dict[str, bool] = {
        "<": own < other,
        ">": own > other,
        "<=": own <= other,
        ">=": own >= other,
    }
    return verdicts[condition.operator]


def _alike(value: object, text: str, field: str) -> Any:  # noqa: ANN401 - ordered values
    """Read a quoted value as the type of what it is compared with."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Decimal(text)
        if isinstance(value, str) and "T" in value and value[:4].isdigit():
            return _instant(text)
    except (ArithmeticError, ValueError):
        raise _wrong(f"{text} is no value for {field}") from None
    return text.lower()


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        message = "a moment needs its offset"
        raise ValueError(message)
    return found


def _sortable(field: str, doc: Doc) -> tuple[int, Any]:
    values = _reach(doc, field)
    if not values:
        return (0, "")
    value = values[0]
    if isinstance(value, int | float):
        return (1, value)
    text = str(value)
    if text.isdigit():
        return (1, int(text))
    if "T" in text and text[:4].isdigit():
        return (2, datetime.fromisoformat(text).timestamp())
    return (3, text)
