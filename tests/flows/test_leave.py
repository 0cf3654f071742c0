"""What a person leaves on account is neither asked about nor applied until it changes."""

from __future__ import annotations

import pytest

from flows import on_account
from ledger.documents import Source
from store import mirror
from store.actions import ActionRow
from tests.flows.scene import Scene


def leave(scene: Scene, receipt_id: str) -> ActionRow:
    with scene.tools.sessions.begin() as s:
        return on_account.leave(
            s, scene.organisation_id, Source.LEDGER, receipt_id, who="ann", now=scene.now
        )


def take_back(scene: Scene, row: ActionRow) -> None:
    with scene.tools.sessions.begin() as s:
        on_account.take_back(s, scene.organisation_id, row.id, who="ann", now=scene.now)


def unplaced(scene: Scene) -> str:
    """Let money come in that no rule can place; gives the receipt's id in the mirror."""
    scene.invoice("AA-1001", 10_000)
    scene.receipt(4_321)
    scene.connect()
    scene.look()
    scene.pulse()
    [asked] = scene.exceptions("unmatched_receipt")
    return asked.subject.split(":")[2]


def test_the_rules_ask_about_it_no_more(either):
    receipt_id = unplaced(either)
    row = leave(either, receipt_id)
    for _ in range(2):
        either.look()
        either.pulse()
        assert either.exceptions("unmatched_receipt") == []
    assert either.told(row.id) == ["decided"]
    # The money itself is where it was.
    with either.tools.sessions() as s:
        [kept] = mirror.receipts_to_match(s, either.organisation_id)
    assert kept.unapplied.minor == 4_321


def test_taken_back_the_rules_ask_again(scene):
    row = leave(scene, unplaced(scene))
    take_back(scene, row)
    scene.pulse()
    assert len(scene.exceptions("unmatched_receipt")) == 1
    assert scene.told(row.id) == ["decided", "undone"]
    with pytest.raises(ValueError, match="not left on account any more"):
        take_back(scene, row)


def test_left_taken_back_and_left_again(scene):
    receipt_id = unplaced(scene)
    first = leave(scene, receipt_id)
    with pytest.raises(ValueError, match="left on account already"):
        leave(scene, receipt_id)
    take_back(scene, first)
    scene.live(minutes=5)
    leave(scene, receipt_id)
    scene.pulse()
    assert scene.exceptions("unmatched_receipt") == []


def test_a_sure_answer_does_not_touch_what_was_left(scene):
    receipt_id = unplaced(scene)
    scene.rules(matching={"mode": "auto"})
    leave(scene, receipt_id)
    # Now an invoice of that amount shows up for that customer, named like nothing else.
    invoice_id = scene.invoice("AA-1002", 4_321)
    scene.pulse()
    assert scene.payments(invoice_id) == []
    assert [row.state for row in scene.actions("apply")] == []


def test_a_proposal_is_dropped_and_not_made_again(scene):
    scene.invoice("AA-1001", 10_000)
    scene.receipt(10_000, "AA-1001")
    scene.connect()
    proposed = scene.action("apply")
    assert proposed.state == "waiting"
    leave(scene, proposed.body["receipt_id"])
    scene.look()
    scene.pulse()
    assert scene.action("apply").state == "cancelled"
    assert scene.told(proposed.id) == ["decided", "cancelled"]


def test_what_is_closed_or_unknown_cannot_be_left(scene):
    scene.connect()
    with pytest.raises(ValueError, match="not open any more"):
        leave(scene, "nothing")
