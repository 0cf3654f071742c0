"""Lines that cannot be used: which, and why, in words for whoever made the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from flows.match_file.records import TYPES, Typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_BOM = b"\xef\xbb\xbf"
_TYPE = msgspec.json.Decoder(Typed)
T = TypeVar("T")


class Problem(NamedTuple):
    """What is wrong with a line, counted from 1; 0 stands for the whole file."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.what}"


class WrongLineError(ValueError):
    """A line that cannot be used; the text names the field and what is wrong with it."""


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Give the lines that have something on them, with their numbers from 1."""
    for number, line in enumerate(file, 1):
        held = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
        if held:
            yield number, held


def decoded(decoder: msgspec.json.Decoder[T], line: bytes) -> T | None:
    """Read a line; None where its type is one that nobody asked for.

    Raises WrongLineError for what is no JSON object, and for a field of another type.
    """
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        if _is_strange(line):
            return None
        raise WrongLineError(str(error).replace("`$.", "`")) from None
    except msgspec.DecodeError as error:
        raise WrongLineError(f"this is no JSON object: {error}") from None


def _is_strange(line: bytes) -> bool:
    try:
        return _TYPE.decode(line).type not in TYPES
    except msgspec.MsgspecError:
        return False
