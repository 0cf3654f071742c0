"""Every case turns up, and shows on the bank line what it promises."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from worlds.bench import bank
from worlds.bench.business import BUSINESSES
from worlds.bench.commands import NAMES
from worlds.bench.records import Label, Payment
from worlds.bench.scene import Scene
from worlds.bench.writing import make


@cache
def scene(name: str) -> Scene:
    return make(BUSINESSES[name], 11, 400)


def shown(name: str, case: str) -> list[tuple[Payment, Label]]:
    made = scene(name)
    pairs = zip(made.payments, made.labels, strict=True)
    return [(payment, label) for payment, label in pairs if label.case == case]


def everywhere() -> Counter[str]:
    return Counter(label.case for name in NAMES for label in scene(name).labels)


def test_the_command_offers_every_business() -> None:
    assert list(BUSINESSES) == list(NAMES)


def test_there_are_many_classes_and_none_is_all() -> None:
    cases = everywhere()
    assert len(cases) >= 60
    assert 0.1 < cases["number: clean"] / cases.total() < 0.35


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ("uk_services", ["list cut off", "payer not identifiable", "duplicate of before"]),
        (
            "us_distribution",
            ["remittance lines", "remittance lines, deduction", "parent pays, numbers"],
        ),
        (
            "eu_manufacturing",
            ["advice apart", "amount: early discount", "credit note netted, named"],
        ),
        ("saas", ["payout", "payout, equal amounts", "payer and amount"]),
        ("structured_references", ["structured reference", "structured reference, digit wrong"]),
        ("long_projects", ["amount: tax withheld", "amount: bank fee", "foreign: by the rate"]),
    ],
)
def test_each_business_has_what_it_is_known_for(name: str, cases: list[str]) -> None:
    found = Counter(label.case for label in scene(name).labels)
    assert [case for case in cases if not found[case]] == []


def test_texts_fit_the_channel() -> None:
    for payment in scene("uk_services").payments:
        assert len(payment.reference or "") <= bank.CHANNELS[payment.channel].text_max


def test_a_clean_number_is_on_the_line() -> None:
    documents = {one.id: one for one in scene("uk_services").books.documents}
    pairs = shown("uk_services", "number: clean")
    lines = [f"{payment.description} {payment.reference}" for payment, _ in pairs]
    numbers = [documents[next(iter(label.settled.cleared))].number for _, label in pairs]
    assert [pair for pair in zip(numbers, lines, strict=True) if pair[0] not in pair[1]] == []


def test_the_undecidable_name_nothing() -> None:
    for payment, label in shown("uk_services", "payer not identifiable"):
        assert not label.decidable
        assert not any(c.isdigit() for c in payment.reference or "")


def test_instalments_never_pay_more_than_is_open() -> None:
    made = scene("long_projects")
    opened = {one.id: one.open for one in made.books.documents}
    paid = Counter[str]()
    for _, label in shown("long_projects", "instalment"):
        paid.update(label.settled.cleared)
    assert len(paid) > 5
    assert all(amount <= opened[one] for one, amount in paid.items())


def test_a_returned_payment_refers_to_one_of_before() -> None:
    past = {one.id: one for one in scene("us_distribution").books.past}
    pairs = shown("us_distribution", "returned payment")
    assert pairs
    for payment, label in pairs:
        assert past[label.refers_to or ""].payment.amount == -payment.amount


def test_strangers_pay_nobodys_amount() -> None:
    made = scene("saas")
    amounts = {one.open for one in made.books.documents}
    pairs = shown("saas", "stranger's payment")
    assert pairs
    assert [payment for payment, _ in pairs if payment.amount in amounts] == []


def test_foreign_money_is_near_the_rate() -> None:
    made = scene("long_projects")
    documents = {one.id: one for one in made.books.documents}
    for payment, label in shown("long_projects", "foreign: by the rate"):
        document = documents[next(iter(label.settled.cleared))]
        rate = float(made.trade.rates[document.currency])
        assert payment.currency != document.currency
        assert payment.amount == pytest.approx(document.open * rate, rel=0.025)


@pytest.mark.parametrize("name", NAMES)
def test_a_case_that_finds_no_document_posts_nothing(name: str) -> None:
    made = make(BUSINESSES[name], 2, 1, invoices=40)
    made.take(made.books.documents)
    for case in BUSINESSES[name].cases:
        before = len(made.labels)
        done = case(made)
        posted = made.labels[before:]
        assert done == bool(posted), case
        assert [label for label in posted if label.settled.cleared] == [], case
