"""Every file in cases/ is a story an accountant can read: facts, rules, a day, what must happen."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.documents import (
    CreditNote,
    Customer,
    Invoice,
    Kind,
    Link,
    Organisation,
    Position,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from rules import dunning, matching
from rules.actions import AskHuman, SendReminder
from rules.facts import Contacted, DunningFacts, Hold, MatchFacts, Payer
from rules.parse import parse

CASES = Path(__file__).parent / "cases"


def money(text):
    amount, currency = text.split()
    return Money.parse(amount, currency)


def customer(told):
    return Customer(
        Ref(Kind.CUSTOMER, told["name"]),
        told["name"],
        told.get("email"),
        country=told.get("country", "GB"),
        zone=told.get("zone"),
        parent_id=told.get("parent"),
        tags=tuple(told.get("tags", ())),
        archived=told.get("archived", False),
        merged_into=told.get("merged_into"),
    )


def invoice(told, owner):
    total = money(told["total"])
    balance = money(told.get("open", told["total"]))
    return Invoice(
        ref=Ref(Kind.INVOICE, told["number"]),
        number=told["number"],
        customer_id=told.get("customer", owner),
        issued=told["issued"],
        due=told["due"],
        total=total,
        balance=balance,
        status=Status(told.get("status", "open")),
        reference=told.get("reference"),
        po_number=told.get("po_number"),
        promised=told.get("promised"),
        disputed=told.get("disputed", False),
    )


def receipt(told):
    amount = money(told["amount"])
    return Receipt(
        ref=Ref(Kind.RECEIPT, told["id"]),
        source=Source(told.get("source", "bank")),
        received=told["received"],
        amount=amount,
        unapplied=money(told.get("unapplied", told["amount"])),
        status=Status.OPEN,
        customer_id=told.get("customer"),
        text=told.get("text", ""),
        payer_name=told.get("payer", ""),
        payer_email=told.get("payer_email", ""),
        payer_account=told.get("payer_account", ""),
        links=tuple(
            Link(
                one.get("invoice", ""),
                one.get("number", ""),
                money(one["amount"]) if "amount" in one else None,
            )
            for one in told.get("links", ())
        ),
        processing=told.get("processing", False),
        original=money(told["sent"]) if "sent" in told else None,
        charges=money(told["charges"]) if "charges" in told else None,
    )


def credit_note(told, owner):
    amount = money(told["total"])
    status = Status(told.get("status", "open"))
    return CreditNote(
        Ref(Kind.CREDIT_NOTE, told["number"]),
        told["number"],
        owner,
        told["issued"],
        amount,
        amount,
        status,
    )


def dunned(case):
    """Decide the case and write the outcome as the file writes what it expects."""
    who = customer(case["customer"])
    now = datetime.combine(case["day"], case["time"], UTC)
    name = who.ref.id
    position = Position(
        who,
        now,
        tuple(invoice(one, name) for one in case.get("invoice", ())),
        tuple(credit_note(one, name) for one in case.get("credit_note", ())),
        tuple(receipt(one) for one in case.get("on_account", ())),
    )
    facts = DunningFacts(
        organisation=Organisation("Finch Ltd", "GBP", "Europe/London", "GB"),
        position=position,
        holds=tuple(
            Hold(name, one["kind"], one["because"], one.get("invoice"), one.get("until"))
            for one in case.get("hold", ())
        ),
        contacted=tuple(
            Contacted(name, one["invoice"], one["step"], one["level"], one["day"])
            for one in case.get("contacted", ())
        ),
        possible_payments=tuple(receipt(one) for one in case.get("possible_payment", ())),
        live_since=case["live_since"],
    )
    holidays = set(case.get("holidays", ()))
    rules = parse(case.get("rules", {}))
    found = dunning.decide(facts, rules, now, lambda day, _: day in holidays)
    return {
        "send": [_send(one) for one in found.actions if isinstance(one, SendReminder)],
        "tasks": [
            {"for": one.assign_to, "by": one.task_due, "lines": _lines(one)}
            for one in found.actions
            if not isinstance(one, SendReminder)
        ],
        "not_sent": [
            f"{one.number} {one.step}: {one.reason}{' for good' if one.final else ''}"
            for one in found.suppressed
        ],
    }


def _send(action):
    return {
        "to": action.to,
        "template": action.template,
        "approve_first": action.needs_approval,
        "lines": _lines(action),
    }


def _lines(action):
    return [f"{one.number} {one.step} {one.balance}" for one in action.lines]


def matched(case):
    """Match the case and write the outcome as the file writes what it expects."""
    customers = [customer(one) for one in case["customer"]]
    facts = MatchFacts(
        receipts=tuple(receipt(one) for one in case["receipt"]),
        invoices=tuple(invoice(one, "") for one in case["invoice"]),
        customers={one.ref.id: one for one in customers},
        payers=tuple(
            Payer(one["form"], one["customer"], one["confirmations"])
            for one in case.get("payer", ())
        ),
        undone=frozenset((one["receipt"], one["invoice"]) for one in case.get("undone", ())),
    )
    found = matching.decide(facts, parse(case.get("rules", {})), case["day"])
    return [_answer(one) for one in found]


def _answer(one):
    if isinstance(one, AskHuman):
        offered = [" + ".join(_portions(candidate)) for candidate in one.candidates]
        return {"receipt": one.receipt_id, "ask": one.reason, "offered": offered}
    told = {
        "receipt": one.receipt_id,
        "rule": one.why.rule,
        "by_itself": one.automatic,
        "pays": _portions(one),
    }
    more = {"left": str(one.left)} if one.left else {}
    more |= {"takes": str(one.came)} if one.came else {}
    whom = dict(one.why.facts).get("pays for")
    return {**told, **more, **({"for": whom} if whom else {})}


def _portions(found):
    return [f"{one.number} {one.amount}" for one in found.portions]


@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_case(path):
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    if "receipt" in case:
        assert matched(case) == case["expect"]
    else:
        expected = {"send": [], "tasks": [], "not_sent": [], **case["expect"]}
        assert dunned(case) == expected


def test_there_are_cases_of_both_kinds():
    stems = [path.stem for path in CASES.glob("*.toml")]
    assert sum(stem.startswith("dunning_") for stem in stems) >= 8
    assert sum(stem.startswith("matching_") for stem in stems) >= 6
