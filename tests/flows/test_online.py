"""A reminder tells where the invoice is seen and paid, and the ledger is asked for it once."""

from __future__ import annotations

import pytest

from tests.flows.scene import Scene

AUTO = {"mode": "auto", "min_days_since_delivery": 0}


def asked(scene: Scene) -> int:
    return sum(one.path.endswith("/OnlineInvoice") for one in scene.town.xero.requests())


def test_every_reminder_has_the_address_and_it_costs_one_call(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.live(days=13)
    assert len(scene.mail) == 2
    address = f"https://in.xero.com/!ash/{invoice}"
    assert all(address in letter.html for letter in scene.mail), scene.mail[0].html
    assert all(address in letter.text.replace("=\n", "") for letter in scene.mail)
    assert asked(scene) == 1
    [line] = scene.actions("remind")[0].body["lines"]
    assert line["pay_url"] == address


@pytest.mark.parametrize("weather", ["429", "500", "lost"])
def test_without_the_address_the_reminder_goes_all_the_same(scene: Scene, weather: str) -> None:
    scene.invoice("AA-1001", overdue=5)
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.sky.stay(weather, "xero", "GET", "/OnlineInvoice")
    scene.live(days=4)
    [letter] = scene.mail
    assert "in.xero.com" not in letter.text
    scene.sky.clear()
    scene.live(days=9)
    assert "in.xero.com" in scene.mail[-1].text


def test_an_address_the_ledger_will_not_give_is_left_out(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    scene.connect()
    scene.rules(dunning=AUTO)
    scene.town.xero.set_organisation(scene.keeper.tenant, short_code='"><b>')
    scene.live(days=4)
    [letter] = scene.mail
    assert invoice not in letter.text
    assert invoice not in letter.html
    # Asked again only after a week.
    assert asked(scene) == 1
