"""What a confirmed payment teaches about its payer, and what never does."""

from __future__ import annotations

from ledger.documents import Receipt
from rules.matching.forms import payment_forms
from rules.matching.institutions import is_institution
from rules.matching.names import bare

# Confirming one of these says that the money is meant for a customer, not that it is the payer.
NEVER_LEARNED = frozenset(("reference_but_other_customer",))


def lessons(receipt: Receipt, rule: str) -> tuple[str, ...]:
    """Give the forms to remember a payer by, once a person confirmed whose a payment was.

    Who pays for others, such as a money exchange or a factor, is never learned; nor is the payer
    where a rule said that the documents are another's. Only ask about what a person confirmed: an
    automatic guess teaches nothing.
    """
    if rule in NEVER_LEARNED or is_institution(bare(receipt.payer_name)):
        return ()
    return payment_forms(receipt)
