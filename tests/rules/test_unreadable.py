"""Something of the customer's that cannot be read keeps every reminder back."""

from __future__ import annotations

from rules.dunning import decide
from tests.rules.making import NOW, an_invoice, dunning, facts, never_closed

RIDDLE = "credit note CN-1: RemainingCredit is empty"


def test_no_reminder_while_something_of_the_customer_cannot_be_read():
    found = facts(an_invoice("INV-1", 7), unread=(RIDDLE,))
    decision = decide(found, dunning(), NOW, never_closed)
    assert decision.actions == ()
    told = decision.suppressed[-1]
    assert (told.number, told.reason) == ("INV-1", "unreadable")
    assert ("unread", RIDDLE) in told.why.facts


def test_what_reads_again_is_reminded():
    found = facts(an_invoice("INV-1", 7))
    assert decide(found, dunning(), NOW, never_closed).actions
