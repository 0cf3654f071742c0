"""The house from a configuration: what it makes, what it refuses, and whose app it is."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from requests import ConnectTimeout
from requests.adapters import HTTPAdapter

import house
from config import Config
from connector.protocol import Access
from ledger.documents import Customer, Kind, Organisation, Ref
from ledger.errors import RefusedError, RetryLaterError
from store import connections, organisations, tokens
from store.connections import Consented
from store.seal import new_key

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def outside() -> house.Outside:
    drawn = iter(range(1000))
    return house.Outside(
        clock=lambda: NOW,
        ids=lambda: f"id-{next(drawn)}",
        secret=lambda: f"secret-{next(drawn)}",
        wait=lambda _seconds: None,
        owner="test",
    )


def settings(folder, **sections):
    kept = {"url": f"sqlite:///{folder / 'kept' / 'dunnock.db'}", "key_file": str(folder / "keys")}
    return Config.model_validate({"store": kept, **sections})


def test_a_first_start_makes_what_is_missing_for_the_owner_alone(tmp_path):
    built = house.build(settings(tmp_path), outside())
    assert built.key_file_is_new
    database = tmp_path / "kept" / "dunnock.db"
    for path, mode in ((database.parent, 0o700), (database, 0o600), (tmp_path / "keys", 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    again = house.build(settings(tmp_path), outside())
    assert not again.key_file_is_new
    assert again.secret_key == built.secret_key


def test_another_key_signs_other_cookies(tmp_path):
    first = house.build(settings(tmp_path), outside())
    (tmp_path / "keys").unlink()
    assert house.build(settings(tmp_path), outside()).secret_key != first.secret_key


def connected(folder):
    """Build a house that keeps something sealed."""
    built = house.build(settings(folder), outside())
    with built.sessions.begin() as s:
        home = organisations.create(s, "Wren", "public", NOW)
        made = tokens.create(s, home, "xero", tokens.Tokens("access", "refresh"), NOW)
        consented = Consented("xero", "books", "tenant", "Wren", token_set_id=made)
        connections.connect(s, home, consented, NOW)
    return built


def test_a_lost_key_file_is_missed_and_not_replaced(tmp_path):
    connected(tmp_path)
    kept = (tmp_path / "keys").read_text()
    (tmp_path / "keys").unlink()
    with pytest.raises(house.SetUpError, match=r"^store\.key_file: .*put it back from its backup"):
        house.build(settings(tmp_path), outside())
    assert not (tmp_path / "keys").exists()
    (tmp_path / "keys").write_text(kept)
    (tmp_path / "keys").chmod(0o600)
    assert not house.build(settings(tmp_path), outside()).key_file_is_new


def test_keys_that_open_nothing_of_what_is_kept_are_refused(tmp_path):
    connected(tmp_path)
    kept = (tmp_path / "keys").read_text()
    (tmp_path / "keys").write_text(new_key() + "\n")
    with pytest.raises(house.SetUpError, match=r"^store\.key_file: .*sealed under other keys"):
        house.build(settings(tmp_path), outside())
    # Both, the newest first, is how keys are changed.
    (tmp_path / "keys").write_text(new_key() + "\n" + kept)
    built = house.build(settings(tmp_path), outside())
    built.tools.upkeep()
    newest = (tmp_path / "keys").read_text().splitlines()[0]
    (tmp_path / "keys").write_text(newest + "\n")
    again = house.build(settings(tmp_path), outside())
    with again.sessions() as s:
        (row,) = connections.all_live(s)
        assert row.tenant_id == "tenant"
        assert row.token_set_id is not None
        assert tokens.get(s, row.organisation_id, row.token_set_id).refresh == "refresh"


def test_the_environment_may_hold_the_keys_instead_of_a_file(tmp_path, monkeypatch):
    connected(tmp_path)
    monkeypatch.setenv("DUNNOCK_MASTER_KEYS", (tmp_path / "keys").read_text().strip())
    (tmp_path / "keys").unlink()
    built = house.build(settings(tmp_path), outside())
    with built.sessions() as s:
        assert len(connections.all_live(s)) == 1


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"store": {"url": "nonsense"}}, "store.url: Could not parse"),
        ({"store": {"url": "oracle9://x"}}, "store.url: Can't load plugin"),
        ({"mail": {"sender": "nobody"}}, "mail: sender: 'nobody' is no e-mail address"),
    ],
)
def test_what_cannot_be_built_from_is_named(tmp_path, sections, said):
    with pytest.raises(house.SetUpError) as caught:
        house.build(settings(tmp_path, **sections), outside())
    assert str(caught.value).startswith(said)


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "kept").touch()
    with pytest.raises(house.SetUpError, match=r"^store\.url: .*File exists"):
        house.build(settings(tmp_path), outside())


def test_a_database_of_a_later_version_is_refused_and_left_alone(tmp_path):
    built = house.build(settings(tmp_path), outside())
    with built.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(house.SetUpError, match=r"^store\.url: .*9999"):
        house.build(settings(tmp_path), outside())


def test_a_key_file_open_to_others_is_refused_with_the_fix(tmp_path):
    house.build(settings(tmp_path), outside())
    (tmp_path / "keys").chmod(0o644)
    with pytest.raises(house.SetUpError, match=r"^store\.key_file: .*chmod 600"):
        house.build(settings(tmp_path), outside())


def test_without_a_sender_every_reminder_is_refused_with_the_fix(tmp_path):
    channel = house.build(settings(tmp_path), outside()).tools.channel
    customer = Customer(Ref(Kind.CUSTOMER, "c1"), "Ada")
    with pytest.raises(RefusedError, match=r"set mail\.sender and mail\.host"):
        channel.send(None, customer, Organisation("Shop", "GBP", "Etc/UTC"), "key")  # type: ignore[arg-type]  # refused before it is read


def test_only_apps_that_are_registered_can_be_connected(tmp_path):
    known = {"client_id": "ours", "client_secret": "hush"}
    built = house.build(
        settings(tmp_path, xero=known, server={"public_url": "https://ar.example/"}), outside()
    )
    # Stripe needs no app: a restricted key can be pasted.
    assert set(built.opener.clients) == {"xero", "stripe"}
    client = built.opener.clients["xero"]
    assert client.redirect_uri == "https://ar.example/connect/xero/callback"
    assert "hush" not in repr(client)


def test_the_pages_and_the_door_are_one_app(tmp_path):
    pages = house.build(settings(tmp_path, xero={"webhook_keys": ["k"]}), outside()).pages()
    browser = pages.test_client()
    assert browser.get("/livez").text.strip() == "ok"
    assert browser.post("/webhooks/xero", data=b"{}").status_code == 401
    assert browser.get("/webhooks/nobody").status_code == 404


@pytest.mark.parametrize(
    ("sandbox", "environment", "accounts"),
    [
        (True, "sandbox", "https://sandbox-accounts.platform.intuit.com"),
        (False, "production", "https://accounts.platform.intuit.com"),
    ],
)
def test_development_keys_open_the_addresses_of_sandbox_companies(
    tmp_path, sandbox, environment, accounts
):
    app = {"client_id": "ours", "client_secret": "hush", "sandbox": sandbox}
    opener = house.build(settings(tmp_path, quickbooks=app), outside()).opener
    assert opener.clients["quickbooks"].environment == environment
    openid = opener.providers["quickbooks"].openid(opener.wire("quickbooks"))
    assert openid is not None
    assert openid.userinfo_url.startswith(f"{accounts}/")
    assert ("openid_sandbox_configuration" in openid.discovery_url) == sandbox
    asked: list[str] = []

    class Nowhere(HTTPAdapter):
        def send(self, request, *_args, **_options):
            asked.append(request.url or "")
            raise ConnectTimeout

    wire = replace(opener.wire("quickbooks"), adapter=Nowhere())
    with pytest.raises(RetryLaterError):
        opener.providers["quickbooks"].tenants(Access("4620", "token"), wire)
    assert asked[0].startswith("https://sandbox-quickbooks.api.intuit.com/v3/") == sandbox


def test_the_environment_of_stripes_app_follows_its_settings(tmp_path):
    worlds = [({}, "live"), ({"livemode": False}, "test"), ({"sandbox": True}, "sandbox")]
    for number, (more, environment) in enumerate(worlds):
        ours: dict[str, Any] = {"client_id": "ca_1", "channel": "chnlink_1", **more}
        built = house.build(settings(tmp_path / str(number), stripe=ours), outside())
        client = built.opener.clients["stripe"]
        assert (client.environment, client.channel) == (environment, "chnlink_1")
        assert client.live == (environment == "live")
