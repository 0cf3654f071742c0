"""Names in plain Latin letters, as banks print them: without accents, in one spelling."""

from __future__ import annotations

import re
import unicodedata

# Letters that do not come apart into a plain one and an accent.
_LETTERS = {
    "ß": "ss",
    "æ": "a",
    "œ": "o",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "\u0131": "i",
    "ħ": "h",
}
_CYRILLIC = {
    **dict(zip("абвгґдезиіклмнопрстуфыэ", "abvggdeziiklmnoprstufye", strict=True)),
    "ж": "zh",
    "й": "y",
    "ї": "yi",
    "є": "ye",
    "ё": "yo",
    "\u0445": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
    "ћ": "c",
    "ђ": "d",
    "\u0458": "j",
    "љ": "lj",
    "њ": "nj",
    "џ": "dz",
    "ў": "u",
}
_GREEK = {
    **dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstyfo", strict=True)),
    "θ": "th",
    "ς": "s",
    "χ": "ch",
    "ψ": "ps",
}
_PLAIN = str.maketrans(_LETTERS | _CYRILLIC | _GREEK)

# Müller is printed as MUELLER or MULLER, and Nordås as NORDAAS: they are read as muller, nordas.
_SPELLED_OUT = re.compile(r"(?<=\w)(?:[aou]e|aa)|(?:[aou]e|aa)(?=\w)")


def latin(text: str) -> str:
    """Give text in small plain letters; what has no Latin letters is kept as it is."""
    if text.isascii():
        plain = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        apart = unicodedata.normalize("NFKD", folded.translate(_PLAIN)).translate(_PLAIN)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _SPELLED_OUT.sub(lambda found: found[0][0], plain)
