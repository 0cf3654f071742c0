"""A customer merged into another in the ledger takes along what is known here."""

from __future__ import annotations

from datetime import timedelta

from rules.facts import Hold
from store import holds, mirror, payers, steps
from tests.flows.scene import Scene

AUTO = {"mode": "auto", "min_days_since_delivery": 0}


def merge(scene: Scene, name: str, into: str) -> tuple[str, str]:
    old, new = scene.customers[name], scene.customers[into]
    scene.town.xero.merge_contacts(scene.keeper.tenant, old, new)
    return old, new


def test_a_hold_goes_with_its_customer(scene: Scene) -> None:
    scene.invoice("AA-1001")
    scene.invoice("BB-1001", customer="Bell", email="pay@bell.example")
    scene.connect()
    hold = Hold(scene.customers["Acme"], "disputed", "wrong price")
    with scene.tools.sessions.begin() as s:
        holds.place(s, scene.organisation_id, hold, "ann", scene.now)
        payers.confirm(s, scene.organisation_id, "acme", scene.customers["Acme"])
    _, new = merge(scene, "Acme", "Bell")
    scene.rules(dunning=AUTO)
    scene.live(days=4)
    assert scene.mail == []
    with scene.tools.sessions() as s:
        [kept] = holds.of_customer(s, scene.organisation_id, new, scene.today)
        assert kept.reason == "wrong price"
        assert [one.customer_id for one in payers.known(s, scene.organisation_id)] == [new]


def test_reminders_already_sent_count_for_the_other(scene: Scene) -> None:
    scene.invoice("AA-1001")
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.live(days=1)
    assert len(scene.mail) == 1
    scene.customer("Bell", "pay@bell.example")
    _, new = merge(scene, "Acme", "Bell")
    scene.live(hours=1)
    with scene.tools.sessions() as s:
        [sent] = steps.contacted(s, scene.organisation_id, new)
        merged = mirror.customer(s, scene.organisation_id, scene.customers["Acme"])
    assert sent.day >= scene.today - timedelta(days=1)
    assert merged is not None
    assert (merged.archived, merged.merged_into) == (True, new)


def test_merges_in_a_row_end_at_the_last(scene: Scene) -> None:
    for name in ("Acme", "Bell", "Crag"):
        scene.customer(name, f"pay@{name.lower()}.example")
    scene.connect()
    merge(scene, "Bell", "Crag")
    scene.live(minutes=5)
    hold = Hold(scene.customers["Acme"], "disputed", "wrong price")
    with scene.tools.sessions.begin() as s:
        holds.place(s, scene.organisation_id, hold, "ann", scene.now)
    merge(scene, "Acme", "Bell")
    scene.live(minutes=5)
    with scene.tools.sessions() as s:
        [kept] = holds.of_customer(s, scene.organisation_id, scene.customers["Crag"], scene.today)
    assert kept.reason == "wrong price"


def test_a_dispute_stays_on_an_invoice_given_to_another_customer(scene: Scene) -> None:
    disputed = scene.invoice("AA-1001")
    other = scene.customer("Bell", "pay@bell.example")
    scene.connect()
    hold = Hold(scene.customers["Acme"], "disputed", "wrong price", disputed)
    with scene.tools.sessions.begin() as s:
        holds.place(s, scene.organisation_id, hold, "ann", scene.now)
    scene.town.xero.set_fields(scene.keeper.tenant, "Invoices", disputed, contact=other)
    scene.rules(dunning=AUTO)
    scene.live(days=4)
    assert scene.mail == []
    with scene.tools.sessions() as s:
        found = mirror.invoice(s, scene.organisation_id, disputed)
    assert found is not None
    assert found.customer_id == other
