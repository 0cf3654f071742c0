"""The doctor: a healthy house has no fault, and each check is seen failing once, with its fix."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import app
import doctor
import house
from config import Config
from connector.protocol import Notice
from ledger.documents import Kind
from sandbox.mail import Mailbox, MailSink
from sandbox.shelf import Shelf
from store import connections, inbox, journal, organisations
from store.connections import Consented

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
APP = {"client_id": "ours", "webhook_keys": ["key"]}


def outside(now=NOW):
    return house.Outside(lambda: now, lambda: "id", lambda: "secret", lambda _s: None, "test")


@pytest.fixture
def sink():
    made = MailSink(Mailbox(Shelf(), lambda: NOW))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def config(tmp_path, sink):
    """Write the configuration of a house in good order."""

    def write(**sections):
        kept = {"url": f"sqlite:///{tmp_path / 'dunnock.db'}", "key_file": str(tmp_path / "keys")}
        mail = {"host": sink.host, "port": sink.port, "security": "none", "sender": "a@b.example"}
        known = {
            "server": {"public_url": "https://ar.example"},
            "store": kept,
            "mail": mail,
            "xero": APP,
            "quickbooks": APP,
            "stripe": {"client_id": "ca_ours", "webhook_secrets": ["whsec"]},
        }
        merged = {name: {**known[name], **sections.get(name, {})} for name in known}
        return Config.model_validate(merged)

    return write


@pytest.fixture
def furnished(config):
    """Give a house with one connected organisation that has a journal."""
    built = house.build(config(), outside())
    with built.sessions.begin() as s:
        ours = organisations.create(s, "Reed & Sons", "pub-reed", NOW)
        connections.connect(s, ours, Consented("xero", "books", "tenant-1", "Reed's books"), NOW)
        journal.write(s, ours, "decided", who="rules", text="an entry", now=NOW)
        told = Notice("e-1", "tenant-1", Kind.INVOICE, "i-1", "UPDATE", raw="{}")
        inbox.keep(s, "xero", [told], NOW)
    return built


def faults(config, now=NOW):
    return {one.name: one for one in doctor.examine(config, outside(now)) if not one.ok}


def only(config, name, now=NOW):
    """Give the one fault there is; the house is in order otherwise."""
    found = faults(config, now)
    assert list(found) == [name]
    assert found[name].fix
    return found[name]


def test_a_house_in_good_order_has_no_fault(config, furnished):
    found = doctor.examine(config(), outside())
    assert [one for one in found if not one.ok] == []
    names = [one.name for one in found]
    assert {"xero: Reed's books", "Reed & Sons: journal", "Reed & Sons: exceptions"} <= set(names)
    assert len(names) == len(set(names)) >= 18
    assert furnished.key_file_is_new


def test_an_old_python(config, monkeypatch):
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(version_info=(3, 10, 4, "final", 0)))
    assert only(config(), "Python").found == "3.10.4"
    assert sys.version_info >= (3, 11)


def test_a_database_in_no_folder(config, tmp_path):
    (tmp_path / "file").touch()
    found = faults(config(store={"url": f"sqlite:///{tmp_path / 'file' / 'x.db'}"}))
    assert set(found) == {"Database", "Store"}
    assert str(tmp_path / "file") in found["Database"].fix
    assert found["Store"].found.startswith("store.url: ")


def test_a_database_address_that_is_none(config):
    found = faults(config(store={"url": "nonsense"}))
    assert "sqlite:////var/lib" in found["Database"].fix
    assert "store.url" in found["Store"].found


def test_another_databases_password_is_not_shown(config):
    found = doctor.examine(config(store={"url": "oracle9://ann:hush@db/x"}), outside())
    assert "hush" not in repr(found)
    assert any(one.name == "Database" and "ann:***@db" in one.found for one in found)


def test_a_full_disk(config, monkeypatch):
    full = SimpleNamespace(free=199 * doctor.MEGABYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    assert only(config(), "Disk").found == "199 MB free"


@pytest.fixture
def without_zones(tmp_path):
    """Take the system's time zone data away, and bring it back."""
    zoneinfo.reset_tzpath([str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.usefixtures("without_zones")
def test_no_time_zones(config):
    assert "tzdata" in only(config(), "Time zones").fix


def test_a_public_address_without_tls(config):
    found = only(config(server={"public_url": "http://ar.example"}), "Public address")
    assert "https" in found.fix
    assert faults(config(server={"public_url": "http://localhost:8710"})) == {}


def test_a_key_file_open_to_others(config, tmp_path):
    house.build(config(), outside())
    (tmp_path / "keys").chmod(0o640)
    found = faults(config())
    assert set(found) == {"Key file", "Store"}
    assert found["Key file"].fix == f"Run: chmod 600 {tmp_path / 'keys'}"


def test_no_sender(config):
    assert "mail.sender" in only(config(mail={"sender": ""}), "Mail").fix


def test_a_sender_that_is_no_address(config):
    assert "is no e-mail address" in only(config(mail={"sender": "nobody"}), "Store").found


@pytest.mark.parametrize(
    "wrong",
    [{"port": 1}, {"security": "starttls"}, {"username": "ann", "password": "hush"}],
    ids=["nobody there", "no TLS", "no sign-in"],
)
def test_a_mail_server_that_does_not_take_reminders(config, wrong):
    found = only(config(mail=wrong), "Mail")
    assert "[mail]" in found.fix
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("section", "key", "name"),
    [
        ("xero", "webhook_keys", "Xero"),
        ("quickbooks", "webhook_keys", "QuickBooks"),
        ("stripe", "webhook_secrets", "Stripe"),
    ],
)
def test_an_app_that_hears_nothing(config, section, key, name):
    assert f"{section}.{key}" in only(config(**{section: {key: []}}), name).fix
    assert faults(config(**{section: {key: [], "client_id": ""}})) == {}


def test_tables_of_a_later_version(config, furnished):
    with furnished.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "9999" in only(config(), "Store").found


def test_a_dead_event(config, furnished):
    with furnished.sessions.begin() as s:
        inbox.failed(s, 1, NOW, "the books did not answer", attempts_max=1)
    found = only(config(), "Inbox")
    assert (found.found, "dunnock replay" in found.fix) == ("1 dead", True)


def test_news_of_a_stranger_is_told_and_is_no_fault(config, furnished):
    told = Notice("e-2", "stranger", Kind.INVOICE, "i-1", "UPDATE", raw="{}")
    with furnished.sessions.begin() as s:
        inbox.keep(s, "xero", [told], NOW)
    found = [one for one in doctor.examine(config(), outside()) if "unknown_tenant" in one.name]
    assert [(one.ok, "nobody here connected" in one.found) for one in found] == [(True, True)]


@pytest.mark.usefixtures("furnished")
def test_work_that_nobody_does(config):
    assert faults(config(), NOW + timedelta(minutes=14)) == {}
    found = only(config(), "Worker", NOW + timedelta(minutes=16))
    assert "dunnock work" in found.fix


def test_a_connection_whose_consent_ended(config, furnished):
    with furnished.sessions.begin() as s:
        connections.set_state(s, 1, connections.NEEDS_RECONNECT, "consent ended")
    assert only(config(), "xero: Reed's books").found == connections.NEEDS_RECONNECT


@pytest.mark.usefixtures("furnished")
def test_a_lost_key_file(config, tmp_path):
    (tmp_path / "keys").unlink()
    found = only(config(), "Store")
    assert "put it back" in found.found
    assert not (tmp_path / "keys").exists()


def test_a_value_that_does_not_open(config, furnished):
    with furnished.engine.begin() as connection:
        sealed = connection.exec_driver_sql("SELECT tenant FROM connection").scalar_one()
        connection.exec_driver_sql("UPDATE connection SET tenant = ?", (sealed + b"x",))
    assert "does not open" in only(config(), "Keys").found


def test_metered_reads_that_near_their_limit(config, furnished):
    name = "QuickBooks Online: metered reads"
    with furnished.engine.begin() as connection:
        for month, metered in (("2026-03-01", 399_999), ("2026-02-01", 500_000)):
            connection.exec_driver_sql(
                "INSERT INTO call_count (organisation_id, provider, month, calls, metered) "
                "VALUES (1, 'quickbooks', ?, 500000, ?)",
                (month, metered),
            )
    (found,) = [one for one in doctor.examine(config(), outside()) if one.name == name]
    assert (found.ok, found.found) == (True, "399999 of 500000 this month")
    with furnished.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE call_count SET metered = 400000 WHERE month > '2026-02'")
    assert "larger tier" in only(config(), name).fix


@pytest.mark.usefixtures("furnished")
def test_a_changed_journal(config, tmp_path):
    with sqlite3.connect(tmp_path / "dunnock.db") as file:
        file.execute("DROP TRIGGER journal_no_update")
        file.execute("UPDATE journal SET who = 'nobody'")
    file.close()
    assert "journal entry 1" in only(config(), "Reed & Sons: journal").found


def test_the_command_shows_fault_and_fix_and_ends_with_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(app.CONFIG, raising=False)
    table = CliRunner().invoke(app.main, ["doctor"])
    assert table.exit_code == 1
    assert "FAULT" in table.output
    assert "mail.sender" in table.output
    listed = json.loads(CliRunner().invoke(app.main, ["doctor", "--json"]).stdout)
    assert [one["name"] for one in listed if not one["ok"]] == ["Mail"]
    assert set(listed[0]) == {"name", "ok", "found", "fix"}


def test_the_command_ends_with_nothing_when_all_is_well(tmp_path, monkeypatch, sink):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(app.CONFIG, raising=False)
    (tmp_path / "config.toml").write_text(
        f'[mail]\nsender = "a@b.example"\nsecurity = "none"\nhost = "{sink.host}"\n'
        f"port = {sink.port}\n",
        "utf-8",
    )
    done = CliRunner().invoke(app.main, ["doctor"])
    assert (done.exit_code, "FAULT" in done.output) == (0, False)
