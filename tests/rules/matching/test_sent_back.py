"""Money that the bank took back before anybody placed it is applied to nothing."""

from __future__ import annotations

import pytest

from ledger.documents import Source
from tests.rules.making import a_receipt, ago, an_invoice, answers, paid

ONE = an_invoice("INV-1001")


def on_the_bank(key, amount, days=0, **more):
    more = {"source": Source.BANK, "payer_name": "Acme Ltd", **more}
    return a_receipt(key, amount, received=ago(days), **more)


@pytest.mark.parametrize(
    "back",
    [
        on_the_bank("r2", "-100.00", text="INV-1001"),
        on_the_bank("r2", "-100.00", payer_name="ACME LIMITED"),
        on_the_bank("r2", "-100.00", payer_name="", text="returned: AC04"),
        on_the_bank("r2", "-100.00", payer_name="Clearing", payer_account="DE1"),
        on_the_bank("r2", "-100.00", payer_name="Clearing", payer_account="de 1"),
    ],
)
def test_money_that_the_bank_took_back_pays_nothing(back):
    came = on_the_bank("r1", "100.00", 3, text="INV-1001", payer_account="DE1")
    assert answers([came], [ONE]) == paid("INV-1001")
    assert answers([came, back], [ONE])[0] == "sent_back"
    assert answers([back, came], [ONE])[1] == "sent_back"


@pytest.mark.parametrize(
    "other",
    [
        on_the_bank("r2", "-99.00"),
        on_the_bank("r2", "-100.00", 4),
        on_the_bank("r2", "-100.00", payer_name="Somebody Else"),
        on_the_bank("r2", "-100.00", payer_account="DE2"),
        on_the_bank("r2", "-100.00", payer_name="", text="office rent"),
    ],
)
def test_other_money_that_went_out_changes_nothing(other):
    came = on_the_bank("r1", "100.00", 3, text="INV-1001", payer_account="DE1")
    assert answers([came, other], [ONE])[0] == paid("INV-1001")


@pytest.mark.parametrize(("name", "other"), [("***", "---"), ("", "&"), ("***", "***")])
def test_names_without_letters_are_nobodys(name, other):
    came = on_the_bank("r1", "100.00", 3, text="INV-1001", payer_name=name)
    went = on_the_bank("r2", "-100.00", payer_name=other, text="office rent")
    assert answers([came, went], [ONE])[0] == paid("INV-1001")
    back = on_the_bank("r2", "-100.00", payer_name=other, text="returned: AC04")
    for own_names in ((), ("???",)):
        assert answers([came, back], [ONE], own_names=own_names)[0] == "sent_back"


def test_money_comes_back_within_two_months():
    late = on_the_bank("r1", "100.00", 61, text="INV-1001")
    owed = an_invoice("INV-1001", 70)
    assert "sent_back" not in answers([late, on_the_bank("r2", "-100.00")], [owed])
    just = on_the_bank("r1", "100.00", 60, text="INV-1001")
    assert answers([just, on_the_bank("r2", "-100.00")], [owed])[0] == "sent_back"


def test_money_moved_between_own_accounts_is_not_asked_about():
    moves = [
        on_the_bank("r1", "100.00", 3, payer_name="Our Own Ltd", text="transfer"),
        on_the_bank("r2", "-100.00", payer_name="Our Own Ltd", text="transfer"),
    ]
    assert answers(moves, [ONE], own_names=("Our Own Ltd",)) == ["not_receivable"] * 2


def test_who_pays_again_after_a_return_has_paid():
    came = [on_the_bank("r1", "100.00", 5, text="INV-1001"), on_the_bank("r2", "-100.00", 3)]
    again = on_the_bank("r3", "100.00", 1, text="INV-1001")
    found = answers([*came, again], [ONE])
    assert (found[0], found[2]) == ("sent_back", paid("INV-1001"))
