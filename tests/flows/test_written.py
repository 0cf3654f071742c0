"""What Dunnock wrote into the ledger itself is taken for no bank line, whatever it says."""

from __future__ import annotations

from datetime import date

import pytest

from flows import cash, written
from ledger.documents import Source
from store import claims, mirror, organisations
from tests.flows.bank_home import DAY, claimed, gbp, left
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import TODAY, Scene


@pytest.fixture
def paid(either: Scene) -> tuple[Scene, str, str]:
    """Have one deposit of the bank pay two invoices."""
    either.connect()
    first, second = either.invoice("AA-1001", 10_000), either.invoice("AA-1002", 2_500)
    claimed(either)
    either.rules(matching={"mode": "auto"})
    either.live(hours=1)
    arrives(either, 12_500, "ACME AA-1001 AA-1002")
    assert [either.payments(one) for one in (first, second)] == [[10_000], [2_500]]
    return either, first, second


def arrives(scene: Scene, minor: int, text: str, day: date = DAY) -> None:
    """Have the bank tell of one more line, and the rules look at it."""
    hand_in(scene, statement((day, day), [(day, minor, text)]))
    scene.live(hours=1)


def disguise(scene: Scene) -> None:
    """Have a bookkeeper write other words on every payment, where the ledger lets her."""
    if scene.company.provider == "quickbooks":
        books = scene.town.quickbooks
        for one in books.payments(scene.keeper.tenant):
            fields = {"PaymentRefNum": "by hand", "PrivateNote": "by hand"}
            books.edit_payment(scene.keeper.tenant, one["Id"], **fields)
    scene.live(hours=1)


def is_asked_alone(scene: Scene, minor: int) -> bool:
    """Say whether the line is taken for nothing in the ledger: a person says what it is."""
    assert scene.actions("link") == []
    assert scene.exceptions("bank_line_seen") == []
    asked = [one.subject for one in scene.exceptions("unmatched_receipt")]
    return left(scene) == [minor] and any(one.startswith("receipt:bank:") for one in asked)


def test_a_part_of_one_deposit_is_no_other_line(paid: tuple[Scene, str, str]) -> None:
    scene, _, second = paid
    # The payments of a Xero batch bear no reference of their own.
    disguise(scene)
    minor = 2_500 if scene.company.provider == "xero" else 12_500
    arrives(scene, minor, "ACME AA-1002", TODAY)
    assert is_asked_alone(scene, minor)
    assert scene.payments(second) == [2_500]


def test_what_a_person_chooses_next_forgets_nothing(paid: tuple[Scene, str, str]) -> None:
    """Of one receipt in two steps, what the first wrote is known behind the second."""
    scene, _, _ = paid
    third = scene.invoice("AA-1003", 700)
    scene.live(hours=1)
    row, portion = scene.action("apply"), scene.portion(third, 700)
    with scene.tools.sessions.begin() as s:
        mirror.record_applied(
            s, scene.organisation_id, Source.BANK, row.body["receipt_id"], -gbp(700)
        )
        cash.apply_choice(
            s,
            organisations.get(s, scene.organisation_id),
            Source.BANK,
            row.body["receipt_id"],
            (portion,),
            who="ann",
            now=scene.now,
        )
        known = written.claims_of(row.outcome)
        held = claims.holders(s, scene.organisation_id, known)
    assert set(held) == set(known)
    assert set(held.values()) == {row.id}


def test_money_kept_on_account_is_no_other_line(either: Scene) -> None:
    either.connect()
    either.invoice("AA-1001", 10_000)
    claimed(either)
    either.live(hours=1)
    arrives(either, 4_400, "ACME DEPOSIT")
    [asked] = either.exceptions("unmatched_receipt")
    customer = either.customer("Acme")
    with either.tools.sessions.begin() as s:
        cash.apply_choice(
            s,
            organisations.get(s, either.organisation_id),
            Source.BANK,
            asked.subject.rpartition(":")[2],
            (),
            who="ann",
            now=either.now,
            keep_for=customer,
        )
    either.live(hours=1)
    assert either.action("keep").state == "done"
    disguise(either)
    arrives(either, 4_400, "ACME AGAIN", TODAY)
    assert is_asked_alone(either, 4_400)


def test_what_was_undone_is_our_own_no_more(paid: tuple[Scene, str, str]) -> None:
    scene, _, _ = paid
    known = written.claims_of(scene.action("apply").outcome)
    ids = [one.removeprefix("written:") for one in known]
    with scene.tools.sessions() as s:
        assert written.among(s, scene.organisation_id, [*ids, "x"]) == set(ids)
    scene.undo()
    scene.live(hours=1)
    with scene.tools.sessions() as s:
        assert written.among(s, scene.organisation_id, ids) == set()
