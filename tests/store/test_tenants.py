"""No query shows or changes a row of another organisation, whatever ids it is given."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import date

import pytest
from sqlalchemy import select

import store
from connector.protocol import Found, Notice
from ledger.documents import (
    CreditNote,
    Customer,
    Invoice,
    Kind,
    Organisation,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.payouts import Payout
from rules.actions import Suppressed, Why
from rules.facts import Hold
from rules.matching.policy import Counted
from store import (
    actions,
    advices,
    answers,
    confirmations,
    connections,
    exceptions,
    holds,
    inbox,
    journal,
    matching_index,
    mirror,
    online,
    organisations,
    payers,
    rulesets,
    steps,
    tokens,
)
from store.actions import ActionError
from store.connections import Consented, TakenError
from store.tables import metadata
from store.tokens import Tokens
from tests.store import told
from tests.store.silent import SILENT
from tests.store.told import MARK, MONEY

# Whose it is stands in every text of ours, and in nothing that is asked with.

# What has a session and asks for no organisation, and why it may.
HOUSE = {
    "connections.all_live": "the worker serves everybody",
    "connections.by_tenant": "a vendor's event names a tenant, not an organisation",
    "connections.free_leases": "a worker starts",
    "connections.get": "the worker starts from a connection's id, and learns whose it is",
    "connections.hasten": "the door, for every connection of a vendor whose events got lost",
    "connections.matched": "the worker, on the connection it holds",
    "connections.rename": "the daily look, on a connection of the consent it asks about",
    "connections.rest": "the worker, on the connection it holds",
    "connections.save_cursor": "the worker, on the connection it holds",
    "connections.save_sweep": "the worker, on the connection it holds",
    "connections.set_next": "the worker, on the connection it holds",
    "connections.set_state": "the worker, on the connection it holds",
    "connections.set_token_set": "the worker, on the connection it holds",
    "connections.want_sync": "the worker, on a connection of the organisation it works for",
    "discovery.get": "a vendor's own document",
    "discovery.keep": "a vendor's own document",
    "discovery.tried": "a vendor's own document",
    "due.next_due": "the worker serves everybody",
    "due.now_due": "the worker serves everybody",
    "identities.link": "a person's own",
    "identities.member_of": "a person signs in before choosing an organisation",
    "identities.providers_of": "a person's own",
    "identities.unlink": "a person's own",
    "inbox.counts": "the operator's figures",
    "inbox.done": "the worker, on the rows of the connection it holds",
    "inbox.failed": "the worker, on the rows of the connection it holds",
    "inbox.forget": "cleaning up",
    "inbox.get": "the operator",
    "inbox.ignore": "the worker, on the rows of the connection it holds",
    "inbox.keep": "the door finds out whose an event is",
    "inbox.read_again": "takes a connection's row, which says whose it is",
    "inbox.replay": "the operator",
    "inbox.take_new": "the worker, on the connection it holds",
    "strangers.tell": "what is shown belongs to nobody here",
    "meter.metered": "the operator's figures",
    "organisations.add_person": "signing in comes before any organisation",
    "organisations.all_ids": "the clock serves everybody",
    "organisations.by_public_id": "an address names an organisation",
    "organisations.create": "there is no organisation yet",
    "organisations.member": "a person signs in before choosing an organisation",
    "organisations.member_by_email": "a person signs in before choosing an organisation",
    "organisations.organisations_of": "a person chooses among their own",
    "organisations.set_password_hash": "a person's own",
    "sequences.hear": "a vendor numbers the events of all tenants together",
    "reseal.names_of_keys": "the house is opened",
    "ticks.first": "the clock serves everybody",
    "ticks.forget": "the clock serves everybody",
    "ticks.slots": "the clock serves everybody",
    "tokens.ending": "the clock serves everybody",
    "tokens.forget_states": "cleaning up",
    "tokens.open_state": "a consent may make the organisation",
    "tokens.use_state": "a callback names a state, bound to the browser",
    # Not queries: they serve those above.
    "session.changed": "carries out what a query made",
    "session.insert_into": "makes a statement",
    "session.keys_of": "reads no table",
}


def _functions():
    """Give every public function of the store that takes a session, by room and name."""
    for module in pkgutil.iter_modules(store.__path__):
        if module.name in {"migrations", "tables"}:
            continue
        room = importlib.import_module(f"store.{module.name}")
        for name, function in inspect.getmembers(room, inspect.isfunction):
            wanted = function.__module__ == room.__name__ and not name.startswith("_")
            if wanted and "s" in inspect.signature(function).parameters:
                yield f"{module.name}.{name}", function


FUNCTIONS = dict(_functions())
DEMANDING = sorted(set(FUNCTIONS) - set(HOUSE))


def test_every_query_asks_whose_it_is_but_those_with_a_reason():
    for name, function in FUNCTIONS.items():
        asks = list(inspect.signature(function).parameters)[:2] == ["s", "organisation_id"]
        assert asks != (name in HOUSE), name
    assert set(HOUSE) <= set(FUNCTIONS)


def _documents(today):
    return (
        Customer(Ref(Kind.CUSTOMER, "c-1"), MARK, f"{MARK}@x.example", tags=(MARK,)),
        Invoice(
            Ref(Kind.INVOICE, "i-1"), "n-1", "c-1", today, today, MONEY, MONEY, Status.OPEN, MARK
        ),
        CreditNote(Ref(Kind.CREDIT_NOTE, "n-1"), MARK, "c-1", today, MONEY, MONEY, Status.OPEN),
        CreditNote(
            Ref(Kind.CREDIT_NOTE, "n-2"),
            "CN-2",
            "c-1",
            today,
            MONEY,
            MONEY,
            Status.UNKNOWN,
            unread=f"Total is {MARK}",
        ),
        Receipt(
            Ref(Kind.RECEIPT, "p-1"),
            Source.LEDGER,
            today,
            MONEY,
            MONEY,
            Status.OPEN,
            "c-1",
            text=MARK,
        ),
        Payout(Ref(Kind.PAYOUT, "po-1"), today, MONEY, (), reference=MARK),
    )


def _plan_and_begin(s, ours, now, today):
    rows = [
        actions.plan(
            s,
            ours,
            key=f"key-{number}",
            kind="remind",
            subject="customer:c-1",
            body={"text": MARK},
            claims=(f"claim-{number}",),
            state=state,
            next_at=now,
            day=today,
            now=now,
            who=MARK,
            why=MARK,
        )
        for number, state in enumerate(("planned", "waiting"))
    ]
    planned = rows[0]
    assert planned is not None
    actions.begin(s, ours, planned.id, attempts=0, owner=MARK, now=now)
    return planned


def _remind_and_hold_back(s, ours, action_id, now, today):
    steps.record(
        s,
        ours,
        customer_id="c-1",
        invoice_id="i-1",
        step="first",
        level=1,
        day=today,
        action_id=action_id,
        state="sent",
    )
    held = Suppressed("c-1", "i-1", MARK, "second", "disputed", False, Why(MARK, 1))
    steps.note_suppressed(s, ours, held, today, now)


@pytest.fixture
def asked(sessions, ours, now, today):
    """Fill our organisation and give the arguments that point at what is in it."""
    with sessions.begin() as s:
        organisations.save_ledger(s, ours, Organisation(MARK, "GBP", "Europe/London"))
        organisations.rename(s, ours, MARK)
        member_id = organisations.add_member(s, ours, "anna@x.example", MARK, "owner", now)
        token_set_id = tokens.create(s, ours, "xero", Tokens(MARK, MARK), now)
        tokens.take_refresh_lease(s, ours, token_set_id, "theirs", now, 30)
        connection_id = connections.connect(
            s,
            ours,
            Consented("xero", "books", "tenant-1", MARK, token_set_id=token_set_id),
            now,
        )
        mirror.save(s, ours, connection_id, [Found(one, MARK) for one in _documents(today)], now)
        matching_index.opened(s, ours)
        planned = _plan_and_begin(s, ours, now, today)
        _remind_and_hold_back(s, ours, planned.id, now, today)
        hold_id = holds.place(s, ours, Hold("c-1", "disputed", MARK), MARK, now)
        holds.place(s, ours, Hold("c-1", "disputed", MARK, "i-1"), MARK, now)
        payers.confirm(s, ours, MARK, "c-1")
        payers.share(s, ours, [f"form of {MARK}", MARK])
        confirmations.count(s, ours, MARK, Counted(1, 0))
        advices.keep(s, ours, told.an_advice("a-1", MARK, today))
        answers.keep(s, ours, told.an_answer(Source.BANK, MARK))
        online.keep(s, ours, connection_id, "i-1", f"https://{MARK}", now)
        payers.remember_undone(s, ours, "p-1", MARK)
        rulesets.save(s, ours, {"mark": MARK}, MARK, now)
        exception_id = exceptions.open_exception(
            s,
            ours,
            kind="refused",
            subject="action:1",
            title=MARK,
            detail=MARK,
            fix=MARK,
            now=now,
        )
        notice = Notice("e-1", "tenant-1", Kind.INVOICE, "i-1", MARK, raw=MARK)
        inbox.keep(s, "xero", [notice], now)
        inbox.failed(s, 1, now, MARK, 1)
        journal.write(s, ours, "noted", who=MARK, text=MARK, now=now)
        bank = told.tell_of_a_bank(s, ours, now, today)
    return {
        **bank,
        **told.named(today),
        **told.valued(now, today),
        "action_id": planned.id,
        "action_ids": [planned.id],
        "connection_id": connection_id,
        "exception_id": exception_id,
        "hold_id": hold_id,
        "member_id": member_id,
        "token_set_id": token_set_id,
    }


def _renumbered(number):
    day = date(2026, 3, 2)
    return Invoice(Ref(Kind.INVOICE, "i-1"), number, "c-1", day, day, MONEY, MONEY, Status.OPEN)


SPECIAL: dict[str, dict[str, object]] = {
    "actions.close": {"state": "done"},
    "action_rows.holding": {"claims": ("claim-0",)},
    "claims.holders": {"claims": ("claim-0",)},
    "recorded.together": {"days": (date.min, date.max), "amounts": [MONEY]},
    "action_rows.in_state": {"state": "waiting"},
    "action_rows.latest": {"state": "doing"},
    "parents.above": {"customers": [Customer(Ref(Kind.CUSTOMER, "c-9"), "Child", parent_id="c-1")]},
    "payers.allow_again": {"receipt_id": "p-1", "invoice_id": MARK},
    "payers.share": {"forms": ["theirs"]},
    "online.keep": {"invoice_id": "i-2"},
    "steps.record": {"state": "sent", "step": "third"},
    "bank_accounts.add": {"number": "theirs"},
    "bank_accounts.of_receipt": {"receipt_id": "b-1"},
    "bank_accounts.numbered": {"number": MARK},
    "bank_files.add_statement": {"number": "theirs"},
    "bank_files.keep": {"body": b"theirs", "name": "theirs", "state": "read", "digest": "theirs"},
    "bank_lines.of_receipts": {"ids": ["b-1"]},
    "mirror.receipts_named": {"ids": ["p-1"]},
    "answers.of_receipts": {"ids": ["p-1"]},
    "bank_lines.settle": {"state": "kept"},
    "bank_lines.told_on": {"ids": ["b-1"]},
    "matching_book.open_book": {"learn_after": 1, "spoken_for": {}},
    "matching_index.follow": {"kind": Kind.INVOICE, "documents": [_renumbered("n-77")]},
    "exceptions.close_subject": {"subject": "action:1"},
    "action_rows.of_subjects": {"kind": "remind", "subjects": ["customer:c-1"]},
    "exceptions.open_exception": {"subject": "action:1", "kind": "refused"},
}


# Elsewhere `since` is a day.
SINCE_A_MOMENT = {"track_record.of_rules"}


def _call(s, name, organisation_id, asked):
    function = FUNCTIONS[name]
    given = {**asked, **SPECIAL.get(name, {})}
    if name in SINCE_A_MOMENT:
        given["since"] = asked["now"]
    wanted = [
        one.name
        for one in list(inspect.signature(function).parameters.values())[2:]
        if one.default is one.empty
    ]
    try:
        return function(s, organisation_id, **{one: given[one] for one in wanted})
    except (LookupError, ActionError, TakenError) as error:
        return error


def _rows_of(s, organisation_id):
    found = []
    for table in metadata.sorted_tables:
        whose = table.c.id if table.name == "organisation" else table.c.get("organisation_id")
        if whose is not None:
            rows = s.execute(select(table).where(whose == organisation_id))
            found += [(table.name, *row) for row in rows]
    return found


def test_another_organisation_sees_and_changes_nothing(sessions, ours, theirs, asked):
    for name in DEMANDING:
        with sessions() as s:
            before = _rows_of(s, ours)
            shown = _call(s, name, theirs, asked)
            assert MARK not in repr(shown), name
            assert _rows_of(s, ours) == before, name


def test_the_same_calls_by_ourselves_show_what_is_ours(sessions, ours, asked):
    shows = set()
    changes = set()
    for name in DEMANDING:
        with sessions() as s:
            before = _rows_of(s, ours)
            if MARK in repr(_call(s, name, ours, asked)):
                shows.add(name)
            if _rows_of(s, ours) != before:
                changes.add(name)
    # Otherwise the test above would say nothing.
    silent = set(DEMANDING) - shows - changes
    assert silent <= SILENT, silent - SILENT
    assert len(shows) > 30
    assert len(changes) > 25
