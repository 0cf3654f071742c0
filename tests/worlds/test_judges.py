"""A judge that cannot speak up is none: each hears of one forged piece of evidence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text, update

from store.tables import action, exception, inbox, invoice
from worlds.chronicle import HOLD, INVOICE, PROMISE, Entry
from worlds.judges import JUDGES, judge
from worlds.judges.evidence import Evidence
from worlds.world import World

SEED = 2
DAYS = 16


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(SEED, DAYS, tmp_path_factory.mktemp("world"))
    made.live()
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def in_order(world):
    # Before anything is forged: what the judges say below comes from the forgery.
    assert judge(world) == []


def _said(world, name):
    return list(JUDGES[name](Evidence(world)))


def _forget_last_mail(world):
    shelf = world.town.mailbox.shelf
    shelf.drop("mail", shelf.all("mail")[-1]["id"])
    world.town.chronicle.entries.pop()


def _books(world):
    """Give the QuickBooks company of this seed, and one of its open invoices."""
    company = world.cast.companies[0]
    assert company.provider == "quickbooks"
    tenant = world.users.ledgers.keepers[company.key].tenant
    opened = [one for one in world.town.quickbooks.invoices(tenant) if one["Balance"] > 0]
    return company, tenant, opened[0]


@pytest.fixture
def kept(world):
    """Let a test forge the store, and mend it afterwards."""
    with world.town.house.engine.connect() as connection:
        yield connection
        connection.rollback()


def test_a_mail_twice(world):
    first = world.town.mailbox.messages()[0]
    for _ in range(2):
        world.town.mailbox.keep(first.raw, first.to)
    said = _said(world, "I1 sent twice")
    assert f"{first.message_id} arrived 3 times" in said
    assert any("was told of" in one for one in said)
    for _ in range(2):
        _forget_last_mail(world)


def test_a_mail_nobody_decided(world):
    first = world.town.mailbox.messages()[0]
    strange = first.raw.replace(first.message_id.encode(), b"<strange@dunnock.example>")
    world.town.mailbox.keep(strange, ("a@b.example",))
    assert any("decided by nobody" in one for one in _said(world, "I1 sent twice"))
    _forget_last_mail(world)


@pytest.mark.parametrize(
    ("what", "words"),
    [(INVOICE, "was open in the books"), (HOLD, "held"), (PROMISE, "before its promised day")],
)
def test_a_mail_in_spite_of_what_was_known(world, what, words):
    company, tenant, _ = _books(world)
    sent = Evidence(world).mails[-1]
    assert sent.company == company.key
    entries = world.town.chronicle.entries
    before = list(entries)
    line = sent.row.body["lines"][0]
    value = sent.letter.received.toordinal() if what == PROMISE else 1
    first = Entry(world.cast.begin, what, tenant, line["invoice_id"], value)
    entries.insert(0, first)
    # A change that the last look must have shown: nothing was told of the invoice after it.
    entries[1:] = [one for one in before if (one.what, one.key) != (what, line["invoice_id"])]
    assert any(words in one for one in _said(world, "I2 sent in spite of what was known"))
    entries[:] = before


def test_a_payout_that_is_not_booked_as_it_was(world):
    _company, tenant, _ = _books(world)
    quickbooks = world.town.quickbooks.shelf
    [booked, *_] = [
        one for one in quickbooks.all(f"{tenant}/Deposit") if "DNK-" in one["PrivateNote"]
    ]
    quickbooks.put(f"{tenant}/Deposit", booked["Id"], {**booked, "TotalAmt": 1})
    quickbooks.put(f"{tenant}/Deposit", "99999", {**booked, "Id": "99999"})
    said = _said(world, "I3 payout not booked once")
    assert any("stands with 100, not" in one for one in said)
    assert any("by nobody" in one for one in said)
    quickbooks.put(f"{tenant}/Deposit", booked["Id"], booked)
    quickbooks.drop(f"{tenant}/Deposit", "99999")
    assert _said(world, "I3 payout not booked once") == []


def test_money_nobody_decided(world):
    company, tenant, opened = _books(world)
    made = world.town.quickbooks.record_payment(
        tenant, opened["Id"], 1, world.cast.start, "DNK-0123456789abcdef"
    )
    assert any("decided by nobody" in one for one in _said(world, "I3 applied too much"))
    differs = _said(world, "I4 mirror differs")
    assert any(opened["Id"] in one and company.key in one for one in differs)
    world.town.quickbooks.delete(tenant, "Payment", made)


def test_a_mirror_that_is_behind(world, kept):
    kept.execute(update(invoice).values(due=date(2020, 1, 1)))
    kept.commit()
    assert _said(world, "I4 mirror differs")
    with world.town.house.sessions.begin() as s:
        for one in world.town.quickbooks.invoices(_books(world)[1]):
            due = date.fromisoformat(one["DueDate"])
            s.execute(update(invoice).where(invoice.c.vendor_id == one["Id"]).values(due=due))
    assert _said(world, "I4 mirror differs") == []


def test_an_event_that_was_lost(world, kept):
    rows = kept.execute(inbox.select().where(inbox.c.raw != b"")).mappings().all()
    kept.execute(delete(inbox).where(inbox.c.provider == "quickbooks"))
    kept.commit()
    assert any("is not kept" in one for one in _said(world, "I5 webhook lost"))
    kept.execute(inbox.insert(), [dict(one) for one in rows if one["provider"] == "quickbooks"])
    kept.commit()


def test_money_made_from_nothing(world):
    (company, receipt_id), event = next(iter(world.users.receipts.items()))
    del world.users.receipts[company, receipt_id]
    assert any("came in" in one for one in _said(world, "I11 money not conserved"))
    world.users.receipts[company, receipt_id] = event


def _forge_a_done_action(kept, **values):
    """Change one done action, and give what makes it right again."""
    done = select(action).where(action.c.state == "done").limit(1)
    before = dict(kept.execute(done).mappings().one())
    it = update(action).where(action.c.id == before["id"])
    kept.execute(it.values(**values))
    kept.commit()

    def mend():
        kept.execute(it.values(**{name: before[name] for name in values}))
        kept.commit()

    return mend


def test_doubt_that_nobody_sees(world, kept):
    mend = _forge_a_done_action(kept, state="unknown")
    kept.execute(delete(exception))
    kept.commit()
    assert any("no exception says so" in one for one in _said(world, "I12 trouble nobody sees"))
    mend()


def test_a_journal_that_was_changed(world, kept):
    # The entries themselves cannot be changed; where the chain ends can.
    kept.execute(text("UPDATE journal_head SET seq = seq - 1"))
    kept.commit()
    assert any("ends early" in one for one in _said(world, "I13 journal broken"))
    kept.execute(text("UPDATE journal_head SET seq = seq + 1"))
    kept.commit()


def test_work_that_was_forgotten(world, kept):
    past = world.clock() - timedelta(days=1)
    mend = _forge_a_done_action(kept, state="planned", closed_at=None, next_at=past)
    assert any("is planned" in one for one in _said(world, "I15 not at rest"))
    mend()


def test_a_fault_of_our_own(world):
    world.bugs.append("action failed KeyError('number')")
    assert _said(world, "fault of our own") == ["action failed KeyError('number')"]
    world.bugs.clear()
