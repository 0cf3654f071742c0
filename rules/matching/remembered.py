"""What is remembered of payers, put together so that a person can look at it and change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rules.matching.forms import ACCOUNT, BARE, EMAIL, FULL, bare_forms, kind_of
from rules.matching.names import full

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.facts import Payer

# How much of an account number is shown.
SHOWN = 4


class Mark(NamedTuple):
    """One mark of a payer and whose it is; `forms` are all the forms that it is kept under."""

    form: str
    customer_id: str
    confirmations: int
    forms: tuple[str, ...]


def marks(known: Iterable[Payer]) -> tuple[Mark, ...]:
    """Put forms together that are one mark: a name is kept in several forms.

    A form that no name of the customer has is a mark of its own; nothing is left out.
    """
    payers = sorted(known, key=lambda one: (one.customer_id, one.form))
    kept = {(one.customer_id, one.form) for one in payers}
    found: list[Mark] = []
    covered: set[tuple[str, str]] = set()
    for one in payers:
        if one.form.startswith((f"{FULL}:", f"{BARE}:")):
            continue
        others = [form for form in _of_name(one.form) if (one.customer_id, form) in kept]
        covered.update((one.customer_id, form) for form in others)
        found.append(Mark(one.form, one.customer_id, one.confirmations, (one.form, *others)))
    whole = {(one.customer_id, one.form) for one in found} | covered
    found += [
        Mark(one.form, one.customer_id, one.confirmations, (one.form,))
        for one in payers
        if (one.customer_id, one.form) not in whole
    ]
    return tuple(sorted(found, key=lambda one: (one.customer_id, one.form)))


def _of_name(form: str) -> tuple[str, ...]:
    kind, _, value = form.partition(":")
    return (kind_of(FULL, full(value)), *bare_forms(value)) if kind == "name" else ()


def in_words(form: str) -> str:
    """Say what a form is: of an account number only the end is told."""
    kind, _, value = form.partition(":")
    if kind == ACCOUNT:
        return f"account \u2026{value[-SHOWN:]}"
    return f"e-mail {value}" if kind == EMAIL else f"name {value}"
