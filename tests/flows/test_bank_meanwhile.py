"""Money of the bank that somebody records in the ledger before Dunnock has booked it."""

from __future__ import annotations

import pytest

from flows import cash
from ledger.documents import Source
from store import organisations
from tests.flows.bank_home import DAY, claimed, left, line
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import Scene


def came(scene: Scene) -> str:
    """Have 100 on the bank, for an invoice of 120; gives the invoice."""
    scene.connect()
    invoice = scene.invoice("AA-1001", 12_000)
    claimed(scene)
    scene.live(hours=1)
    hand_in(scene, statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001")]))
    return invoice


@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_recorded_meanwhile_is_not_booked_twice(either: Scene, *, keeps: bool) -> None:
    invoice = came(either)
    portions = [] if keeps else [either.portion(invoice, 10_000)]
    receipt_id, now = line(either, 10_000).receipt_id, either.now
    with either.tools.sessions.begin() as s:
        row = cash.apply_choice(
            *(s, organisations.get(s, either.organisation_id), Source.BANK, receipt_id, portions),
            who="ann",
            now=now,
            keep_for=either.customer() if keeps else "",
        )
    recorded = either.receipt(10_000, "AA-1001")
    either.pulse()
    either.live(hours=1)
    [dropped] = [one for one in either.actions(row.kind) if one.id == row.id]
    assert dropped.state == "cancelled"
    assert "may be in the books already" in dropped.reason
    # It is one and the same money, and is linked as that.
    assert either.action("link").body["id"] == recorded
    assert (left(either), either.payments(invoice)) == ([], [])
