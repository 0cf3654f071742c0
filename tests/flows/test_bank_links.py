"""Bank lines that are money seen elsewhere: linked once, asked about, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import gathering, linked, on_account
from flows.bank import files, links
from flows.bank.files import File
from ledger.documents import (
    Source,
)
from ledger.payouts import Stage
from store import actions, mirror, organisations
from tests.flows.bank_home import (
    CUSTOMER,
    DAY,
    INVOICE,
    banked,
    booked_into,
    claimed,
    gbp,
    left,
    line,
    link_of,
    look,
    payout,
    recorded,
    save,
)
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import TODAY, Scene


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give an organisation whose one bank account told of two lines."""
    with banked(tmp_path, getattr(request, "param", "xero")) as scene:
        yield scene


def choose(scene: Scene, minor: int, twin: str) -> None:
    key = line(scene, minor).id
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        links.choose(s, ours, key, twin, who="ann", now=scene.now)


def test_a_payout_is_no_receivable_and_counts_for_one_line(home: Scene) -> None:
    save(home, payout())
    assert look(home) == {}
    assert left(home) == [5_000]
    row = link_of(home, 12_000)
    assert (row.kind, row.state, row.body["id"]) == ("link", "done", "po_1")
    assert home.told(row.id) == ["decided"]
    # Nothing is linked again, and no other line can be that payout.
    assert look(home) == {}
    assert len(home.actions("link")) == 1
    hand_in(home, statement((TODAY, TODAY), [(TODAY, 12_000, "STRIPE")], opening=117_000))
    [verdict] = look(home).values()
    assert verdict.reason == "unknown_payout"


def test_a_payout_that_failed_is_not_on_the_bank(home: Scene) -> None:
    save(home, payout(stage=Stage.FAILED))
    [verdict] = look(home).values()
    assert verdict.reason == "unknown_payout"
    [told] = home.exceptions("bank_line_seen")
    assert "reads like a payout" in told.detail
    save(home, payout("po_2"))
    assert look(home) == {}
    assert home.exceptions("bank_line_seen") == []


def test_a_payment_in_the_ledger_is_the_line_that_names_its_invoice(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert left(home) == []
    assert link_of(home, 5_000).body["id"] == "p-1"


def test_what_we_wrote_into_the_ledger_ourselves_is_no_twin(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(reference="AA-1001 DNK-0123456789abcdef"), payout())
    assert look(home) == {}
    assert left(home) == [5_000]


@pytest.mark.parametrize("home", ["stripe"], indirect=True)
def test_what_stripes_own_books_hold_is_not_on_the_bank(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert left(home) == [5_000]


def test_in_doubt_a_person_is_asked_and_the_line_waits(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), recorded("p-2"), payout())
    waiting = look(home)
    [verdict] = waiting.values()
    assert verdict.reason == "several"
    assert [twin.id for twin in verdict.maybe] == ["p-1", "p-2"]
    [told] = home.exceptions("bank_line_seen")
    assert "50.00 GBP" in told.title
    assert "AA-1001" in told.detail
    with home.tools.sessions() as s:
        facts = gathering.gather(s, home.organisation_id, waiting)
        assert facts.receipts == ()
        # Reminders see it all the same: it may be the customer's money.
        assert [one.amount for one in mirror.receipts_to_match(s, home.organisation_id)] == [
            gbp(5_000)
        ]


def test_a_person_says_which_payment_it_is(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), recorded("p-2"), payout())
    look(home)
    with pytest.raises(ValueError, match="another line's by now"):
        choose(home, 5_000, "p-9")
    choose(home, 5_000, "p-2")
    assert link_of(home, 5_000).body["id"] == "p-2"
    assert home.exceptions("bank_line_seen") == []
    with pytest.raises(ValueError, match="nobody is asked"):
        choose(home, 5_000, "p-1")


def test_a_person_says_that_it_is_money_of_its_own(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), recorded("p-2"), payout())
    look(home)
    choose(home, 5_000, "")
    assert look(home) == {}
    assert left(home) == [5_000]
    assert home.exceptions("bank_line_seen") == []


def test_a_link_is_taken_back_and_not_made_again(home: Scene) -> None:
    save(home, payout())
    look(home)
    row = link_of(home, 12_000)
    undo(home, row.id)
    assert left(home) == [12_000, 5_000]
    assert look(home) == {}
    assert home.told(row.id) == ["decided", "undone"]
    with pytest.raises(ValueError, match="reload the page"):
        undo(home, row.id)


def undo(scene: Scene, action_id: int) -> None:
    with scene.tools.sessions.begin() as s:
        links.undo(s, scene.organisation_id, action_id, who="ann", now=scene.now)


def test_money_left_on_account_or_placed_in_part_is_not_looked_at(home: Scene) -> None:
    key, part = line(home, 12_000).receipt_id, line(home, 5_000).receipt_id
    with home.tools.sessions.begin() as s:
        on_account.leave(s, home.organisation_id, Source.BANK, key, who="ann", now=home.now)
        mirror.record_applied(s, home.organisation_id, Source.BANK, part, gbp(1_000))
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert home.actions("link") == []


def test_old_lines_are_not_looked_at(home: Scene) -> None:
    save(home, payout())
    home.town.clock.wait(91 * 86_400)
    assert look(home) == {}
    assert home.actions("link") == []


def test_a_bank_file_is_applied_to_the_account_it_is_of(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001")
    bank = claimed(either)
    either.rules(matching={"mode": "auto"})
    either.live(hours=1)
    body = statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001"), (DAY, 700, "NOBODY")])
    files.take(either.tools, either.organisation_id, File("march.sta", body), who="ann")
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    assert booked_into(either) == bank
    [note] = [one for one in either.notes(invoice) if "applied from bank receipt" in one]
    assert f"({DAY.isoformat()} ACME AA-1001)" in note[:250]
    [asked] = either.exceptions("unmatched_receipt")
    assert asked.subject.startswith("receipt:bank:")
    # What Dunnock wrote is told again by the ledger, and is nobody's twin.
    either.live(days=1)
    assert either.actions("link") == []
    assert either.exceptions("bank_line_seen") == []
    row = either.undo()
    either.live(hours=1)
    assert row.kind == "unapply"
    assert either.payments(invoice) == []
    assert sorted(left(either)) == [700, 10_000]


def test_what_a_person_recorded_and_we_applied_is_the_line(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001", 12_000)
    claimed(either)
    either.rules(matching={"mode": "auto"})
    recorded_ = either.receipt(10_000, "AA-1001")
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    hand_in(either, statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001")]))
    either.live(hours=1)
    # Our mark on the payment says who applied it, not where its money came from.
    assert either.action("link").body["id"] == recorded_
    assert left(either) == []
    assert either.payments(invoice) == [10_000]


@pytest.mark.parametrize("kind", ["apply", "keep"])
def test_a_payment_that_is_being_applied_is_not_linked(home: Scene, kind: str) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    subject = linked.subject(line(home, 5_000).receipt_id)
    with home.tools.sessions.begin() as s:
        actions.plan(
            s,
            home.organisation_id,
            key=f"{kind}:x",
            kind=kind,
            subject=subject,
            body={},
            claims=(),
            state=actions.PLANNED,
            next_at=home.now,
            day=None,
            now=home.now,
            who="dunnock",
            why="x",
        )
    assert look(home) == {}
    assert [one.body["id"] for one in home.actions("link")] == ["po_1"]
