"""The words of a customer's or payer's name, and what of them tells one from another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rules.matching.latin import latin

_WORD = re.compile(r"[^\W_]+")

# A name is no longer than this; a bank's text may be.
WORDS_MAX = 12

# Legal forms, as they end a name in many countries, dotted ones without their dots.
_LEGAL = frozenset(
    (
        *("ltd", "limited", "plc", "llp", "llc", "lp", "inc", "incorporated", "corp", "pllc"),
        *(
            "corporation",
            "co",
            "company",
            "aktiebolag",
            "aktiengesellschaft",
            "cic",
            "pc",
            "pty",
            "pte",
            "pvt",
            "bhd",
            "sdn",
        ),
        *("gmbh", "ggmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "ek", "ev", "eg"),
        *("haftungsbeschrankt", "se", "sa", "sas", "sasu", "sarl", "eurl", "snc", "scop"),
        *("spa", "srl", "srls", "sapa", "scarl", "bv", "nv", "vof", "cv", "bvba", "sprl"),
        *("ab", "hb", "kb", "as", "asa", "aps", "amba", "oy", "oyj", "ky", "tmi", "ehf", "hf"),
        *("sl", "slu", "sau", "slp", "lda", "ltda", "unipessoal", "eireli", "sgps"),
        *(
            "spzoo",
            "spk",
            "zoo",
            "sp",
            "spj",
            "spolka",
            "sro",
            "spolsro",
            "vos",
            "kft",
            "zrt",
            "nyrt",
            "bt",
        ),
        *("doo", "dd", "jdoo", "ood", "eood", "ad", "ead", "sia", "uab", "ou", "mb"),
        *(
            "ooo",
            "oao",
            "zao",
            "pao",
            "ao",
            "ip",
            "tov",
            "ae",
            "epe",
            "ike",
            "as",
            "sti",
            "kk",
            "gk",
        ),
    )
)
# Those that stand before a name, and what else does.
_BEFORE = frozenset(
    (
        *("the", "firma", "fa", "mr", "mrs", "ms", "miss", "dr", "herr", "frau", "mme", "mlle"),
        *("sarl", "sas", "eurl", "sia", "uab", "ooo", "oao", "zao", "pao", "tov", "pt"),
    )
)
# The same legal form, spelled out.
SHORT = {
    "limited": "ltd",
    "company": "co",
    "corporation": "corp",
    "incorporated": "inc",
    "aktiebolag": "ab",
    "aktiengesellschaft": "ag",
}
_LINKING = frozenset(("and", "und", "et", "og", "och"))

# Words of banks before a name; the shorter ones only where a mark or a blank tells them.
_BANKS = re.compile(
    r"^\s*(1/|(b/o|by order( of)?|order (by|of)|ordering (customer|party)|remitter|sender"
    r"|originator|auftraggeber|ordenante|ordinante)\b[\s:.]*|(from|orig|ord|payer)(:\s*|\s+(?=\S)))",
    re.IGNORECASE,
)

# Names are compared with many others, and each again and again.
NAMES_KEPT_MAX = 32_768

# Shorter words are not looked for by themselves.
TELLING_MIN = 3


def announced(name: str) -> str:
    """Leave out what a bank writes before a payer's name: B/O, BY ORDER OF, ORDER BY:, FROM, 1/."""
    return _BANKS.sub("", name)


@lru_cache(maxsize=NAMES_KEPT_MAX)
def words(name: str) -> tuple[str, ...]:
    """Give the words of a name in plain letters; single letters beside another are one word.

    S.p.A. is spa, and J. P. Morgan is jp morgan; "and" in a few languages is left out.
    """
    plain = announced(latin(name)).replace("'", "").replace("\u2019", "")
    found: list[str] = []
    single = False
    for word in _WORD.findall(plain):
        if word in _LINKING:
            continue
        if len(word) == 1 and single:
            found[-1] += word
        else:
            found.append(word)
        single = len(word) == 1
    return tuple(found)


def full(name: str) -> str:
    """Give a name with its legal form, in one spelling: Acme Limited is acme ltd."""
    return " ".join(SHORT.get(word, word) for word in words(name))


def telling(name: Sequence[str]) -> tuple[str, ...]:
    """Leave titles before a name and legal forms behind it out, unless nothing else is there."""
    start, end = 0, len(name)
    while start < end and name[start] in _BEFORE:
        start += 1
    while end > start and name[end - 1] in _LEGAL:
        end -= 1
    return tuple(name[start:end]) or tuple(name)


def same_form(name: str, other: str) -> bool:
    """Whether the legal forms behind two names may be one; a missing or unfinished one may be any.

    They are for Acme and Acme Ltd, or for Acme GmbH & Co and Acme GmbH & Co KG.
    """
    one, another = _legal_form(name), _legal_form(other)
    return one.startswith(another) or another.startswith(one)


def _legal_form(name: str) -> str:
    every = words(name)
    end = len(every)
    while end and every[end - 1] in _LEGAL:
        end -= 1
    return "".join(SHORT.get(word, word) for word in every[end:]) if end else ""


def bare(name: str) -> tuple[str, ...]:
    """Give the telling words of a name: Acme Ltd, ACME LIMITED and Acme GmbH have one."""
    return telling(words(name))


def keys(told: Sequence[str]) -> tuple[str, ...]:
    """Give the keys of telling words: in any order, and written together."""
    if not told or len(told) > WORDS_MAX:
        return ()
    ordered, together = " ".join(sorted(told)), "".join(told)
    return (ordered,) if ordered == together else (ordered, together)


def search_words(name: str) -> tuple[str, ...]:
    """Give the words by which names like this are looked for in a ledger, the longest first."""
    found = {word for word in bare(name) if len(word) >= TELLING_MIN}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))
