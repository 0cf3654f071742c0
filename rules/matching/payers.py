"""Who paid: which customers the evidence on a receipt points at."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.documents import Customer, Receipt
    from rules.facts import MatchFacts

# The same legal form, spelled in two ways; a form is never dropped, for Acme Ltd and Acme GmbH
# are two companies.
_FORMS = {
    "limited": "ltd",
    "company": "co",
    "corporation": "corp",
    "incorporated": "inc",
    "and": "",
}

# Bounds a walk along customers merged into one another.
MERGES_MAX = 10


def payer_forms(receipt: Receipt) -> tuple[str, ...]:
    """Give what identifies a receipt's payer, strongest first: account, e-mail, name.

    These are the forms under which confirmed payers are remembered and known again.
    """
    account = re.sub(r"\W", "", receipt.payer_account).casefold()
    email = receipt.payer_email.strip().casefold()
    name = name_form(receipt.payer_name)
    pairs = (("account", account), ("email", email), ("name", name))
    return tuple(f"{kind}:{value}" for kind, value in pairs if value)


def name_form(text: str) -> str:
    """Give a name as people are remembered by: plain words, each legal form spelled one way."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(filter(None, (_FORMS.get(word, word) for word in words)))


@dataclass(frozen=True, slots=True)
class Payers:
    """Which customer each form belongs to; a form of two customers belongs to none."""

    customers: Mapping[str, Customer]
    known: Mapping[str, frozenset[str]]

    def of(self, receipt: Receipt) -> frozenset[str]:
        """Give the customers that the evidence points at: none, one, or several that disagree.

        Where the ledger itself says whose money it is, that is the answer.
        """
        if receipt.customer_id:
            return frozenset((self.living(receipt.customer_id),))
        found = (self.known.get(form, frozenset()) for form in payer_forms(receipt))
        return frozenset().union(*(one for one in found if len(one) == 1))

    def living(self, customer_id: str) -> str:
        """Give the customer that a merged one went into."""
        for _ in range(MERGES_MAX):
            customer = self.customers.get(customer_id)
            if customer is None or not customer.merged_into:
                break
            customer_id = customer.merged_into
        return customer_id


def payers(facts: MatchFacts, learn_after: int) -> Payers:
    """Collect the forms of every customer, and those that people confirmed often enough."""
    bare = Payers(facts.customers, {})
    known: dict[str, set[str]] = defaultdict(set)
    for customer_id, customer in facts.customers.items():
        living = bare.living(customer_id)
        known[f"name:{name_form(customer.name)}"].add(living)
        known[f"email:{(customer.email or '').strip().casefold()}"].add(living)
    # Confirmations of a second customer, however few, show that a form is shared.
    taught: dict[str, set[str]] = defaultdict(set)
    enough: set[str] = set()
    for payer in facts.payers:
        taught[payer.form].add(bare.living(payer.customer_id))
        if payer.confirmations >= learn_after:
            enough.add(payer.form)
    for form, customers in taught.items():
        if form in enough or form in known:
            known[form] |= customers
    return Payers(facts.customers, {form: frozenset(found) for form, found in known.items()})
