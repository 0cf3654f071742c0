"""Bytes of a bank file as text: by its mark, as UTF-8, or as the Western European code page."""

from __future__ import annotations

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import TYPE_CHECKING

from connector.bankfile.reading import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Python loads a code page when it is first used; a process that may open no file cannot, so that
# these are loaded before, and no others are used.
CODE_PAGES = (
    *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
    *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    *(f"cp{page}" for page in (437, 850, 852, 858, 866, 1250, 1251, 1252, 1253, 1254, 1255, 1257)),
    *("koi8-r", "mac-roman", "shift-jis", "cp932", "euc-jp", "gbk", "gb18030", "big5", "euc-kr"),
)
# Letters that Python also takes for ends of lines may stand within a bank's text.
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
# As much as is looked at to tell text from anything else.
HEAD_MAX = 4096
# The share of bytes of a text that may be no text: odd marks some banks put around a message.
_BINARY_SHARE = 0.02
_SPACES = b"\t\n\r\f\x1a"
_CODE_PAGE = "cp1252"


def unmarked(body: bytes) -> tuple[bytes, str]:
    """Give the bytes without their byte order mark, and the encoding that it tells or ""."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :], encoding
    return body, _wide(body[:HEAD_MAX])


def _wide(head: bytes) -> str:
    # UTF-16 without its mark: every other byte of plain letters is zero.
    half = len(head) // 2
    if half and head[1::2].count(0) > half * 0.8:
        return "utf-16-le"
    if half and head[0::2].count(0) > half * 0.8:
        return "utf-16-be"
    return ""


def _module(encoding: str) -> str:
    plain = normalize_encoding(encoding).lower()
    return aliases.get(plain, plain)


_USED = {_module(name) for name in CODE_PAGES}


def is_known(encoding: str) -> bool:
    """Tell whether an encoding is one that files are read in, by any of its names."""
    return encoding.isascii() and _module(encoding) in _USED


def decode(body: bytes, declared: Sequence[str] = (), otherwise: str = _CODE_PAGE) -> str:
    """Decode text, line ends as they are; `declared` are encodings the file itself names.

    What is neither marked nor UTF-8 is read in the code page `otherwise`.

    Raises RefusedFileError for what is no text at all.
    """
    rest, marked = unmarked(body)
    if not marked and _is_binary(rest):
        msg = "The file is not text: download it from the bank again, as a statement in one of the"
        raise RefusedFileError(msg + " formats CAMT, MT940, BAI2, OFX or CSV.")
    for encoding in (marked, *filter(is_known, declared), "utf-8"):
        try:
            return rest.decode(encoding or "utf-8")
        except ValueError:
            continue
    # Some bytes stand for nothing in it; each becomes the mark for an unknown character.
    return rest.decode(otherwise, "replace")


def _is_binary(body: bytes) -> bool:
    head = body[:HEAD_MAX]
    odd = sum(1 for byte in head if byte < ord(" ") and byte not in _SPACES)
    return odd > max(2, len(head) * _BINARY_SHARE)


def lines(text: str) -> list[str]:
    """Give the lines as an editor counts them, whatever ends them."""
    return _LINE_ENDS.split(text)
