"""Documents that cannot be read: kept, told to a person, in nobody's way, and read again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from flows.dunning import Preview
from ledger.documents import Kind, Ref, Status
from store import connections, mirror
from tests.flows.scene import Scene
from tests.flows.test_dunning import preview
from tests.flows.test_reminding import approve
from worlds.transport import Answer

LIST = {
    "xero": {"invoice": "Invoices", "credit_note": "CreditNotes", "receipt": "Overpayments"},
    "quickbooks": {"invoice": "Invoice", "credit_note": "CreditMemo", "receipt": "Payment"},
}
ID = {"Invoices": "InvoiceID", "CreditNotes": "CreditNoteID", "Overpayments": "OverpaymentID"}
LEFT = {
    "xero": {"invoice": "AmountDue", "credit_note": "RemainingCredit", "receipt": "Total"},
    "quickbooks": {
        "invoice": "Balance",
        "credit_note": "RemainingCredit",
        "receipt": "UnappliedAmt",
    },
}
# Where each vendor answers about its books; tokens are renewed elsewhere.
API = {"xero": "/api.xro/", "quickbooks": "/v3/"}
AUTO = {"mode": "auto", "min_days_since_delivery": 0}


def bend(scene: Scene, kind: str, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the ledger tell one document otherwise than it is, in every answer from now on."""
    name = LIST[scene.company.provider][kind]

    def spoil(_method: str, _path: str, answer: Answer) -> Answer:
        try:
            body = json.loads(answer.body)
        except ValueError:
            return answer
        for doc in _under(body, name):
            if doc.get(ID.get(name, "Id")) == key:
                change(doc)
        return Answer(answer.status, answer.headers, json.dumps(body).encode(), answer.cookies)

    assert scene.town.streets is not None
    scene.town.streets.spoil = spoil


def _under(node: object, name: str, here: str = "") -> Iterator[dict[str, Any]]:
    """Find the documents of a list of this name, however deep it lies."""
    if isinstance(node, list):
        for one in node:
            yield from _under(one, name, here)
    elif isinstance(node, dict):
        if here == name:
            yield node
        for field, value in node.items():
            yield from _under(value, name, field)


def straighten(scene: Scene) -> None:
    """Let the ledger tell everything as it is."""
    assert scene.town.streets is not None
    scene.town.streets.spoil = lambda _method, _path, answer: answer


def unread(scene: Scene, kind: str, key: str, value: object = "ten") -> None:
    """Put something that is no amount where the document says what is left."""
    field = LEFT[scene.company.provider][kind]
    bend(scene, kind, key, lambda doc: doc.update({field: value}))


def sweep(scene: Scene) -> None:
    """Have everything open read once more."""
    with scene.tools.sessions.begin() as s:
        connections.set_next(s, scene.books.id, sweep_at=scene.now)
    scene.drain()


def held_back(shown: Preview) -> dict[str, str]:
    assert shown.reminders == ()
    return {one.number: one.reason for one in shown.suppressed}


def test_an_unreadable_invoice_is_kept_told_and_left_alone(either: Scene) -> None:
    key = either.invoice("AA-1001")
    either.invoice("AA-1002")
    other = either.invoice("BB-1001", customer="Bell", email="pay@bell.example")
    unread(either, "invoice", key)
    either.connect()
    either.live(minutes=3)
    [told] = either.exceptions("unreadable")
    number = either.number(key)
    title = {"xero": "Xero", "quickbooks": "QuickBooks"}[either.company.provider]
    assert told.title.startswith(f"Unreadable invoice {number} from {title}")
    assert told.detail.startswith(f'{LEFT[either.company.provider]["invoice"]} is "ten".')
    # The rest of the page is there, and the riddle with its whole text.
    assert either.mirrored(other) == 10_000
    with either.tools.sessions() as s:
        found = mirror.invoice(s, either.organisation_id, key)
        raw = mirror.raw(s, either.organisation_id, Ref(Kind.INVOICE, key))
    assert found is not None
    assert (found.status, found.is_open) == (Status.UNKNOWN, False)
    assert json.loads(raw or "")[LEFT[either.company.provider]["invoice"]] == "ten"
    either.rules(dunning=AUTO)
    either.live(days=1)
    assert {letter.to[0] for letter in either.mail} == {"pay@bell.example"}


def test_it_closes_by_itself_when_it_reads_again(either: Scene) -> None:
    key = either.invoice("AA-1001")
    unread(either, "invoice", key)
    either.connect()
    either.live(minutes=3)
    either.rules(dunning={**AUTO, "mode": "approve"})
    assert either.exceptions("unreadable")
    straighten(either)
    # Nothing changed in the ledger, so nothing but the sweep can bring it.
    sweep(either)
    assert either.exceptions("unreadable") == []
    assert either.mirrored(key) == 10_000
    assert [line.invoice_id for one in preview(either).reminders for line in one.lines] == [key]


@pytest.mark.parametrize("kind", ["credit_note", "receipt"])
def test_money_or_credit_that_cannot_be_read_keeps_its_customer_from_reminders(
    either: Scene, kind: str
) -> None:
    either.invoice("AA-1001")
    either.invoice("BB-1001", customer="Bell", email="pay@bell.example")
    unread(either, kind, given(either, kind))
    either.connect()
    either.live(minutes=3)
    [told] = either.exceptions("unreadable")
    assert told.title.startswith("Unreadable")
    either.rules(dunning=AUTO)
    either.live(days=1)
    assert {letter.to[0] for letter in either.mail} == {"pay@bell.example"}


def given(scene: Scene, kind: str) -> str:
    """Give the customer a little credit, or take a little money."""
    if kind == "receipt":
        return scene.receipt(100)
    tenant, customer = scene.keeper.tenant, scene.customer()
    if scene.company.provider == "xero":
        return scene.town.xero.raise_credit_note(tenant, customer, 100, "GBP", scene.today)
    return scene.town.quickbooks.raise_credit_memo(tenant, customer, 100, scene.today)


def test_a_document_that_turns_unreadable_after_the_plan_stops_the_reminder(
    either: Scene,
) -> None:
    """The mirror was right when the reminder was planned; the last look before it goes is not."""
    key = either.invoice("AA-1001")
    either.connect()
    either.live(minutes=3)
    either.rules(dunning={**AUTO, "mode": "approve"})
    either.drain()
    [row] = either.actions("remind", "waiting")
    unread(either, "invoice", key)
    approve(either, row.id)
    either.drain()
    assert either.mail == []
    assert [one.state for one in either.actions("remind")] == ["cancelled"]
    assert either.exceptions("unreadable")


def test_a_document_without_an_id_is_kept_and_told_until_it_is_gone(either: Scene) -> None:
    key = either.invoice("AA-1001")
    other = either.invoice("AA-1002")
    name = ID.get(LIST[either.company.provider]["invoice"], "Id")
    bend(either, "invoice", key, lambda doc: doc.pop(name))
    either.connect()
    either.live(minutes=3)
    [told] = either.exceptions("unreadable")
    assert told.detail.startswith(f"{name} is missing")
    assert either.mirrored(other) == 10_000
    straighten(either)
    sweep(either)
    assert either.exceptions("unreadable") == []
    assert either.mirrored(key) == 10_000


def test_a_riddle_of_nobody_holds_everybody_for_as_long_as_loose_money_does(
    either: Scene,
) -> None:
    either.invoice("AA-1001")
    key = either.receipt(100)

    def nobodys(doc: dict[str, Any]) -> None:
        doc.pop("Contact", None)
        doc.pop("CustomerRef", None)

    bend(either, "receipt", key, nobodys)
    either.connect()
    either.live(minutes=3)
    either.rules(dunning={**AUTO, "mode": "approve"})
    assert set(held_back(preview(either)).values()) == {"unreadable"}
    either.town.clock.wait(timedelta(days=11).total_seconds())
    assert preview(either).reminders
    assert either.exceptions("unreadable")


def test_what_a_page_holds_beside_documents_does_not_end_the_walk(scene: Scene) -> None:
    """A page counts its members: with one lost, it would seem to be the last."""
    key = scene.invoice("AA-1001")

    def spoil(_method: str, path: str, answer: Answer) -> Answer:
        if not path.endswith("/Invoices"):
            return answer
        body = json.loads(answer.body)
        body["Invoices"] = [None, *body["Invoices"], "a word"]
        return Answer(answer.status, answer.headers, json.dumps(body).encode(), answer.cookies)

    assert scene.town.streets is not None
    scene.town.streets.spoil = spoil
    scene.connect()
    scene.live(minutes=3)
    assert scene.mirrored(key) == 10_000
    assert len(scene.exceptions("unreadable")) == 2


def test_days_that_cannot_be_read_are_of_late(scene: Scene) -> None:
    """Loose money without a readable day holds for as long as it cannot be read."""
    scene.invoice("AA-1001")
    key = scene.receipt(100)

    def timeless(doc: dict[str, Any]) -> None:
        for name in ("Contact", "Date", "DateString"):
            doc.pop(name, None)

    bend(scene, "receipt", key, timeless)
    scene.connect()
    scene.live(minutes=3)
    scene.rules(dunning={**AUTO, "mode": "approve"})
    scene.town.clock.wait(timedelta(days=12).total_seconds())
    assert set(held_back(preview(scene)).values()) == {"unreadable"}


def test_books_that_say_nothing_for_long_are_told_until_they_speak(either: Scene) -> None:
    either.invoice("AA-1001")
    either.connect()
    either.live(minutes=3)
    either.rules(dunning=AUTO)
    either.sky.stay("html", either.company.provider, "", API[either.company.provider])
    either.pulse()
    assert either.exceptions("silent") == []
    either.live(hours=2)
    [told] = either.exceptions("silent")
    assert "nothing could be read" in told.title
    assert told.detail
    assert either.mail == []
    either.sky.clear()
    either.live(days=1)
    assert either.exceptions("silent") == []
    assert len(either.mail) == 1


def test_a_payment_at_stripe_that_cannot_be_read_may_be_anybodys(scene: Scene) -> None:
    scene.invoice("AA-1001")
    scene.connect(stripe=True)
    key = scene.card(5_000)

    def spoil(_method: str, path: str, answer: Answer) -> Answer:
        if not path.startswith("/v1/payment_intents"):
            return answer
        body = answer.body.replace(b'"amount_received": 5000', b'"amount_received": "ten"')
        body = body.replace(b'"amount_received":5000', b'"amount_received":"ten"')
        return Answer(answer.status, answer.headers, body, answer.cookies)

    assert scene.town.streets is not None
    scene.town.streets.spoil = spoil
    scene.live(minutes=3)
    [told] = scene.exceptions("unreadable")
    assert told.title == f"Unreadable payment {key} from Stripe"
    assert told.detail.startswith('amount_received is "ten".')
    scene.rules(dunning={**AUTO, "mode": "approve"})
    assert set(held_back(preview(scene)).values()) == {"unreadable"}
    straighten(scene)
    with scene.tools.sessions.begin() as s:
        connections.set_next(s, scene.stripe.id, sweep_at=scene.now)
    scene.drain(scene.stripe)
    assert scene.exceptions("unreadable") == []
    assert preview(scene).reminders
