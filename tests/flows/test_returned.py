"""Money that the bank took back: told, undone in one go, and asked about no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows import cash
from flows.bank import lines, returned
from flows.bank.returned import Offer
from ledger.documents import Source
from store import bank_lines, confirmations, mirror
from store.exceptions import ExceptionRow
from tests.flows.bank_home import DAY, banked, claimed, gbp, left, line
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import TODAY, Scene


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Scene]:
    """Give an organisation whose bank account told of 50.00 that was applied since."""
    with banked(tmp_path) as scene:
        key = line(scene, 5_000).receipt_id
        with scene.tools.sessions.begin() as s:
            mirror.record_applied(s, scene.organisation_id, Source.BANK, key, gbp(5_000))
        yield scene


def comes(scene: Scene, text: str, minor: int = -5_000, day: date = TODAY) -> list[ExceptionRow]:
    """Have the bank tell of one more line, and give what a person is told of."""
    hand_in(scene, statement((day, day), [(day, minor, text)]), f"{text}.sta")
    return scene.exceptions(returned.KIND)


def offers(scene: Scene) -> list[Offer]:
    [row] = scene.exceptions(returned.KIND)
    with scene.tools.sessions() as s:
        return returned.offers(s, scene.organisation_id, row.subject)


def test_money_that_went_out_with_words_of_a_return_is_told(home: Scene) -> None:
    [row] = comes(home, "RETURNED UNPAID")
    assert row.title == "50.00 GBP went out, and may be a payment that came back"
    assert "09 Mar 2026 ACME AA-1001" in row.detail
    assert "undo its application here" in row.fix


@pytest.mark.parametrize(
    ("text", "minor"), [("OFFICE RENT", -5_000), ("RETURNED UNPAID", -5_001), ("RETURNED", 5_000)]
)
def test_other_money_is_not_told(home: Scene, text: str, minor: int) -> None:
    assert comes(home, text, minor) == []


def test_what_goes_to_an_own_account_did_not_come_back(home: Scene) -> None:
    assert comes(home, "166?20RETURNED UNPAID?32Ash & Alder") == []


def test_money_that_was_never_applied_is_no_return_of_an_application(home: Scene) -> None:
    assert comes(home, "RETURNED UNPAID", -12_000) == []


def test_a_line_that_may_be_told_twice_is_told_once_it_is_money_of_its_own(home: Scene) -> None:
    comes(home, "DIRECT DEBIT", -700)
    comes(home, "RETURNED UNPAID", -5_000)
    [row] = comes(home, "RETURNED UNPAID 2", -5_000)
    with home.tools.sessions() as s:
        [doubted] = bank_lines.doubted(s, home.organisation_id)
    with home.tools.sessions.begin() as s:
        lines.settle(s, home.organisation_id, doubted.id, same=False, who="ann", now=home.now)
    other = {one.subject for one in home.exceptions(returned.KIND)} - {row.subject}
    assert other == {f"receipt:bank:{doubted.receipt_id}"}


def applied(scene: Scene) -> str:
    """Have money of the bank applied, and then taken back; gives the invoice."""
    scene.connect()
    invoice = scene.invoice("AA-1001")
    claimed(scene)
    scene.rules(matching={"mode": "auto"})
    scene.live(hours=1)
    hand_in(scene, statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001")]))
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    comes(scene, "RETURNED UNPAID", -10_000)
    return invoice


def undo(scene: Scene) -> None:
    [row] = scene.exceptions(returned.KIND)
    [offer] = offers(scene)
    with scene.tools.sessions.begin() as s:
        cash.undo(
            s,
            scene.organisation_id,
            offer.action.id,
            who="ann",
            now=scene.now,
            came_back=row.subject,
        )


def test_one_call_undoes_the_application_and_settles_the_rest(either: Scene) -> None:
    invoice = applied(either)
    with either.tools.sessions() as s:
        before = confirmations.of_evidence(s, either.organisation_id)
    undo(either)
    # Nobody presses twice while it is under way.
    assert offers(either) == []
    with pytest.raises(ValueError, match="undone already"):
        either.undo("bob")
    either.live(hours=1)
    assert either.payments(invoice) == []
    assert either.balance(invoice) == 10_000
    assert either.exceptions(returned.KIND) == []
    assert any("for the bank took the money back" in one for one in either.notes(invoice))
    # The money went back: nobody is asked what it pays, now or later.
    aside = either.action("leave")
    assert either.told(aside.id) == ["decided"]
    either.live(days=1)
    assert either.exceptions("unmatched_receipt") == []
    assert either.payments(invoice) == []
    # The match itself was right.
    with either.tools.sessions() as s:
        assert confirmations.of_evidence(s, either.organisation_id) == before


def test_what_is_undone_on_the_matches_page_leaves_the_row_to_a_person(scene: Scene) -> None:
    applied(scene)
    scene.undo()
    scene.live(hours=1)
    assert len(scene.exceptions(returned.KIND)) == 1
    assert offers(scene) == []
    assert sorted(left(scene)) == [-10_000, 10_000]
    assert [one.subject for one in scene.exceptions("unmatched_receipt")]
