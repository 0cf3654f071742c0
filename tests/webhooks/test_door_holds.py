"""The door holds: against size, probes, cookies, a failing store, its own bugs, and crashes."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace

import pytest
from flask import Flask

from connector import PROVIDERS
from store import killpoints
from tests.webhooks.post import EVERY, REFUSED, event
from webhooks import BODY_BYTES_MAX, BODY_BYTES_MAX_BY_PROVIDER, make_blueprint


@pytest.mark.parametrize("name", EVERY)
def test_an_oversized_body_is_refused_unread(house, name):
    most = BODY_BYTES_MAX_BY_PROVIDER.get(name, BODY_BYTES_MAX)
    answer = house.post(name, b"x" * (most + 1), "never looked at")
    assert (answer.status_code, answer.data) == (413, b"")
    assert house.post(name, b"x" * most, "looked at").status_code == REFUSED[name]


def test_a_hundred_quickbooks_events_fit(house):
    events = [json.loads(event("quickbooks", number=number))[0] for number in range(100)]
    body = json.dumps([one | {"data": {"padding": "x" * 10_000}} for one in events]).encode()
    assert len(body) > 1_000_000
    assert house.post("quickbooks", body).status_code == 200
    assert len(house.kept()) == 100


@pytest.mark.parametrize("name", ["sage", "", "xero/", "XERO", "%00", "../xero"])
def test_an_unknown_provider_is_not_there(house, name):
    client = house.app.test_client()
    assert client.post(f"/webhooks/{name}", data=b"x").status_code == 404
    assert client.get(f"/webhooks/{name}").status_code == 404


@pytest.mark.parametrize("name", EVERY)
def test_an_unconfigured_provider_is_not_there(house, name):
    house.secrets[name] = []
    assert house.post(name, event(name)).status_code == 404
    assert house.app.test_client().get(f"/webhooks/{name}").status_code == 404


@pytest.mark.parametrize("name", EVERY)
def test_probes_are_answered_and_nothing_sets_a_cookie(house, name):
    client = house.app.test_client()
    answers = [
        client.get(f"/webhooks/{name}"),
        client.head(f"/webhooks/{name}"),
        house.post(name, event(name)),
        house.post(name, event(name), "forged"),
        house.post(name, b"x" * 5_000_000, "forged"),
    ]
    assert [one.status_code for one in answers] == [200, 200, 200, REFUSED[name], 413]
    assert all("Set-Cookie" not in one.headers and one.data == b"" for one in answers)


@pytest.mark.parametrize("name", EVERY)
def test_only_a_failing_store_asks_for_another_try(house, name):
    with house.sessions.begin() as s:
        s.connection().exec_driver_sql("alter table inbox rename to inbox_away")
    answer = house.post(name, event(name))
    assert (answer.status_code, answer.data) == (503, b"")
    with house.sessions.begin() as s:
        s.connection().exec_driver_sql("alter table inbox_away rename to inbox")
    assert house.post(name, event(name)).status_code == 200
    assert len(house.kept()) == 1


def test_a_worker_that_cannot_be_woken_is_no_reason_to_refuse(house):
    house.deaf = True
    assert house.post("xero", event("xero")).status_code == 200
    assert len(house.kept()) == 1


def test_a_check_that_breaks_lets_nobody_in(house, monkeypatch):
    def verify(_headers, body, _secrets, _now):
        if body == b"check":
            raise RuntimeError("a bug")

    def notices(body):
        raise KeyError(body)

    broken = copy(PROVIDERS["xero"])
    monkeypatch.setattr(broken, "verify", verify)
    monkeypatch.setattr(broken, "notices", notices)
    house.app = Flask("broken")
    door = replace(house.door, providers={"xero": broken})
    house.app.register_blueprint(make_blueprint(door))
    assert house.post("xero", b"check").status_code == 401
    assert house.kept() == []
    assert house.post("xero", b"read").status_code == 200
    assert [row.kind.value for row in house.kept()] == ["unknown"]


# K1 to K3: dying at any point loses nothing that was answered, and doubles nothing.


class CrashError(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(("point", "kept"), [("K1", 0), ("K2", 1), ("K3", 1)])
@pytest.mark.parametrize("name", EVERY)
def test_a_crash_at_the_door_and_the_vendors_next_try_make_one_row(house, name, point, kept):
    def crash(reached: str) -> None:
        if reached == point:
            raise CrashError

    killpoints.set_hook(crash)
    try:
        with pytest.raises(CrashError):
            house.post(name, event(name)).close()
    finally:
        killpoints.set_hook(None)
    assert len(house.kept()) == kept
    assert house.post(name, event(name)).status_code == 200
    assert len(house.kept()) == 1
