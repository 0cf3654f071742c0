"""Lines that cannot be used: which, and why, in words for whoever made the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from flows.match_file.records import TYPES, Typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

# What is said of a line stays readable, whatever stood on the line.
SAID_MAX = 300
# What reading a line may raise, when nothing of it can be used.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_LIKELY_TYPE = re.compile(rb'"type"\s*:\s*"([^"\\]{1,40})"')
_LIKELY_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,200})"')
_BOM = b"\xef\xbb\xbf"
_FIELDS = msgspec.json.Decoder(dict[str, object])
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


def short(what: str) -> str:
    """Give words that quote a line so that they are one short line, fit for a terminal."""
    plain = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in what[: SAID_MAX + 1])
    return f"{plain[:SAID_MAX]}…" if len(what) > SAID_MAX else plain


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
        # Fields and names of fields that nobody asks for are not looked at by the decoder.
        if not line.isascii():
            line.decode()
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        kind = _type(line)
        if kind and kind not in TYPES:
            return None
        raise WrongLineError(_said(str(error), kind)) from None
    except msgspec.DecodeError as error:
        hint = "; is the file UTF-16? save it as UTF-8" if b"\0" in line else ""
        raise WrongLineError(f"this is no JSON object: {error}{hint}") from None
    except UnicodeDecodeError as error:
        found = f"{error.object[error.start]:#04x}"
        raise WrongLineError(f"a byte {found} is no UTF-8; save the file as UTF-8") from None
    except RecursionError:
        raise WrongLineError("it is nested too deep; a record is an object of fields") from None


def _said(error: str, kind: str | None) -> str:
    if kind and error == f"Invalid value {kind!r} - at `$.type`":
        return f"a line of type {kind} does not belong into this file"
    return error.replace("`$.", "`")


def _type(line: bytes) -> str | None:
    try:
        return _TYPE.decode(line).type
    except UNREADABLE:
        return None


def likely(line: bytes) -> tuple[str, str]:
    """Give type and id of a line that cannot be used as it is; empty where none can be read.

    Of what is JSON its own fields count, and of anything else the first that look like them.
    """
    try:
        fields = _FIELDS.decode(line)
    except UNREADABLE:
        return _shown(_LIKELY_TYPE.search(line)), _shown(_LIKELY_ID.search(line))
    kind, name = fields.get("type"), fields.get("id")
    return kind if isinstance(kind, str) else "", str(name) if isinstance(name, str | int) else ""


def _shown(found: re.Match[bytes] | None) -> str:
    return found.group(1).decode("utf-8", "replace") if found else ""
