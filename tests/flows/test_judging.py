"""What people make of answers: enough that were right make evidence trusted, undos do not."""

from __future__ import annotations

import pytest

from flows import cash, offering, on_account
from flows.judging import pass_over
from flows.work import rules_of
from ledger.documents import Source
from ledger.money import Money
from rules.actions import Candidate, Portion
from rules.matching.confidence import THRESHOLDS, confidence
from rules.matching.policy import Counted, Mode, Policy
from store import confirmations, mirror, organisations
from tests.conftest import NOW
from tests.flows.scene import Scene
from tests.flows.test_cash import AUTO, portion

# A payer names the digits of an invoice and pays a part of it.
CLASS = "digits/short/payer"
# Whatever was measured elsewhere, so many errors make it unsure.
ERRORS = 40


def needed() -> int:
    """Say how many confirmations make this evidence sure enough."""
    return next(
        right
        for right in range(1, 50_000)
        if confidence(CLASS, Policy(NOW.date(), "", confirmations={CLASS: Counted(right, ERRORS)}))
        >= THRESHOLDS[Mode.SAFE]
    )


def counted(scene: Scene) -> tuple[int, int]:
    with scene.tools.sessions() as s:
        found = confirmations.of_evidence(s, scene.organisation_id).get(CLASS, Counted())
    return found.correct, found.wrong


def part_paid(scene: Scene, number: str) -> tuple[str, str]:
    """Let a customer pay a part of an invoice; gives invoice and receipt."""
    invoice = scene.invoice(f"AA-{number}")
    return invoice, scene.receipt(4_000, number)


def offer(scene: Scene, receipt: str) -> Candidate | None:
    with scene.tools.sessions() as s:
        ours = organisations.get(s, scene.organisation_id)
        known = mirror.receipt(s, ours.id, Source.LEDGER, receipt)
        assert known is not None
        return offering.offered(s, ours, rules_of(s, ours.id), known, scene.now)


def choose(scene: Scene, receipt: str, *portions: Portion, keep_for: str = "") -> None:
    offered = offer(scene, receipt)
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        cash.apply_choice(
            *(s, ours, Source.LEDGER, receipt, portions),
            who="ann",
            now=scene.now,
            keep_for=keep_for,
            judging_of=offered,
        )
    scene.live(hours=1)


@pytest.fixture
def home(scene: Scene) -> Scene:
    scene.connect()
    scene.rules(matching=AUTO)
    with scene.tools.sessions.begin() as s:
        confirmations.count(s, scene.organisation_id, CLASS, Counted(0, ERRORS))
    return scene


def test_evidence_is_trusted_once_confirmed_often_enough_and_no_more_after_undos(
    home: Scene,
) -> None:
    with home.tools.sessions.begin() as s:
        confirmations.count(s, home.organisation_id, CLASS, Counted(needed() - 1, 0))
    first, receipt = part_paid(home, "1001")
    home.live(hours=1)
    assert [one.subject for one in home.exceptions("unmatched_receipt")]
    choose(home, receipt, portion(home, first, 4_000))
    assert counted(home) == (needed(), ERRORS)
    second, _ = part_paid(home, "1002")
    home.live(hours=1)
    assert home.payments(second) == [4_000]
    assert home.actions("apply")[-1].body["evidence"] == CLASS
    # What nobody looked at says nothing.
    assert counted(home) == (needed(), ERRORS)
    home.undo()
    home.live(hours=1)
    assert counted(home) == (needed(), ERRORS + 1)
    third, _ = part_paid(home, "1003")
    home.live(hours=1)
    assert home.payments(third) == []


def test_a_choice_taken_apart_was_no_confirmation(home: Scene) -> None:
    first, receipt = part_paid(home, "1001")
    home.live(hours=1)
    choose(home, receipt, portion(home, first, 4_000))
    assert counted(home) == (1, ERRORS)
    home.undo()
    home.live(hours=1)
    assert counted(home) == (0, ERRORS + 1)


def test_a_proposal_that_a_person_approved_is_a_confirmation(scene: Scene) -> None:
    scene.connect()
    scene.invoice("AA-1001")
    scene.receipt(10_000, "AA-1001")
    scene.live(hours=1)
    scene.approve()
    scene.live(hours=1)
    with scene.tools.sessions() as s:
        found = confirmations.of_evidence(s, scene.organisation_id)
    assert {name: tuple(one) for name, one in found.items()} == {"number/exact/payer": (1, 0)}


def test_another_document_was_passed_over_and_other_amounts_say_nothing(home: Scene) -> None:
    first, receipt = part_paid(home, "1001")
    other = home.invoice("AA-2002")
    home.live(hours=1)
    choose(home, receipt, portion(home, first, 3_000))
    assert counted(home) == (0, ERRORS)
    home.undo()
    _, receipt = part_paid(home, "1003")
    home.live(hours=1)
    choose(home, receipt, portion(home, other, 4_000))
    assert counted(home) == (0, ERRORS + 1)
    home.undo()
    home.live(hours=1)
    assert counted(home) == (0, ERRORS)


def test_money_left_on_account_passes_the_answer_over(home: Scene) -> None:
    _, receipt = part_paid(home, "1001")
    home.live(hours=1)
    offered = offer(home, receipt)
    with home.tools.sessions.begin() as s:
        ours = home.organisation_id
        on_account.leave(s, ours, Source.LEDGER, receipt, who="ann", now=home.now)
        pass_over(s, ours, offered)
        pass_over(s, ours, None)
    assert counted(home) == (0, ERRORS + 1)
    # Nothing asks about it any more, so nothing can be judged by it.
    assert offer(home, receipt) is None


def test_what_a_rule_proposes_is_judged_and_what_is_asked_otherwise_is_not(scene: Scene) -> None:
    scene.connect()
    scene.invoice("AA-1001")
    scene.invoice("AA-1002")
    proposed = scene.receipt(10_000, "AA-1001")
    scene.receipt(10_000)
    scene.live(hours=1)
    offered = offer(scene, proposed)
    assert offered is not None
    assert offered.evidence == "number/exact/payer"
    assert offered.portions[0].amount == Money(10_000, "GBP")
    choose(scene, proposed, portion(scene, offered.portions[0].invoice_id, 10_000))
    with scene.tools.sessions() as s:
        found = confirmations.of_evidence(s, scene.organisation_id)
    assert {name: tuple(one) for name, one in found.items()} == {"number/exact/payer": (1, 0)}
