"""What makes two ways of writing a customer the same, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.matching.forms import customer_forms, domain_of, payment_forms
from rules.matching.names import bare, keys, search_words
from rules.matching.values import Party
from tests.rules.matching.items import paid


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Acme Widgets Ltd", ["ACME WIDGETS LIMITED", "Acme-Widgets GmbH", "Widgets, Acme"]),
        (
            "Müller & Söhne GmbH & Co. KG",
            ["MUELLER UND SOEHNE", "MULLER SOHNE GMBH", "Müller Söhne"],
        ),
        ("Rossi Impianti S.p.A.", ["ROSSI IMPIANTI SPA", "Rossi Impianti S.R.L."]),
        ("Meble Łódź Sp. z o.o.", ["MEBLE LODZ SP ZOO", "Meble Lodz spółka z o.o."]),
        ("Nordisk Maling A/S", ["NORDISK MALING AS", "Nordisk Maling ApS"]),
        ("SARL Dupont", ["DUPONT SARL", "Dupont"]),
        ("The Blue Bird Company", ["BLUEBIRD CO", "Blue Bird Ltd"]),
        ("J. P. Morgan plc", ["JP MORGAN", "J P Morgan"]),
        ("O'Brien Foods", ["OBRIEN FOODS", "O\u2019BRIEN FOODS LTD", "O BRIEN FOODS"]),
        ("\u041e\u041e\u041e Ромашка", ["ROMASHKA OOO"]),
        ("Αφοί Παππάς \u0391.\u0395.", ["AFOI PAPPAS AE"]),
        ("Nordås Bygg AS", ["NORDAAS BYGG", "Nordas Bygg AS"]),
        ("Straße Bau Ærø", ["STRASSE BAU ARO"]),
        ("株式会社東京", ["株式会社東京"]),
        ("Ltd", ["LTD."]),
    ],
)
def test_spellings_of_a_name_share_a_key(name, others):
    for other in others:
        assert set(keys(bare(name))) & set(keys(bare(other))), other


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("AB Plumbing", "Plumbing Ltd"),
        ("Acme Widgets", "Acme"),
        ("Acme North Ltd", "Acme South Ltd"),
        ("Smith Ltd", "Smyth Ltd"),
    ],
)
def test_other_names_do_not(name, other):
    assert not set(keys(bare(name))) & set(keys(bare(other)))


def test_a_customer_has_a_form_of_everything_the_ledger_says():
    party = Party(
        "C1",
        "Blue Bird Ltd",
        number="0020-007",
        aliases=("Birdy",),
        accounts=("GB33 BUKB 2020 1555 5555 55", ""),
        emails=("AP@bluebird.example", "boss@gmail.com"),
        email_domain="www.Blue.example",
    )
    assert customer_forms(party) == (
        "account:gb33bukb20201555555555",
        "email:ap@bluebird.example",
        "email:boss@gmail.com",
        "domain:blue.example",
        "domain:bluebird.example",
        "full:blu bird ltd",
        "full:birdy",
        "bare:bird blu",
        "bare:blubird",
        "bare:birdy",
        "number:20007",
    )


def test_a_customer_of_whom_little_is_known_has_few():
    assert customer_forms(Party("C1", "")) == ()
    assert domain_of("nobody") == ""


def test_a_confirmed_payment_teaches_its_account_its_mail_and_its_name():
    receipt = paid(
        100,
        payer_name="BLUE BIRD LTD",
        payer_account="20-20-15 55555555",
        payer_email="a@b.example",
    )
    assert payment_forms(receipt) == (
        "account:20201555555555",
        "email:a@b.example",
        "name:blue bird ltd",
        "full:blu bird ltd",
        "bare:bird blu",
        "bare:blubird",
    )
    assert payment_forms(paid(100)) == ()


def test_words_are_looked_for_that_tell_something():
    assert search_words("The Blue Bird of J P Oxfordshire Ltd") == (
        "oxfordshire",
        "bird",
        "blu",
    )
    assert search_words("Ltd") == ("ltd",)


def test_a_text_is_no_name():
    assert keys(bare("one two three four five six seven eight nine ten eleven twelve more")) == ()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_text_has_words_and_upper_case_has_the_same(text):
    assert all(bare(text)) or not bare(text)
    if text.isascii():
        assert bare(text.upper()) == bare(text)
