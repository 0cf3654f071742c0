"""`dunnock run` as on a machine: pages and door by granian, the worker beside, Xero on loopback."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

import app
from sandbox.post import over_http
from sandbox.shelf import Post, Shelf
from sandbox.xero import XeroStandIn
from tests.running import Running, get, running, wait_for
from worlds.browser import Browser
from worlds.town import door, serve

KEY = "hook-key"
SETTINGS = """
[xero]
client_id = "xero-app"
client_secret = "xero-secret"
webhook_keys = ["hook-key"]
addresses = {{ login = "{url}", identity = "{url}", api = "{url}" }}
"""


def machine_time() -> datetime:
    """Both sides live by the machine's clock: the product is another process."""
    return datetime.fromtimestamp(time.time(), UTC)


class Ledger:
    """A Xero on loopback with one organisation, one customer and one invoice."""

    def __init__(self) -> None:
        at = door()
        self.url = f"http://127.0.0.1:{at.getsockname()[1]}"
        self.standin = XeroStandIn(
            Shelf(),
            machine_time,
            client_id="xero-app",
            client_secret="xero-secret",
            webhook_key=KEY,
            public_url=self.url,
        )
        self.tenant = self.standin.add_organisation(
            "Harbour Supplies Ltd", "!h4rb", "GBP", "GMTSTANDARDTIME", "GB"
        )
        self.standin.add_account(self.tenant, "Current account", "090")
        self.contact = self.standin.add_contact(self.tenant, "Ridge & Sons", "ap@ridge.example")
        self.bill("INV-1")
        serve(self.standin.app, at)

    def bill(self, number: str) -> None:
        day = machine_time().date()
        due = day + timedelta(days=14)
        self.standin.raise_invoice(
            self.tenant, self.contact, number, day, due, "120.00", "GBP", None
        )


def column(house: Running, question: str) -> list[str]:
    """Ask the product's own database file."""
    path = house.home / ".dunnock" / "dunnock.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as database:
        found = [str(row[0]) for row in database.execute(question)]
    database.close()
    return found


def numbers(house: Running) -> set[str]:
    return set(column(house, "SELECT number FROM invoice"))


def states(house: Running) -> set[str]:
    return set(column(house, "SELECT state FROM inbox"))


def signed_in(house: Running) -> Browser:
    made = CliRunner().invoke(app.main, ["sign-in", "ann@harbour.example"])
    browser = Browser(requests.Session(), f"http://127.0.0.1:{house.port}")
    browser.open(made.stdout.strip())
    browser.submit("/sign-in/")
    return browser


def look_at_pages(house: Running) -> None:
    """Every answer has its headers, also those of files, and style sheets are there."""
    status, headers, page = get(house.port, "/sign-in")
    assert status == 200
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert len(sheets) == 2
    for path in sheets:
        status, of_file, text = get(house.port, path)
        assert (status, of_file["content-type"]) == (200, "text/css; charset=utf-8")
        assert "{" in text
        assert of_file["cache-control"] == "public, max-age=3600"
        assert of_file["content-security-policy"] == headers["content-security-policy"]
    policy = headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-cache, no-store"
    assert get(house.port, "/o/nobody/today")[0] in (302, 404)


def test_from_consent_to_a_webhook_worked_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(app.CONFIG, raising=False)
    ledger = Ledger()
    door = "/webhooks/xero"
    with running(tmp_path, SETTINGS.format(url=ledger.url)) as house:
        look_at_pages(house)
        browser = signed_in(house)
        browser.submit("/connect/xero")
        browser.submit("", tenant=ledger.tenant, decision="allow")
        assert "Harbour Supplies Ltd" in browser.text
        wait_for(lambda: "INV-1" in numbers(house), "the first sync to read INV-1")

        carry = over_http(f"http://127.0.0.1:{house.port}{door}")
        forged = Post(0, machine_time(), 0, {"x-xero-signature": "AAAA"}, b"{}", "waiting")
        assert carry(forged) == 401
        assert ledger.standin.send_intent_to_receive(carry)
        assert states(house) == set()

        ledger.bill("INV-2")
        assert ledger.standin.deliver(carry) >= 1
        assert states(house) != set()
        wait_for(lambda: "INV-2" in numbers(house), "the worker to read INV-2")
        wait_for(lambda: states(house) == {"done"}, "the inbox to be worked off")
        assert house.end() == 0
        assert get(house.port, "/livez")[0] == 0
        assert "Traceback" not in house.said


def test_when_one_part_dies_both_end_and_the_reason_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        wait_for(lambda: "Working." in house.said, "the worker to start")
        parts = house.parts()
        assert set(parts) == {"serve", "work"}
        os.kill(parts["serve"], signal.SIGKILL)
        assert house.process.wait(60) == 1
        assert "Error: serve ended with code -9; the rest was stopped" in house.said
        assert not any(Path(f"/proc/{part}").exists() for part in parts.values())
        assert get(house.port, "/livez")[0] == 0


def test_when_the_whole_is_killed_no_part_lives_on(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        wait_for(lambda: "Working." in house.said, "the worker to start")
        parts = house.parts()
        assert set(parts) == {"serve", "work"}
        house.process.kill()
        house.process.wait(60)
        wait_for(
            lambda: not any(Path(f"/proc/{part}").exists() for part in parts.values()),
            "the parts to end",
        )
        assert get(house.port, "/livez")[0] == 0
