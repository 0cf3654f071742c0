"""The watched folder: files taken in without a page, whosever they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import watch as watching
from flows.bank import accounts, naming
from flows.watch import Watch
from ledger.documents import Organisation
from store import advices, bank_accounts, bank_files, exceptions, journal, organisations
from store.exceptions import ExceptionRow
from tests.flows.bank_notes import statement
from tests.flows.scene import TODAY, XERO, Scene, raised

BODY = statement((TODAY, TODAY), [(TODAY, 12_000, "ACME")])
CSV = b"Date;Text;Amount\n2026-03-09;ACME LTD;120.00\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Scene]:
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            scene.organisation_id = organisations.create(s, "Ash & Alder", "pub-ash", scene.now)
        yield scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a watched folder with one for the organisation in it."""
    (tmp_path / "drop" / "ash & alder").mkdir(parents=True)
    return tmp_path / "drop"


@pytest.fixture
def watch(home: Scene, folder: Path) -> Watch:
    return Watch(home.tools, folder)


def told(scene: Scene) -> list[ExceptionRow]:
    with scene.tools.sessions() as s:
        return exceptions.list_open(s, None, watching.TROUBLE)


def settle(watch: Watch) -> list[str]:
    """Look twice, so that what lies there has stayed as it is."""
    return [one.state for _ in range(2) for one in watch.look()]


def test_a_file_is_taken_in_once_it_has_settled(home: Scene, folder: Path, watch: Watch) -> None:
    path = folder / "ash & alder" / "march.sta"
    path.write_bytes(BODY[:40])
    assert watch.look() == []
    path.write_bytes(BODY)
    # It has changed since the last look: it may still be coming.
    assert watch.look() == []
    [taken] = watch.look()
    assert (taken.state, taken.told["new"], taken.name) == ("read", 1, "march.sta")
    assert watch.look() == []
    assert path.read_bytes() == BODY
    with home.tools.sessions() as s:
        [kept] = bank_files.latest(s, home.organisation_id, 9)
    assert kept.who == "watched folder"


def test_after_a_restart_nothing_is_taken_in_again(home: Scene, folder: Path, watch: Watch) -> None:
    (folder / "ash & alder" / "march.sta").write_bytes(BODY)
    assert settle(watch) == ["read"]
    (folder / "ash & alder" / "noise.sta").write_bytes(b"noise")
    assert settle(watch) == ["unreadable"]
    assert settle(Watch(home.tools, folder)) == []
    assert [one.times for one in home.exceptions("bank_file")] == [1]


def test_a_folder_for_an_account_says_which_account_its_files_are_of(
    home: Scene, folder: Path, watch: Watch
) -> None:
    with home.tools.sessions.begin() as s:
        till = accounts.add(s, home.organisation_id, "Till", "GBP", home.now)
        mapping = {"delimiter": ";", "day": "Date", "amount": "Amount"}
        bank_accounts.set_csv(s, home.organisation_id, till.id, mapping)
    place = folder / "ash & alder" / "till"
    place.mkdir()
    (place / "lines.csv").write_bytes(CSV)
    assert settle(watch) == ["read"]


def test_files_that_are_not_done_or_not_here_are_passed_over(folder: Path, watch: Watch) -> None:
    place = folder / "ash & alder"
    for name in (".hidden.sta", "march.sta.part"):
        (place / name).write_bytes(BODY)
    (folder / "outside.sta").write_bytes(BODY)
    (place / "link.sta").symlink_to(folder / "outside.sta")
    assert settle(watch) == []


def test_a_folder_of_nobody_is_told_once_and_closes_itself(
    home: Scene, folder: Path, watch: Watch
) -> None:
    wrong = folder / "oak"
    wrong.mkdir()
    (wrong / "march.sta").write_bytes(BODY)
    assert settle(watch) + settle(watch) == []
    [row] = told(home)
    assert "there is no organisation 'oak'; known are: Ash & Alder" in row.detail
    assert row.times == 1
    with home.tools.sessions.begin() as s:
        organisations.create(s, "Oak", "pub-oak", home.now)
    assert [one.state for one in watch.look()] == ["read"]
    assert told(home) == []


def test_what_is_taken_away_again_is_no_trouble(home: Scene, folder: Path, watch: Watch) -> None:
    wrong = folder / "oak"
    wrong.mkdir()
    (wrong / "march.sta").write_bytes(BODY)
    settle(watch)
    (wrong / "march.sta").unlink()
    watch.look()
    assert told(home) == []


def test_a_folder_that_is_not_there_is_told_until_it_is(home: Scene, tmp_path: Path) -> None:
    watch = Watch(home.tools, tmp_path / "nowhere")
    assert settle(watch) == []
    [row] = told(home)
    assert "nowhere is not there" in row.detail
    (tmp_path / "nowhere").mkdir()
    watch.look()
    assert told(home) == []


def test_a_file_beyond_all_measure_is_not_even_opened(
    home: Scene, folder: Path, watch: Watch
) -> None:
    path = folder / "ash & alder" / "endless.sta"
    path.touch()
    os.truncate(path, 30_000_000)
    assert settle(watch) == []
    assert "larger than 25 MB" in told(home)[0].detail


def test_a_file_named_in_another_encoding_is_taken_in_with_the_others(
    home: Scene, folder: Path, watch: Watch
) -> None:
    (folder / "ash & alder" / os.fsdecode(b"M\xe4rz.sta")).write_bytes(BODY)
    (folder / "ash & alder" / "noise.sta").write_bytes(b"noise")
    (folder / os.fsdecode(b"\xd6l")).mkdir()
    (folder / os.fsdecode(b"\xd6l") / os.fsdecode(b"M\xe4rz.sta")).write_bytes(BODY)
    assert settle(watch) == ["read", "unreadable"]
    with home.tools.sessions() as s:
        names = {one.name for one in bank_files.latest(s, home.organisation_id, 9)}
    assert names == {"M\ufffdrz.sta", "noise.sta"}
    [row] = told(home)
    assert "there is no organisation '\ufffdl'" in row.detail


def deny(monkeypatch: pytest.MonkeyPatch, denied: dict[Path, str]) -> None:
    """Have the system refuse what a worker without rights may not do; tests often have all."""

    def guarded(name: str) -> None:
        real = getattr(Path, name)

        def ask(path: Path, *args: object, **more: object) -> object:
            if denied.get(path) == name:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *args, **more)

        monkeypatch.setattr(Path, name, ask)

    for name in ("read_bytes", "iterdir", "stat"):
        guarded(name)


def test_what_cannot_be_read_is_told_and_keeps_nothing_else_out(
    home: Scene, folder: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut, place = folder / "oak", folder / "ash & alder"
    shut.mkdir()
    for name in ("a.sta", "c.sta"):
        (place / name).write_bytes(name.encode())
    denied = {place / "a.sta": "read_bytes", shut: "iterdir"}
    deny(monkeypatch, denied)
    assert settle(watch) + settle(watch) == ["unreadable"]
    found = {row.title.rpartition(" ")[2]: row.detail for row in told(home)}
    assert found.keys() == {"a.sta", "oak"}
    assert found["a.sta"] == "it cannot be read: Permission denied"
    assert found["oak"] == f"{shut} cannot be opened: Permission denied"
    denied.clear()
    assert settle(watch) == ["unreadable"]
    assert told(home) == []
    denied[folder] = "stat"
    assert settle(watch) == []
    assert "is not there" in told(home)[0].detail


def test_a_file_that_is_gone_since_it_was_listed_stands_in_no_way(folder: Path) -> None:
    assert watching._state(folder / "gone.sta") is None


def test_of_many_files_some_wait_for_the_next_look(
    folder: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FILES_MAX", 1)
    for name in ("a.sta", "b.sta"):
        (folder / "ash & alder" / name).write_bytes(name.encode())
    assert settle(watch) == ["unreadable"]
    assert [one.name for one in watch.look()] == ["b.sta"]


def test_an_organisation_is_known_by_its_id_or_by_a_name_of_its_own(home: Scene) -> None:
    with home.tools.sessions.begin() as s:
        assert naming.organisation(s, "pub-ash").id == home.organisation_id
        assert naming.organisation(s, "ASH & ALDER").id == home.organisation_id
        organisations.create(s, "Ash & Alder", "pub-ash-2", home.now)
        with pytest.raises(LookupError, match="name one: pub-ash, pub-ash-2"):
            naming.organisation(s, "Ash & Alder")


def test_an_account_is_known_by_its_number_or_by_a_name_of_its_own(home: Scene) -> None:
    ours = home.organisation_id
    with home.tools.sessions.begin() as s:
        with pytest.raises(LookupError, match="no bank account is called 'Till'; known are: none"):
            naming.account(s, ours, "Till")
        till = accounts.add(s, ours, "GB33 BUKB", "GBP", home.now)
        assert naming.account(s, ours, "gb33bukb").id == till.id
        accounts.add(s, ours, "GB33 BUKB", "EUR", home.now)
        with pytest.raises(LookupError, match="more than one bank account"):
            naming.account(s, ours, "GB33 BUKB")


PAID = b"Invoice;Paid (GBP)\nAA-1001;60.00\nAA-1002;40.00\nTotal;100.00\n"
EITHER = b"Date;Invoice;Amount\n2026-03-09;AA-1001;60.00\n2026-03-09;AA-1002;40.00\n"


@pytest.fixture
def ledger(home: Scene) -> Scene:
    """Know the ledger, whose currency lists are in."""
    with home.tools.sessions.begin() as s:
        organisations.save_ledger(s, home.organisation_id, Organisation("Ash", "GBP", "UTC"))
    return home


def trouble(scene: Scene) -> list[ExceptionRow]:
    """List what the organisation itself is told of its folder."""
    with scene.tools.sessions() as s:
        return exceptions.list_open(s, scene.organisation_id, watching.TROUBLE)


def totals(scene: Scene) -> list[str]:
    with scene.tools.sessions() as s:
        found = advices.latest(s, scene.organisation_id, 9)
        told = journal.read(s, scene.organisation_id, limit=99)
    assert sum(one.entry == "imported" for one in told) == len(found)
    return [str(one.advice.total) for one in found]


def test_an_advice_is_taken_in_and_known_after_a_restart(
    ledger: Scene, folder: Path, watch: Watch
) -> None:
    (folder / "ash & alder" / "paid.csv").write_bytes(PAID)
    assert settle(watch) == ["read"]
    assert watch.look() == []
    assert settle(Watch(ledger.tools, folder)) == ["known"]
    assert totals(ledger) == ["100.00 GBP"]
    assert trouble(ledger) == []


def test_what_may_be_either_is_asked_once_and_told_by_its_folder(
    ledger: Scene, folder: Path, watch: Watch
) -> None:
    path = folder / "ash & alder" / "list.csv"
    path.write_bytes(EITHER)
    assert settle(watch) + settle(watch) == ["asked"]
    [row] = trouble(ledger)
    assert (row.detail, row.times) == (
        "It may be a bank statement or a remittance advice.",
        1,
    )
    assert "into one called remittances" in row.fix
    place = folder / "ash & alder" / "Remittances"
    place.mkdir()
    path.rename(place / "list.csv")
    assert settle(watch) == ["read"]
    assert (trouble(ledger), totals(ledger)) == ([], ["100.00 GBP"])


def test_an_advice_that_cannot_be_read_is_told_until_a_better_one_lies_there(
    ledger: Scene, folder: Path, watch: Watch
) -> None:
    path = folder / "ash & alder" / "advice.pdf"
    path.write_bytes(b"%PDF-")
    assert settle(watch) + settle(watch) == ["unreadable"]
    [row] = trouble(ledger)
    assert row.detail.startswith("The PDF is damaged")
    assert "Ask the payer" in row.fix
    path.write_bytes(PAID)
    assert settle(watch) == ["read"]
    assert trouble(ledger) == []


def test_an_advice_waits_until_the_ledger_is_read(home: Scene, folder: Path, watch: Watch) -> None:
    (folder / "ash & alder" / "paid.csv").write_bytes(PAID)
    assert settle(watch) == ["later"]
    told_first = trouble(home)
    assert watch.look()[0].state == "later"
    # It is one trouble, however often it is looked at.
    assert [one.id for one in trouble(home)] == [one.id for one in told_first]
    assert [one.times for one in trouble(home)] == [1]
    with home.tools.sessions.begin() as s:
        organisations.save_ledger(s, home.organisation_id, Organisation("Ash", "GBP", "UTC"))
    assert [one.state for one in watch.look()] == ["read"]
    assert trouble(home) == []


def test_another_trouble_with_the_same_file_is_told_in_its_own_words(
    ledger: Scene, folder: Path, watch: Watch
) -> None:
    path = folder / "ash & alder" / "list.csv"
    path.write_bytes(EITHER)
    settle(watch)
    path.write_bytes(b"%PDF-")
    settle(watch)
    assert [one.detail.partition(",")[0] for one in trouble(ledger)] == ["The PDF is damaged"]
    os.truncate(path, 30_000_000)
    settle(watch)
    assert trouble(ledger) == []
    assert "larger than 25 MB" in told(ledger)[0].detail
