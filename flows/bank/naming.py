"""Whose file it is, as a person or a folder writes it: organisations and accounts by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import bank_accounts, organisations

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from store.bank_accounts import BankAccountRow
    from store.organisations import OrganisationRow


def plain(name: str) -> str:
    """Give the name of a file as it can be kept and shown, whatever bytes it is made of."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)


def organisation(s: Session, wanted: str) -> OrganisationRow:
    """Find an organisation by the id in its pages' addresses, or by its name.

    Raises LookupError naming what there is.
    """
    found = organisations.by_public_id(s, wanted)
    if found is not None:
        return found
    everyone = [organisations.get(s, one) for one in organisations.all_ids(s)]
    named = [one for one in everyone if one.name.casefold() == wanted.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(one.public_id for one in named)
        raise LookupError(f"{len(named)} organisations are called {wanted!r}; name one: {ids}")
    names = ", ".join(sorted(one.name for one in everyone)) or "none yet"
    raise LookupError(f"there is no organisation {wanted!r}; known are: {names}")


def account(s: Session, organisation_id: int, wanted: str) -> BankAccountRow:
    """Find a bank account by its number or its name. Raises LookupError naming what there is."""
    everyone = bank_accounts.everyone(s, organisation_id)
    fitting = [
        one
        for one in everyone
        if bank_accounts.plain(wanted) == one.number or wanted.casefold() == one.name.casefold()
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(f"{one.name} ({one.number} {one.currency})" for one in everyone)
    how_many = "no" if not fitting else "more than one"
    raise LookupError(f"{how_many} bank account is called {wanted!r}; known are: {known or 'none'}")
