"""What stands in the house: people, documents, decisions and troubles, put there by the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from connector.protocol import Found, Notice
from flows import bodies, dunning
from flows.work import rules_of
from ledger.documents import (
    Customer,
    Invoice,
    Kind,
    Organisation,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from ledger.payouts import Movement, Payout, PayoutEntry, Stage
from rules.actions import Apply, Portion, Why
from rules.facts import Hold
from store import (
    actions,
    connections,
    exceptions,
    holds,
    inbox,
    mirror,
    organisations,
    payers,
    rulesets,
    steps,
)
from store.connections import Consented
from store.session import Sessions
from tests.conftest import NOW
from tests.web import bank_furniture

HOME = "wren-public-id"
FINCH = "finch-public-id"
OTHER = "heron-public-id"
ADA, BOB = "ada@example.com", "bob@example.com"
# Members of HOME by their role there.
ROLES = {
    "operator": "otto@example.com",
    "approver": "pam@example.com",
    "viewer": "vera@example.com",
}
# What a ledger may hold and a page must never run.
EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def people(s: Session) -> dict[str, int]:
    """Add three organisations: two of Ada's, one of Bob's."""
    ids = {}
    for name, public_id, members in (
        ("Wren & Co", HOME, [ADA]),
        ("Finch Ltd", FINCH, [ADA]),
        ("Heron GmbH", OTHER, [BOB]),
    ):
        ids[public_id] = organisations.create(s, name, public_id, NOW)
        for email in members:
            organisations.add_member(s, ids[public_id], email, email.split("@")[0], "admin", NOW)
    for role, email in ROLES.items():
        organisations.add_member(s, ids[HOME], email, role, role, NOW)
    return ids


ACCOUNT_KNOWN = "account:gb33bukb20201555551234"
GROUPS = ("Key accounts", 'The "North"')


def day(offset: int) -> date:
    return NOW.date() + timedelta(days=offset)


def money(text: str, currency: str = "GBP") -> Money:
    return Money.parse(text, currency)


def customer(key: str, name: str, email: str | None, **more: Any) -> Customer:
    return Customer(Ref(Kind.CUSTOMER, key), name, email, country="GB", **more)


def invoice(key: str, customer_id: str, due: int, amount: str, **more: Any) -> Invoice:
    made = Invoice(
        ref=Ref(Kind.INVOICE, key),
        number=more.pop("number", f"INV-{key}"),
        customer_id=customer_id,
        issued=day(due - 30),
        due=day(due),
        total=money(amount, more.pop("currency", "GBP")),
        balance=money(amount),
        status=Status.OPEN,
        version="1",
    )
    return replace(made, balance=made.total, **more)


def payout(key: str, amount: str, **more: Any) -> Payout:
    zero = money("0.00")
    gross = money(amount) + money("2.50")
    fee = PayoutEntry(f"txn {key}", Movement.PAYMENT, gross, money("2.50"), zero)
    ref = Ref(Kind.PAYOUT, key)
    return Payout(ref, day(-2), money(amount), (fee,), reference=f"TRACE {key}", **more)


def receipt(key: str, amount: str, **more: Any) -> Receipt:
    return Receipt(
        ref=Ref(Kind.RECEIPT, key),
        source=more.pop("source", Source.LEDGER),
        received=day(-1),
        amount=money(amount),
        unapplied=money(amount),
        status=Status.OPEN,
        version="1",
        **more,
    )


DOCUMENTS = (
    customer("c1", "Robin Bakery Ltd", "accounts@robin.example", emails_cc=("md@robin.example",)),
    customer("c2", "Wagtail Logistics", "ap@wagtail.example"),
    customer("c3", "Nightjar Studio", None),
    customer("c4", f"Cuckoo {EVIL}", "cuckoo@cuckoo.example"),
    customer("c5", "Goldcrest Design", "hello@goldcrest.example", tags=GROUPS),
    invoice("1001", "c1", -7, "1240.00", reference="PO 4711"),
    invoice("1002", "c1", -14, "380.50"),
    invoice("1003", "c2", 0, "9600.00"),
    invoice("1004", "c2", -15, "420.00", disputed=True),
    invoice("1005", "c3", -20, "75.00"),
    invoice("1006", "c4", -8, "250.00", number=f"INV-1006 {EVIL}", reference=EVIL),
    invoice("1007", "c5", 20, "512.40"),
    invoice("1008", "c5", 21, "512.40"),
    invoice("1009", "c5", -31, "88.00"),
    invoice("1010", "c2", 3, "1800.00", currency="EUR"),
    replace(invoice("1000", "c1", -60, "99.00"), balance=money("0.00"), status=Status.PAID),
    receipt("r1", "420.00", customer_id="c2", reference="INV-1004"),
    receipt("r3", "31.07", text=f"BACS {EVIL}", payer_name=EVIL),
)
PAYOUTS = (
    payout("po_1", "97.50"),
    payout("po_2", "48.00", traced=False),
    payout("po_3", "12.00", stage=Stage.UNDER_WAY),
)
PAYMENTS = (receipt("pi_2", "512.40", source=Source.STRIPE, payer_email="hello@goldcrest.example"),)


def kept(documents: tuple[Any, ...]) -> list[Found]:
    return [Found(one, f'{{"Id": "{one.ref.id}", "Name": "<b>raw</b>"}}') for one in documents]


def fill(sessions: Sessions, ids: dict[str, int]) -> None:
    """Fill HOME with documents, decisions and troubles, through the store as the flows do."""
    ours = ids[HOME]
    with sessions.begin() as s:
        for number, (provider, role, title) in enumerate(
            (("quickbooks", "books", "Wren & Co books"), ("stripe", "payments", "Wren shop"))
        ):
            consented = Consented(provider, role, f"tenant-{number}", title)
            ids[provider] = connections.connect(s, ours, consented, NOW)
            connections.save_cursor(
                s, ids[provider], cursor="c", seen=17, total=17, done=True, now=NOW
            )
        organisations.save_ledger(
            s, ours, Organisation("Wren & Co", "GBP", "Europe/London", "GB", ("GBP", "EUR"))
        )
        mirror.save(s, ours, ids["quickbooks"], kept(DOCUMENTS), NOW - timedelta(days=40))
        mirror.save(s, ours, ids["stripe"], kept((*PAYMENTS, *PAYOUTS)), NOW)
        rulesets.save(s, ours, {"dunning": {"mode": "approve", "min_gap_days": 1}}, ADA, NOW)
        organisations.set_live(s, ours, day(-90))
    with sessions.begin() as s:
        ids["reminder"] = _reminders(s, ours, ids["quickbooks"])
        ids["applied"] = _application(s, ours, ids["quickbooks"])
        _troubles(s, ours, ids)
        holds.place(s, ours, Hold("c2", "disputed", f"Goods broken {EVIL}", "1004"), ADA, NOW)
        bank_furniture.stand(s, ours, ids)
        for form in (ACCOUNT_KNOWN, "email:md@robin.example", "name:robins ltd", "bare:robins"):
            payers.confirm(s, ours, form, "c1")
        payers.remember_undone(s, ours, "r3", "1006")
        payers.remember_undone(s, ours, "r-gone", "i-gone")


def _plan(s: Session, ours: int, kind: str, subject: str, **more: Any) -> int:
    row = actions.plan(
        s,
        ours,
        kind=kind,
        subject=subject,
        next_at=NOW,
        now=NOW,
        who="dunnock",
        **{"why": f"planned {kind}", "claims": (), "day": None, **more},
    )
    assert row is not None
    return row.id


def _reminders(s: Session, ours: int, books: int) -> int:
    """Plan one of the messages that the rules want, as approval mode does."""
    organisation = organisations.get(s, ours)
    found = dunning.preview(s, organisation, rules_of(s, ours), NOW, lambda _day, _country: False)
    wanted = next(one for one in found.reminders if one.customer_id == "c1")
    more = {"body": bodies.reminder(wanted), "connection_id": books, "day": wanted.day}
    return _plan(
        s,
        ours,
        "remind",
        "customer:c1",
        key=wanted.key,
        claims=wanted.claims,
        state="waiting",
        **more,
    )


def _application(s: Session, ours: int, books: int) -> int:
    """Carry out one application, as a person's choice, so that it can be undone."""
    apply = Apply(
        source=Source.LEDGER,
        receipt_id="r0",
        customer_id="c1",
        portions=(Portion("1000", "INV-1000", money("99.00")),),
        left=money("0.00"),
        automatic=True,
        why=Why("reference_and_amount", 1, (("reference", "INV-1000"), ("amount", "99.00 GBP"))),
    )
    action_id = _plan(
        s,
        ours,
        "apply",
        "receipt:ledger:r0",
        key=apply.key,
        body=bodies.application(apply),
        state="planned",
        connection_id=books,
    )
    assert actions.begin(s, ours, action_id, attempts=0, owner="test", now=NOW)
    outcome = {"holder_id": "p9", "parts": []}
    actions.close(s, ours, action_id, state="done", outcome=outcome, now=NOW, text="apply done")
    return action_id


def _troubles(s: Session, ours: int, ids: dict[str, int]) -> None:
    """Leave a send in doubt, a refused write, a dead delivery and a receipt nobody could place."""
    reminder = bodies.read_reminder(actions.waiting(s, ours)[0].body)
    unsure = replace(reminder, customer_id="c5", to="hello@goldcrest.example")
    unsure = replace(unsure, lines=(replace(reminder.lines[0], invoice_id="1009"),))
    ids["unsure"] = _plan(
        s,
        ours,
        "remind",
        "customer:c5",
        key="unsure",
        body=bodies.reminder(unsure),
        state="planned",
        day=day(0),
    )
    steps.record(
        s,
        ours,
        customer_id="c5",
        invoice_id="1009",
        step=unsure.lines[0].step,
        level=1,
        day=day(-1),
        action_id=ids["unsure"],
        state="sent",
    )
    ids["refused"] = _plan(
        s, ours, "note", "invoice:1001", key="refused", body={"text": "a note"}, state="planned"
    )
    for name, state in (("unsure", "unknown"), ("refused", "refused")):
        assert actions.begin(s, ours, ids[name], attempts=0, owner="test", now=NOW)
        actions.close(s, ours, ids[name], state=state, outcome={}, now=NOW, text=state)
    arrival = Notice("evt-1", "tenant-0", Kind.INVOICE, "1001", "update", raw="{}")
    inbox.keep(s, "quickbooks", [arrival], NOW)
    dead = inbox.take_new(s, ids["quickbooks"], NOW, 1)[0]
    ids["delivery"] = dead.id
    inbox.failed(s, dead.id, NOW, f"cannot be read {EVIL}", attempts_max=1)
    ids["unsure row"] = _trouble(
        s, ours, "unconfirmed_send", f"action:{ids['unsure']}", ids["unsure"]
    )
    ids["refused row"] = _trouble(s, ours, "refused", f"action:{ids['refused']}", ids["refused"])
    ids["match row"] = _trouble(s, ours, "unmatched_receipt", "receipt:ledger:r3", None)


def _trouble(s: Session, ours: int, kind: str, subject: str, action_id: int | None) -> int:
    return exceptions.open_exception(
        s,
        ours,
        kind=kind,
        subject=subject,
        title=f"Trouble: {kind.replace('_', ' ')}",
        detail=f"The cause {EVIL}",
        fix="Look into it, then say which it was.",
        now=NOW,
        action_id=action_id,
    )
