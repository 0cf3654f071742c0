"""A bank file that was taken in by mistake is taken back, as long as nothing rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from flows.bank import accounts
from flows.bank import lines as lines_flow
from flows.bank.taking_back import take_back
from ledger.documents import Source, Status
from store import actions, bank_accounts, bank_files, bank_lines, journal, mirror, organisations
from tests import statements
from tests.flows.bank_notes import OPENING, hand_in, statement
from tests.flows.scene import TODAY, XERO, Scene, raised

DAY = TODAY - timedelta(days=1)
ACME = (DAY, 12_000, "ACME LTD")
BETA = (TODAY, 5_000, "BETA GMBH")
FIRST = statement((DAY, DAY), [ACME])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Scene]:
    """Give an organisation with a bank account of its own."""
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            ours = organisations.create(s, "Ash & Alder", "pub-ash", scene.now)
            held = bank_accounts.add(s, ours, "GB33BUKB20201555555555", "GBP", scene.now)
            accounts.claim(
                s, ours, held.id, name="Current", ledger_account="", who="ann", now=scene.now
            )
        scene.organisation_id = ours
        yield scene


def back(scene: Scene, file_id: int) -> None:
    with scene.tools.sessions.begin() as s:
        take_back(s, scene.organisation_id, file_id, who="ann", now=scene.now)


def texts(scene: Scene) -> list[str]:
    """Give the words of the lines that count."""
    with scene.tools.sessions() as s:
        told = statements.receipts(s, scene.organisation_id)
    return [one.text for one in told if one.status is Status.OPEN]


def test_what_a_file_told_counts_no_more_and_the_file_may_come_again(home: Scene) -> None:
    taken = hand_in(home, FIRST)
    back(home, taken.file_id)
    assert texts(home) == []
    with home.tools.sessions() as s:
        assert mirror.receipts_to_match(s, home.organisation_id) == []
        assert bank_files.of_account(s, home.organisation_id, 1) == []
        entry = journal.read(s, home.organisation_id, limit=1)[0]
    assert (entry.entry, entry.who) == ("undone", "ann")
    with pytest.raises(ValueError, match="not taken in any more"):
        back(home, taken.file_id)
    again = hand_in(home, FIRST)
    assert (again.state, again.new) == ("read", 1)
    assert texts(home) == ["ACME LTD"]


def test_money_that_is_placed_keeps_its_file(home: Scene) -> None:
    taken = hand_in(home, FIRST)
    with home.tools.sessions.begin() as s:
        [line] = bank_lines.of_file(s, home.organisation_id, taken.file_id)
        mirror.record_applied(s, home.organisation_id, Source.BANK, line.receipt_id, line.amount)
    with pytest.raises(ValueError, match=r"120\.00 GBP of 09 Mar 2026 is applied or linked"):
        back(home, taken.file_id)
    assert texts(home) == ["ACME LTD"]


@pytest.mark.parametrize("kind", ["apply", "keep"])
def test_money_that_is_about_to_be_placed_keeps_its_file(home: Scene, kind: str) -> None:
    taken = hand_in(home, FIRST)
    with home.tools.sessions.begin() as s:
        [line] = bank_lines.of_file(s, home.organisation_id, taken.file_id)
        actions.plan(
            s,
            home.organisation_id,
            key=f"{kind}:x",
            kind=kind,
            subject=f"receipt:bank:{line.receipt_id}",
            body={},
            claims=(),
            state=actions.PLANNED,
            next_at=home.now,
            day=None,
            now=home.now,
            who="dunnock",
            why="x",
        )
    with pytest.raises(ValueError, match="undo that first"):
        back(home, taken.file_id)


def test_a_file_that_a_later_one_rests_on_goes_after_it(home: Scene) -> None:
    first = hand_in(home, FIRST, "first.sta")
    later = hand_in(home, statement((DAY, TODAY), [ACME, BETA]), "later.sta")
    with pytest.raises(ValueError, match=r"later\.sta tells some of its lines again"):
        back(home, first.file_id)
    back(home, later.file_id)
    assert texts(home) == ["ACME LTD"]
    back(home, first.file_id)
    assert texts(home) == []


@pytest.mark.parametrize("settled", ["not yet", "as the same"])
def test_a_line_that_was_like_one_of_it_is_money_of_its_own_again(
    home: Scene, settled: str
) -> None:
    first = hand_in(home, FIRST, "first.sta")
    hand_in(home, statement((DAY, DAY), [(DAY, 12_000, "FPS CREDIT")], number="9"))
    if settled == "as the same":
        with home.tools.sessions.begin() as s:
            [line] = bank_lines.doubted(s, home.organisation_id)
            lines_flow.settle(s, home.organisation_id, line.id, same=True, who="ann", now=home.now)
    assert texts(home) == ["ACME LTD"]
    back(home, first.file_id)
    assert texts(home) == ["FPS CREDIT"]
    with home.tools.sessions() as s:
        assert bank_lines.doubted(s, home.organisation_id) == []
    assert home.exceptions("bank_line_twice") == []


def test_a_gap_that_it_filled_opens_again(home: Scene) -> None:
    before = DAY - timedelta(days=1)
    hand_in(home, statement((before, before), [(before, 100, "x")]))
    filling = hand_in(home, statement((DAY, DAY), [ACME], opening=OPENING + 100))
    hand_in(home, statement((TODAY, TODAY), [BETA], opening=OPENING + 12_100))
    assert home.exceptions("bank_gap") == []
    back(home, filling.file_id)
    [gap] = home.exceptions("bank_gap")
    assert "120.00 GBP" in gap.title
