"""What a vendor tells of our own writes costs no call."""

from __future__ import annotations

import pytest

from connector.marks import mark
from connector.protocol import Notice
from flows import sync
from ledger.documents import Kind
from store import inbox
from tests.flows.scene import Scene


@pytest.mark.parametrize(
    ("cause", "reason"), [(f"{mark('note:1')}-2026030915", sync.ECHO), ("somebody-else", "")]
)
def test_an_echo_of_our_own_write_is_not_read(scene: Scene, cause: str, reason: str) -> None:
    scene.connect(stripe=True)
    intent = scene.card(10_000)
    scene.live(hours=1)
    told = Notice("evt_x", scene.account, Kind.RECEIPT, intent, "x", live=False, echo_of=cause)
    with scene.tools.sessions.begin() as s:
        assert inbox.keep(s, "stripe", [told], scene.now) == 1
    scene.live(minutes=5)
    with scene.tools.sessions() as s:
        rows = [inbox.get(s, number + 1) for number in range(sum(inbox.counts(s).values()))]
    [row] = [one for one in rows if one.event_id == "evt_x"]
    assert (row.state, row.reason) == ("done", reason)
