"""The commands as a person at a terminal gives them: what they print, change and end with."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

import app
import house
from config import load
from connector.protocol import Found, Notice
from ledger.documents import Invoice, Kind, Ref, Status
from ledger.money import Money
from store import connections, inbox, journal, mirror, organisations
from store.connections import Consented
from tests.running import COMMAND, HOME, environment

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
COMMANDS = app.main.every()
STORED = ("doctor", "import", "migrate", "replay", "run", "serve", "sign-in", "verify", "work")
WORDS = {
    "import": ["config.toml", "--organisation", "x"],
    "replay": ["1"],
    "sign-in": ["ann@example.com"],
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Stand in an empty folder, with no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    # Set once by hand, so that what --config sets is undone as well.
    monkeypatch.setenv(app.CONFIG, "config.toml")
    (tmp_path / "config.toml").touch()
    return tmp_path


def dunnock(*words):
    return CliRunner().invoke(app.main, words)


def built():
    """Open the same store as the commands do."""
    outside = house.Outside(lambda: NOW, lambda: "id", lambda: "secret", lambda _s: None, "test")
    return house.build(load(None, {}), outside)


@pytest.fixture
def ours():
    """Furnish an organisation with a connection, an event and three journal entries."""
    with built().sessions.begin() as s:
        made = organisations.create(s, "Reed & Sons", "pub-reed", NOW)
        connections.connect(s, made, Consented("xero", "books", "tenant-1", "Reed"), NOW)
        told = Notice("e-1", "tenant-1", Kind.INVOICE, "i-1", "UPDATE", raw="{}")
        inbox.keep(s, "xero", [told], NOW)
        for number in range(3):
            journal.write(s, made, "decided", who="rules", text=f"entry {number}", now=NOW)
    return made


def test_no_command_loads_what_another_needs():
    heavy = "flask, sqlalchemy, granian, stripe, pydantic, rich, structlog, sandbox, worlds"
    code = f"import sys, app; print([one for one in '{heavy}'.split(', ') if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_shows_an_example_and_every_option_explains_itself(command):
    done = dunnock(command, "--help")
    assert done.exit_code == 0
    assert f"Example: dunnock {command}" in done.output
    options = [one for one in COMMANDS[command].params if one.param_type_name == "option"]
    assert [one.name for one in options if not one.help] == []


def test_help_lists_the_exit_codes():
    said = dunnock("--help").output
    assert re.findall(r"^ +([0-9])  ", said, re.MULTILINE) == ["0", "1", "2"]


def test_migrate_makes_everything_in_an_empty_folder_and_again_changes_nothing(here):
    first = dunnock("migrate")
    assert first.exit_code == 0
    assert "The database is at the newest version." in first.stdout
    assert "Back it up apart from the database" in first.stderr
    assert (here / ".dunnock" / "dunnock.db").exists()
    key = (here / ".dunnock" / "keys").read_text("utf-8")
    again = dunnock("migrate", "--json")
    assert (again.exit_code, again.stderr) == (0, "")
    assert json.loads(again.stdout)["tables"]
    assert (here / ".dunnock" / "keys").read_text("utf-8") == key


def test_a_sign_in_link_signs_in_once():
    link = dunnock("sign-in", "Ann@Example.com").stdout.strip()
    assert link.startswith("http://127.0.0.1:8710/sign-in/")
    path = link.removeprefix("http://127.0.0.1:8710")
    pages = app.pages()
    browser = pages.test_client()
    form = browser.get(path).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    sent = {"csrf_token": token[1]}
    assert browser.post(path, data=sent).location == "/organisations"
    assert browser.get("/organisations").status_code == 200
    assert browser.post(path, data=sent).status_code in (400, 403)
    assert pages.test_client().get("/organisations").location.startswith("/sign-in")


def test_a_sign_in_link_as_json():
    assert "/sign-in/" in json.loads(dunnock("sign-in", "a@b.example", "--json").stdout)["link"]


def test_nobody_is_signed_in_at_what_is_no_address(here):
    done = dunnock("sign-in", "ann")
    assert done.exit_code == 2
    assert "EMAIL: 'ann' is no e-mail address" in done.stderr
    assert not (here / ".dunnock").exists()


@pytest.mark.usefixtures("ours")
def test_replay_makes_a_dead_event_new(here):
    with built().sessions.begin() as s:
        assert inbox.failed(s, 1, NOW, "the books did not answer", attempts_max=1)
        assert inbox.counts(s) == {"dead": 1}
    done = dunnock("replay", "1")
    assert (done.exit_code, done.stdout) == (0, "Event 1 will be worked off again.\n")
    with built().sessions.begin() as s:
        assert inbox.counts(s) == {"new": 1}
    assert json.loads(dunnock("replay", "1", "--json").stdout) == {"event": 1}
    assert (here / ".dunnock").exists()


@pytest.mark.usefixtures("ours")
def test_replay_says_why_not():
    unknown = dunnock("replay", "77")
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: there is no event 77 in the inbox\n")
    with built().sessions.begin() as s:
        told = Notice("e-2", "stranger", Kind.INVOICE, "i-1", "UPDATE", raw="{}")
        inbox.keep(s, "xero", [told], NOW)
    nobody = dunnock("replay", "2")
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "event 2 belongs to nobody who is connected" in nobody.stderr
    assert dunnock("replay", "first").exit_code == 2


STATEMENT = """\
:20:STATEMENT
:25:GB33BUKB20201555555555
:28C:7/1
:60F:C260309GBP1000,00
:61:2603090309C120,00NTRFNONREF//B1
:86:ACME LTD INV-1001
:62F:C260309GBP1120,00
-
"""


@pytest.mark.usefixtures("ours")
def test_import_takes_files_in_and_says_what_came_of_each(here):
    (here / "march.sta").write_text(STATEMENT, "utf-8")
    (here / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    done = dunnock("import", "march.sta", "--organisation", "Reed & Sons")
    assert done.exit_code == 0
    assert "march.sta: 1 of 1 lines are new." in done.stdout
    both = dunnock("import", "march.sta", "holiday.jpg", "--organisation", "pub-reed", "--json")
    assert both.exit_code == 1
    known, refused = json.loads(both.stdout)
    assert (known["state"], refused["state"]) == ("known", "unreadable")
    assert "picture" in refused["said"]


@pytest.mark.usefixtures("ours")
def test_import_asks_what_a_file_is_that_may_be_either(here):
    (here / "list.csv").write_text("Date;Invoice;Amount\n2026-03-09;AA-1;60.00\n", "utf-8")
    done = dunnock("import", "list.csv", "--organisation", "pub-reed")
    assert done.exit_code == 1
    assert "It may be a bank statement or a remittance advice." in done.stdout
    assert done.stderr == "Say which with --as bank or --as remittance.\n"
    done = dunnock("import", "list.csv", "--organisation", "pub-reed", "--as", "bank", "--json")
    assert (done.exit_code, json.loads(done.stdout)[0]["state"]) == (1, "waiting")
    assert done.stderr == ""
    assert dunnock("import", "list.csv", "--organisation", "x", "--as", "advice").exit_code == 2


@pytest.mark.usefixtures("ours")
def test_import_says_which_names_there_are(here):
    (here / "march.sta").write_text(STATEMENT, "utf-8")
    done = dunnock("import", "march.sta", "--organisation", "Reed")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no organisation 'Reed'; known are: Reed & Sons" in done.stderr
    done = dunnock("import", "march.sta", "--organisation", "pub-reed", "--account", "Till")
    assert done.exit_code == 2
    assert "no bank account is called 'Till'" in done.stderr
    assert dunnock("import", "gone.sta", "--organisation", "pub-reed").exit_code == 2


def test_verify_finds_the_journal_whole(ours):
    done = dunnock("verify")
    assert (done.exit_code, done.stdout) == (0, "Every journal is whole (1).\n")
    assert json.loads(dunnock("verify", "--json").stdout) == {"organisations": 1, "broken": {}}
    assert ours == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE journal SET text = 'nothing happened' WHERE seq = 2", "journal entry 2 of"),
        ("DELETE FROM journal WHERE seq = 3", "ends early, after entry 2"),
        ("DELETE FROM journal WHERE seq = 1", "journal entry 1 of"),
    ],
)
def test_verify_finds_who_went_around_the_trigger(here, ours, change, said):
    with sqlite3.connect(here / ".dunnock" / "dunnock.db") as file:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            file.execute(change)
        for verb in ("update", "delete"):
            file.execute(f"DROP TRIGGER journal_no_{verb}")
        assert file.execute(change).rowcount == 1
    file.close()
    done = dunnock("verify")
    assert done.exit_code == 1
    assert said in done.stdout
    found = json.loads(dunnock("verify", "--json").stdout)
    assert said in found["broken"][str(ours)]


def test_verify_finds_what_is_not_found_by_its_number_and_mends_it(here, ours):
    with built().sessions.begin() as s:
        [books] = connections.of_organisation(s, ours)
        day = NOW.date()
        paper = Invoice(
            *(Ref(Kind.INVOICE, "i-1"), "INV-1001", "c-1", day, day),
            *(Money(100, "GBP"), Money(100, "GBP"), Status.OPEN),
        )
        mirror.save(s, ours, books.id, [Found(paper, "{}")], NOW)
    assert dunnock("verify").exit_code == 0
    with sqlite3.connect(here / ".dunnock" / "dunnock.db") as file:
        assert file.execute("DELETE FROM matching_key").rowcount == 1
    file.close()
    done = dunnock("verify")
    assert done.exit_code == 1
    assert "1 documents were not found by their numbers" in done.stdout
    assert dunnock("verify").exit_code == 0


@pytest.mark.parametrize("command", STORED)
def test_no_command_begins_with_a_wrong_configuration(here, command):
    (here / "config.toml").write_text("[server]\nprot = 1\n", "utf-8")
    done = dunnock(command, *WORDS.get(command, []))
    assert done.exit_code == 2
    assert done.stderr == "Error: server.prot: no such key; did you mean server.port?\n"
    assert not (here / ".dunnock").exists()


@pytest.mark.parametrize("command", sorted({*STORED} - {"doctor"}))
def test_no_command_begins_with_a_store_that_cannot_be_opened(here, command):
    (here / "config.toml").write_text('[store]\nurl = "nonsense"\n', "utf-8")
    done = dunnock(command, *WORDS.get(command, []))
    assert done.exit_code == 2
    assert "Error: store.url: Could not parse" in done.stderr
    assert "dunnock doctor" in done.stderr


def test_another_configuration_is_named_on_the_command_line(here):
    (here / "other.toml").write_text(f'[store]\nkey_file = "{here}/elsewhere"\n', "utf-8")
    assert dunnock("--config", "other.toml", "migrate").exit_code == 0
    assert (here / "elsewhere").exists()
    done = dunnock("--config", "missing.toml", "migrate")
    assert done.exit_code == 2
    assert "missing.toml: cannot be read" in done.stderr


def test_with_no_configuration_at_all_the_defaults_hold(here, monkeypatch):
    monkeypatch.delenv(app.CONFIG)
    (here / "config.toml").unlink()
    assert dunnock("migrate").exit_code == 0
    assert (here / ".dunnock" / "dunnock.db").exists()


@pytest.mark.parametrize("words", [["nonsense"], ["verify", "--jsn"], ["replay"]])
def test_wrong_words_end_with_two(words):
    assert dunnock(*words).exit_code == 2


def test_the_console_script_passes_its_exit_code_on(here):
    done = subprocess.run(
        [*COMMAND, "--config", "missing.toml", "verify"],
        cwd=here,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: missing.toml: cannot be read")
