"""What is remembered of payers is shown as marks: none twice, none left out."""

from __future__ import annotations

from rules.facts import Payer
from rules.matching.remembered import Mark, in_words, marks


def test_the_forms_of_one_name_are_one_mark():
    known = [
        Payer("account:gb331234", "C1", 2),
        Payer("bare:acme", "C1", 3),
        Payer("full:acme ltd", "C1", 3),
        Payer("name:acme ltd", "C1", 3),
        Payer("bare:acme", "C2", 1),
    ]
    assert marks(known) == (
        Mark("account:gb331234", "C1", 2, ("account:gb331234",)),
        Mark("name:acme ltd", "C1", 3, ("name:acme ltd", "full:acme ltd", "bare:acme")),
        Mark("bare:acme", "C2", 1, ("bare:acme",)),
    )


def test_a_mark_is_told_in_words_and_an_account_by_its_end():
    assert in_words("account:gb33bukb20201555551234") == "account \u20261234"
    assert in_words("email:ap@acme.example") == "e-mail ap@acme.example"
    assert in_words("name:acme ltd") == "name acme ltd"
    assert in_words("bare:acme") == "name acme"
