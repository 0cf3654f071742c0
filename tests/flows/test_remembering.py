"""What a person says of a payer reaches the decision, and is looked at at once."""

from __future__ import annotations

import pytest

from flows import gathering, remembering
from store import payers
from tests.flows.scene import Scene


def test_a_shared_payer_is_told_to_the_rules(scene: Scene) -> None:
    scene.connect()
    customer = scene.customer("Acme")
    scene.invoice("AA-1001")
    scene.receipt(700, "nothing")
    scene.live(hours=1)
    ours = scene.organisation_id
    with scene.tools.sessions.begin() as s:
        payers.confirm(s, ours, "account:gb1", customer)
        [mark] = remembering.all_known(s, ours)
        remembering.share(s, ours, mark, "ann", scene.now)
        assert gathering.gather(s, ours).shared == {"account:gb1"}
    assert scene.books.next_match_at == scene.now
    with scene.tools.sessions.begin() as s:
        remembering.unshare(s, ours, mark, "ann", scene.now)
        assert gathering.gather(s, ours).shared == frozenset()


def test_a_pair_is_allowed_again_once(scene: Scene) -> None:
    scene.connect()
    ours = scene.organisation_id
    with scene.tools.sessions.begin() as s:
        payers.remember_undone(s, ours, "r", "i")
        remembering.allow(s, ours, "r", "i", "ann", scene.now)
        assert payers.undone(s, ours) == frozenset()
        with pytest.raises(ValueError, match="not kept apart any more"):
            remembering.allow(s, ours, "r", "i", "ann", scene.now)
