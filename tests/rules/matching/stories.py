"""Stories an accountant can read: who owes what, what came in, and what must become of it.

The organisation of a story confirmed every kind of answer a million times, unless it is `untried`.
Documents are known by their numbers, customers by their names. What a story leaves out has a plain
default: terms of 30 days that ended ten days ago, money of today, the customer named first.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from ledger.documents import Kind, Link, Receipt, Ref, Source, Status
from ledger.money import Money
from ledger.remittances import Remittance, RemittanceLine
from rules.matching.in_memory import MemoryBook
from rules.matching.placing import decide_batch
from rules.matching.policy import Counted, Mode, Policy, Rate
from rules.matching.values import ExpectedPayout, Item, Party, Past

DAY = date(2026, 9, 14)


class Trusted(dict[str, Counted]):
    """Every kind of evidence was right a million times: what a story shows is the rules alone."""

    def get(self, _evidence, _default=None):
        return Counted(correct=1_000_000)


def money(text):
    """Read an amount such as "120.00 GBP"."""
    amount, currency = text.split()
    return Money.parse(amount, currency)


def outcome(story):
    """Decide a story, and write what becomes of its payments as it writes what it expects."""
    customers = [_customer(one) for one in story.get("customer", [{"name": "Acme Ltd"}])]
    first = customers[0].id
    items = [_item(one, first) for one in story.get("invoice", ())]
    items += [_item(one, first, credit=True) for one in story.get("credit_note", ())]
    payouts = [
        ExpectedPayout(one["id"], money(one["amount"]), one.get("arrival", DAY))
        for one in story.get("payout", ())
    ]
    past = [_past(one, first) for one in story.get("past", ())]
    book = MemoryBook(items, customers, payouts, past)
    payments = [_payment(one) for one in story["payment"]]
    advices = [_advice(one) for one in story.get("advice", ())]
    decisions = decide_batch(book, payments, advices, _policy(story))
    return [
        _told(one, book, payment.unapplied.currency)
        for one, payment in zip(decisions, payments, strict=True)
    ]


def _policy(story):
    told = story.get("settings", {})
    return Policy(
        as_of=DAY,
        base_currency=told.get("base_currency", "GBP"),
        own_names=tuple(told.get("own_names", ())),
        number_example=told.get("number_example", "INV-1001"),
        mode=Mode(told.get("mode", "safe")),
        rates={
            currency: (Rate(DAY, Decimal(rate)),)
            for currency, rate in told.get("rates", {}).items()
        },
        large={
            one.currency: one.minor for one in map(money, filter(None, [told.get("large_above")]))
        },
        confirmations={} if told.get("untried") else Trusted(),
        undone=frozenset((one["payment"], one["invoice"]) for one in told.get("undone", ())),
    )


def _customer(told):
    return Party(
        id=told["name"],
        name=told["name"],
        number=told.get("number", ""),
        country=told.get("country", "GB"),
        aliases=tuple(told.get("also", ())),
        accounts=tuple(told.get("accounts", ())),
        email_domain=told.get("domain", ""),
        parent_id=told.get("parent", ""),
        withholding_percents=tuple(_percent(one) for one in told.get("withholds", ())),
    )


def _percent(text):
    """Read "2.5 %" as hundredths of a percent."""
    return int(Decimal(text.removesuffix("%").strip()) * 100)


def _item(told, customer, *, credit=False):
    total = money(told["total"])
    discount, _, until = told.get("discount", "").partition(" until ")
    due = told.get("due", DAY - timedelta(days=10))
    return Item(
        id=told["number"],
        number=told["number"],
        customer_id=told.get("customer", customer),
        currency=total.currency,
        total=total.minor,
        net=_minor(told.get("net"), total),
        open=_minor(told.get("open"), total),
        issued=told.get("issued", due - timedelta(days=30)),
        due=due,
        credit=credit,
        po_number=told.get("po", ""),
        reference=told.get("reference", ""),
        discount_percent=_percent(discount) if discount else 0,
        discount_until=date.fromisoformat(until) if until else None,
    )


def _minor(text, total):
    return total.minor if text is None else Money.parse(text, total.currency).minor


def _payment(told):
    amount = money(told["amount"])
    return Receipt(
        ref=Ref(Kind.RECEIPT, told.get("id", "P1")),
        source=Source.BANK,
        received=told.get("day", DAY),
        amount=amount,
        unapplied=amount,
        status=Status.OPEN,
        reference=told.get("reference", ""),
        text=told.get("text", ""),
        payer_name=told.get("from", ""),
        payer_email=told.get("email", ""),
        payer_account=told.get("account", ""),
        links=tuple(Link(invoice_id=one) for one in told.get("links", ())),
        value_day=told.get("value_day"),
        channel=told.get("channel", ""),
        structured_reference=told.get("structured_reference", ""),
        remittance=_lines(told, amount.currency),
        original=money(told["original"]) if "original" in told else None,
        charges=money(told["charges"]) if "charges" in told else None,
    )


def _lines(told, currency):
    """Read lines such as "INV-1001 98.00 of 100.00"; what stood there may be left out."""
    lines = []
    for one in told.get("lines", ()):
        reference, *amounts = one.split()
        paid, gross = (*(Money.parse(each, currency) for each in amounts if each != "of"), None)[:2]
        taken = gross - paid if gross and paid else None
        lines.append(RemittanceLine(reference, paid, gross, taken))
    return tuple(lines)


def _advice(told):
    total = money(told["total"])
    day = told.get("day", DAY)
    return Remittance(
        id=told.get("id", "A1"),
        received=day,
        lines=_lines(told, total.currency),
        total=total,
        paid_on=day,
        sender=told.get("sender", ""),
        payer_name=told.get("from", ""),
    )


def _past(told, customer):
    payment = _payment({"day": DAY - timedelta(days=30), **told})
    cleared = tuple(
        (number, money(f"{amount} {payment.amount.currency}").minor)
        for number, amount in (one.split() for one in told.get("paid", ()))
    )
    return Past(told["id"], payment, told.get("customer", customer), cleared)


def _told(decision, book, currency):
    answer = decision.answer
    told = {"payment": decision.payment_id}
    if not decision.apply:
        offered = [_answer(one, book, currency) for one in decision.suggestions]
        return {**told, "ask": decision.reason, "offered": [_line(one) for one in offered]}
    return {**told, "rule": answer.rule, **_answer(answer, book, currency)}


def _answer(answer, book, currency):
    settled = answer.settlement
    kinds = {"ar": ""}
    found = {
        "kind": kinds.get(answer.kind.value, answer.kind.value),
        "about": answer.refers_to,
        "clears": [f"{one.document_id} {_amount(one, book)}" for one in settled.cleared],
        "less": [
            f"{one.kind.value} {_amount(one, book)} on {one.document_id}"
            for one in settled.adjustments
        ],
        "on_account": [
            f"{one.customer_id} {Money(one.amount, currency).text}" for one in settled.on_account
        ],
    }
    return {key: value for key, value in found.items() if value}


def _amount(one, book):
    return Money(one.amount, book.item(one.document_id).currency).text


def _line(told):
    parts = [told.get("kind", ""), told.get("about", ""), " + ".join(told.get("clears", ()))]
    parts += [f"less {one}" for one in told.get("less", ())]
    parts += [f"on account {one}" for one in told.get("on_account", ())]
    return ", ".join(filter(None, parts))
