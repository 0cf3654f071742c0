"""What may stand in a file once: of two records of one id that differ, nobody knows which holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Once(Generic[T]):
    """Records of one kind by their ids, in the order they came."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._held: dict[str, tuple[int, T | None]] = {}

    def add(self, name: str, value: T, line: int) -> str | None:
        """Keep a record, and give what is wrong where another of its id was there before.

        The same again changes nothing; once they differ, none of that id is kept.
        """
        known = self._held.setdefault(name, (line, value))
        if known[0] == line:
            return None
        first, held = known
        twice = f"{self._kind} {name}".rstrip() + f" stands on line {first} already"
        if held == value:
            return f"{twice}; the first is used"
        self._held[name] = (first, None)
        return f"{twice}; they differ: none of them is used"

    def __iter__(self) -> Iterator[T]:
        return (value for _line, value in self._held.values() if value is not None)
