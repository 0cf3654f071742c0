"""A bank file read in the limited process, and what is said when that did not go well."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from connector import confined
from connector.bankfile.reading import Reading
from connector.bankfile.wire import unpack

if TYPE_CHECKING:
    from connector.bankfile.mapping import CsvMapping
    from connector.confined import Limits

_TOO_MUCH = (
    "Reading the file took more memory or time than any bank statement needs, and was ended:"
    " download a shorter period from the bank, or another format."
)
_BROKEN = "The file brought its reader down: download it again, or in another format from the bank."


def read_limited(body: bytes, mapping: CsvMapping | None, limits: Limits) -> Reading:
    """Read a file in a process of its own; whatever happens to that, a reading comes back."""
    asked = {"mapping": None if mapping is None else asdict(mapping)}
    packed = confined.run("bankfile", asked, body, limits)
    if packed is None:
        return Reading("", refused=_TOO_MUCH)
    try:
        return unpack(packed)
    except (ValueError, TypeError, KeyError):
        return Reading("", refused=_BROKEN)
