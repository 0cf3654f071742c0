"""Reads one value of a rule file by the kind its field has; whatever does not fit names the field.

Nothing is coerced: a number written as text, a float where money is meant or a word nobody knows
is an error, because a rule that is read differently from how it was meant sends letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from ledger.money import Money, MoneyError
from rules.fields import LOWER, Condition, RuleSetError, Tolerance, Value, Window
from rules.vocabulary import OPERATORS, OPERATORS_LATER, QUESTIONS, QUESTIONS_LATER

Metadata = Mapping[str, Any]
Reader = Callable[[object, str, Metadata], object]

NAME = re.compile(r"[A-Za-z0-9_]{1,40}")
WINDOW = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
PERCENT = re.compile(r"\d{1,2}(\.\d{1,2})?", re.ASCII)
# More than that is no trifle, whatever a person types.
PERCENT_MAX = 5
TEXT_MAX = 120
LIST_MAX = 100


def nearest(word: str, known: Sequence[str]) -> str:
    """Give the known word that is spelled most alike."""
    return get_close_matches(word, known, n=1, cutoff=0.0)[0]


def unknown(path: str, word: str, known: Sequence[str], later: Sequence[str] = ()) -> RuleSetError:
    """Make the error for a word that is not known, or known but not built yet."""
    if word in later:
        return RuleSetError(path, f"{word!r} is not available yet", f"use {_either(known)}")
    guess = nearest(word, [*known, *later])
    return RuleSetError(path, f"{word!r} is not known", f"did you mean {guess!r}?")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


def wrong(path: str, value: object, wanted: str) -> RuleSetError:
    """Make the error for a value of the wrong type."""
    return RuleSetError(path, f"{value!r} has the wrong type", f"write {wanted}")


def table(value: object, path: str) -> Mapping[str, object]:
    """Read a table; raises RuleSetError for anything else."""
    if not isinstance(value, Mapping):
        raise wrong(path, value, "a table of keys and values")
    return value


def items(value: object, path: str) -> Sequence[object]:
    """Read a list of bounded length; raises RuleSetError for anything else."""
    if not isinstance(value, list | tuple):
        raise wrong(path, value, "a list in square brackets")
    if len(value) > LIST_MAX:
        raise RuleSetError(path, f"{len(value)} entries are too many", f"at most {LIST_MAX}")
    return value


def text(value: object, path: str, _: Metadata) -> str:
    """Read one line of text."""
    if not isinstance(value, str):
        raise wrong(path, value, "text in quotation marks")
    if len(value) > TEXT_MAX or not value.isprintable():
        fix = f"use one line of at most {TEXT_MAX} characters"
        raise RuleSetError(path, "the text is too long or has control characters", fix)
    return value


def name(value: object, path: str, meta: Metadata) -> str:
    """Read a name of letters, digits and underscores."""
    read = text(value, path, meta)
    if not NAME.fullmatch(read):
        fix = "use 1 to 40 letters, digits and underscores"
        raise RuleSetError(path, f"{read!r} is no name", fix)
    return read


def choice(value: object, path: str, meta: Metadata) -> str:
    """Read one of the field's words."""
    read = text(value, path, meta)
    if read not in meta["choices"]:
        raise unknown(path, read, meta["choices"], meta["later"])
    return read


def words(value: object, path: str, meta: Metadata) -> tuple[str, ...]:
    """Read a list of words without repetition; known words come back in their usual order."""
    listed = items(value, path)
    one = choice if meta["choices"] else text
    read = [one(item, f"{path}[{at}]", meta) for at, item in enumerate(listed)]
    for at, word in enumerate(read):
        if not word or word in read[:at]:
            raise RuleSetError(f"{path}[{at}]", f"{word!r} is empty or there twice", "remove it")
    if meta["minimum"] is not None and len(read) < meta["minimum"]:
        raise RuleSetError(path, "the list is empty", f"use one of {', '.join(meta['choices'])}")
    if meta["choices"]:
        read.sort(key=meta["choices"].index)
    return tuple(read)


def whole(value: object, path: str, meta: Metadata) -> int:
    """Read a whole number within the field's bounds."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(path, value, "a whole number without quotation marks")
    low, high = meta["minimum"], meta["maximum"]
    if low is not None and not low <= value <= high:
        raise RuleSetError(path, f"{value} is out of bounds", f"use {low} to {high}")
    return value


def flag(value: object, path: str, _: Metadata) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise wrong(path, value, "true or false")
    return value


def always(value: object, path: str, meta: Metadata) -> bool:
    """Read a flag that is shown but fixed at true."""
    if not flag(value, path, meta):
        raise RuleSetError(path, "this cannot be switched off", "leave it true")
    return True


def window(value: object, path: str, meta: Metadata) -> Window:
    """Read hours of the day such as 09:00-11:00."""
    found = WINDOW.fullmatch(text(value, path, meta))
    fix = "write it as 09:00-11:00, the earlier hour first"
    if not found:
        raise RuleSetError(path, f"{value!r} is no span of hours", fix)
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise RuleSetError(path, f"{value!r} has an hour no clock shows", fix) from None
    if start >= end:
        raise RuleSetError(path, f"{value!r} ends before it starts", fix)
    return Window(start, end)


def amounts(value: object, path: str, _: Metadata) -> tuple[Money, ...]:
    """Read amounts per currency such as { GBP = "10.00" }, in the order of the currencies."""
    read = []
    for currency, amount in sorted(table(value, path).items()):
        here = f"{path}.{currency}"
        if not isinstance(amount, str):
            raise wrong(here, amount, 'the amount as text, such as "10.00"')
        try:
            money = Money.parse(amount, currency)
        except MoneyError as error:
            raise RuleSetError(here, str(error), 'write it as GBP = "10.00"') from None
        if money.minor < 0:
            raise RuleSetError(here, f"{amount} is negative", "use 0 or more")
        read.append(money)
    return tuple(read)


def tolerance(value: object, path: str, meta: Metadata) -> Tolerance:
    """Read a tolerance such as { percent = "0.5", GBP = "1.00", use = "lower_of" }."""
    read = dict(table(value, path))
    way = text(read.pop("use", LOWER), f"{path}.use", meta)
    if way != LOWER:
        raise unknown(f"{path}.use", way, (LOWER,))
    here = f"{path}.percent"
    if "percent" not in read:
        raise RuleSetError(here, "it is missing", 'add it, such as percent = "0.5"')
    share = text(read.pop("percent"), here, meta)
    if not PERCENT.fullmatch(share) or Decimal(share) > PERCENT_MAX:
        fix = f'write it as "0.5", with two places at most and no more than {PERCENT_MAX}'
        raise RuleSetError(here, f"{share!r} is no percentage to give up", fix)
    return Tolerance(int(Decimal(share) * 100), amounts(read, path, meta))


def _texts(value: object, path: str, meta: Metadata) -> Value:
    read = words(value, path, meta)
    if not read:
        raise RuleSetError(path, "the list is empty", "name at least one")
    return read


def _between(value: object, path: str, meta: Metadata) -> Value:
    pair = [whole(item, f"{path}[{at}]", meta) for at, item in enumerate(items(value, path))]
    if len(pair) != 2 or pair[0] > pair[1]:  # noqa: PLR2004 - a span has two ends
        raise RuleSetError(path, f"{value!r} is no span", "write two numbers, the lower first")
    return (pair[0], pair[1])


def _amounts(value: object, path: str, meta: Metadata) -> Value:
    read = amounts(value, path, meta)
    if not read:
        raise RuleSetError(path, "no amount is given", 'write { GBP = "100.00" }')
    return read


_PLAIN: Metadata = {"choices": (), "later": (), "minimum": None, "maximum": None}

_COMPARED: Mapping[str, Callable[[object, str, Metadata], Value]] = {
    "text": text,
    "words": text,
    "number": whole,
    "flag": flag,
    "amount": _amounts,
}


def _compared(kind: str, op: str) -> Callable[[object, str, Metadata], Value]:
    if op in ("in", "not_in"):
        return _texts
    return _between if op == "between" else _COMPARED[kind]


def condition(value: object, path: str) -> Condition:
    """Read one condition: a known field, an operator that goes with it, a value of its kind."""
    read = table(value, path)
    for key in read:
        if key not in ("field", "op", "value"):
            raise unknown(f"{path}.{key}", key, ("field", "op", "value"))
    asked = _word(read, "field", path, tuple(QUESTIONS), QUESTIONS_LATER)
    kind = QUESTIONS[asked].kind
    op = _word(read, "op", path, OPERATORS[kind], OPERATORS_LATER)
    here = f"{path}.value"
    if op in ("is_set", "is_empty"):
        if "value" in read:
            raise RuleSetError(here, f"{op} compares with nothing", "remove the value")
        return Condition(asked, op)
    if "value" not in read:
        raise RuleSetError(here, "the value is missing", "add it")
    return Condition(asked, op, _compared(kind, op)(read["value"], here, _PLAIN))


def _word(
    read: Mapping[str, object],
    key: str,
    path: str,
    known: tuple[str, ...],
    later: tuple[str, ...],
) -> str:
    here = f"{path}.{key}"
    if key not in read:
        raise RuleSetError(here, "it is missing", f"add it: {_either(known)}")
    return choice(read[key], here, {"choices": known, "later": later})


def conditions(value: object, path: str, _: Metadata) -> tuple[Condition, ...]:
    """Read a list of conditions."""
    return tuple(condition(one, f"{path}[{at}]") for at, one in enumerate(items(value, path)))


READERS: Mapping[str, Reader] = {
    "text": text,
    "name": name,
    "choice": choice,
    "words": words,
    "whole": whole,
    "flag": flag,
    "always": always,
    "window": window,
    "amounts": amounts,
    "tolerance": tolerance,
    "conditions": conditions,
}
