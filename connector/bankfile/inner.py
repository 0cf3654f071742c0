"""What the limited process does, once it is limited: parse, and write down what was read."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from connector.bankfile.mapping import CsvMapping
from connector.bankfile.parse import parse
from connector.bankfile.wire import pack
from ledger.money import exponent

if TYPE_CHECKING:
    from collections.abc import Mapping

# Python loads a code page when it is first used; a process that may open no file cannot.
_CODE_PAGES = (
    *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
    *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    *(f"cp{page}" for page in (437, 850, 852, 858, 1250, 1251, 1252, 1253, 1254, 1257)),
)


def warm_up() -> None:
    """Load all that is loaded on first use."""
    for name in _CODE_PAGES:
        codecs.lookup(name)
    exponent("EUR")


def answer(asked: Mapping[str, Any], body: bytes) -> bytes:
    """Read a file and give the reading as JSON."""
    mapping = asked["mapping"]
    return pack(parse(body, None if mapping is None else CsvMapping.of(mapping)))
