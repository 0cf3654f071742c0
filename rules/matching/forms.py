"""The forms under which a customer is known: what a ledger keeps once, and asks by afterwards.

A form is a kind and a plain value, such as "account:gb33bukb20201555555555". An index of a ledger
holds the `customer_forms` of every customer, and for each payment that was confirmed the
`payment_forms` of it, with a count.
"""

from __future__ import annotations

import re

from ledger.documents import Receipt
from rules.matching.mailboxes import PUBLIC
from rules.matching.names import bare, full, keys
from rules.matching.payers import payer_forms
from rules.matching.values import Party

ACCOUNT = "account"
EMAIL = "email"
DOMAIN = "domain"
FULL = "full"
BARE = "bare"
NUMBER = "number"

_APART = re.compile(r"\W")


def customer_forms(party: Party) -> tuple[str, ...]:
    """Give the forms of what a ledger says of a customer, each once."""
    names = (party.name, *party.aliases)
    found = [
        *(account_form(one) for one in party.accounts),
        *(email_form(one) for one in party.emails),
        domain_form(party.email_domain),
        *(domain_form(domain_of(one)) for one in party.emails),
        *(kind_of(FULL, full(one)) for one in names),
        *(form for one in names for form in bare_forms(one)),
        number_form(party.number),
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def payment_forms(receipt: Receipt) -> tuple[str, ...]:
    """Give the forms that a payment, once confirmed, makes its payer known by."""
    name = receipt.payer_name
    found = (*payer_forms(receipt), kind_of(FULL, full(name)), *bare_forms(name))
    return tuple(filter(None, found))


def account_form(account: str) -> str:
    """Give the form of an account number or IBAN; "" for none."""
    return kind_of(ACCOUNT, _APART.sub("", account).casefold())


def email_form(email: str) -> str:
    """Give the form of an address; "" for none."""
    return kind_of(EMAIL, email.strip().casefold())


def number_form(number: str) -> str:
    """Give the form of the number that a ledger gives a customer; "" for none."""
    return kind_of(NUMBER, _APART.sub("", number).casefold().lstrip("0"))


def bare_forms(name: str) -> tuple[str, ...]:
    """Give the forms of a name without its legal form, in any order of words."""
    return tuple(kind_of(BARE, one) for one in keys(bare(name)))


def domain_of(email: str) -> str:
    """Give the domain of an address; "" for what is none."""
    return email.rpartition("@")[2] if "@" in email else ""


def domain_form(domain: str) -> str:
    """Give the form of a mail domain; "" where everybody may have an address."""
    plain = domain.strip().casefold().removeprefix("www.")
    return "" if plain in PUBLIC else kind_of(DOMAIN, plain)


def kind_of(kind: str, value: str) -> str:
    """Give the form of a plain value; "" for none."""
    return f"{kind}:{value}" if value else ""
