"""Text that QuickBooks can hold: companies in the United States take ISO-8859-1 only."""

from __future__ import annotations

import unicodedata

from connector import raw

# What typographers write, said plainly.
_PLAIN = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2026": "...",
    "\u2022": "-",
    "\u2212": "-",
    "\u2192": "->",
    "\u2265": ">=",
    "\u2264": "<=",
    "\u20ac": "EUR",
    "\u2122": "(TM)",
    "\u202f": " ",
    "\u2009": " ",
    "\u0142": "l",
    "\u0141": "L",
    "\u0153": "oe",
    "\u0152": "OE",
}


def read(value: object) -> str:
    """Give the text of a JSON value: numbers too, "" for what is none, safe to keep anywhere."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return raw.text(value)


def is_latin(text: str) -> bool:
    """Say whether every sign of a text is in ISO-8859-1."""
    return all(ord(sign) <= 0xFF for sign in text)  # noqa: PLR2004 - the last sign of Latin-1


def to_latin(text: str) -> str:
    """Write a text in ISO-8859-1: marks made plain, accents kept or dropped, the rest left out."""
    plain = "".join(_PLAIN.get(sign, sign) for sign in text)
    kept = []
    for sign in unicodedata.normalize("NFC", plain):
        if is_latin(sign):
            kept.append(sign)
            continue
        bare = unicodedata.normalize("NFKD", sign)
        kept.append("".join(part for part in bare if is_latin(part)))
    return "".join(kept)


def clip(text: str, most: int) -> str:
    """Shorten a text to at most so many characters, showing that something is missing."""
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."
