"""What the limited process does, once it is limited: parse, and write down what was read."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from connector.bankfile.decoding import CODE_PAGES
from connector.bankfile.mapping import CsvMapping
from connector.bankfile.parse import parse
from connector.bankfile.wire import pack
from ledger.money import exponent

if TYPE_CHECKING:
    from collections.abc import Mapping


def warm_up() -> None:
    """Load all that is loaded on first use."""
    for name in CODE_PAGES:
        codecs.lookup(name)
    exponent("EUR")


def answer(asked: Mapping[str, Any], body: bytes) -> bytes:
    """Read a file and give the reading as JSON."""
    mapping = asked["mapping"]
    return pack(parse(body, None if mapping is None else CsvMapping.of(mapping)))
