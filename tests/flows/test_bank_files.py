"""Bank files: taken in once, told once, and a person asked wherever something is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector import bankfile
from connector.bankfile import Reading
from flows.bank import accounts, files, lines
from flows.bank.files import File
from flows.bank.taken import KNOWN, Taken
from ledger.documents import Receipt, Source, Status
from ledger.money import Money
from ledger.statements import BankLine, Statement
from store import bank_accounts, bank_files, bank_lines, connections, journal, mirror, organisations
from store.bank_accounts import BankAccountRow
from store.bank_lines import LineRow
from store.connections import Consented
from tests import statements
from tests.flows.bank_notes import ACCOUNT, OPENING, hand_in, statement
from tests.flows.scene import TODAY, XERO, Scene, raised

MONDAY = TODAY - timedelta(days=1)
ACME = (MONDAY, 12_000, "ACME LTD INV-1001")
BETA = (MONDAY, 5_000, "BETA GMBH")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Scene]:
    """Give an organisation with books that nobody calls, and no bank account yet."""
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            ours = organisations.create(s, "Ash & Alder", "pub-ash", scene.now)
            books = Consented("xero", "books", "tenant-1", "Ash & Alder")
            connections.connect(s, ours, books, scene.now)
        scene.organisation_id = ours
        yield scene


def account(scene: Scene) -> BankAccountRow:
    with scene.tools.sessions() as s:
        [found] = bank_accounts.everyone(s, scene.organisation_id)
    return found


def claim(scene: Scene, ledger_account: str = "090") -> BankAccountRow:
    """Say that the one account is ours."""
    key = account(scene).id
    with scene.tools.sessions.begin() as s:
        return accounts.claim(
            s,
            scene.organisation_id,
            key,
            name="Current account",
            ledger_account=ledger_account,
            who="ann",
            now=scene.now,
        )


def receipts(scene: Scene) -> list[Receipt]:
    """List the receipts that the bank told of, in sight of the rules, with something left."""
    with scene.tools.sessions() as s:
        found = statements.receipts(s, scene.organisation_id)
    return [one for one in found if one.status is Status.OPEN and one.unapplied]


def doubted(scene: Scene) -> list[LineRow]:
    with scene.tools.sessions() as s:
        return bank_lines.doubted(s, scene.organisation_id)


def counts(taken: Taken) -> tuple[str, int, int, int]:
    return taken.state, taken.lines, taken.new, taken.doubted


def test_a_file_of_an_unknown_account_waits_for_a_persons_word(home: Scene) -> None:
    taken = hand_in(home, statement((MONDAY, MONDAY), [ACME, BETA]))
    assert counts(taken) == ("read", 2, 2, 0)
    assert taken.asked == (ACCOUNT,)
    [told] = home.exceptions("bank_account")
    assert ACCOUNT in told.title
    assert receipts(home) == []
    claim(home)
    assert home.exceptions("bank_account") == []
    acme, beta = receipts(home)
    assert (acme.amount, acme.text, acme.received) == (Money(12_000, "GBP"), ACME[2], MONDAY)
    assert (beta.status, beta.unapplied) == ("open", Money(5_000, "GBP"))
    # Another file of the account is no question any more.
    later = statement((TODAY, TODAY), [], opening=OPENING + 17_000)
    assert hand_in(home, later).asked == ()


def test_an_account_that_is_none_of_ours_stays_out_of_sight(home: Scene) -> None:
    hand_in(home, statement((MONDAY, MONDAY), [ACME]))
    with home.tools.sessions.begin() as s:
        accounts.refuse(s, home.organisation_id, account(home).id, who="ann", now=home.now)
    assert home.exceptions() == []
    hand_in(home, statement((TODAY, TODAY), [BETA], opening=OPENING + 12_000))
    assert home.exceptions() == []
    assert receipts(home) == []


def test_the_same_file_again_changes_nothing(home: Scene) -> None:
    body = statement((MONDAY, MONDAY), [ACME, BETA])
    first = hand_in(home, body)
    claim(home)
    again = hand_in(home, body, "copy of march.sta")
    assert (again.state, again.file_id) == (KNOWN, first.file_id)
    assert "march.sta" in again.said
    assert len(receipts(home)) == 2
    with home.tools.sessions() as s:
        told = journal.read(s, home.organisation_id, limit=9)
        assert [one.entry for one in told] == ["changed", "settled", "imported"]
        assert bank_files.body(s, home.organisation_id, first.file_id) == body


def test_overlapping_files_tell_each_line_once(home: Scene) -> None:
    tuesday = (TODAY, 700, "GAMMA")
    hand_in(home, statement((MONDAY, MONDAY), [ACME, ACME]))
    claim(home)
    week = statement((MONDAY, TODAY), [ACME, ACME, tuesday])
    assert counts(hand_in(home, week)) == ("read", 3, 1, 0)
    assert [one.amount.minor for one in receipts(home)] == [12_000, 12_000, 700]
    assert home.exceptions() == []


def test_equal_lines_in_two_statements_of_one_file_are_two(home: Scene) -> None:
    first = statement((MONDAY, MONDAY), [ACME], number="1/1")
    second = statement((MONDAY, MONDAY), [ACME], number="2/1", opening=OPENING + 12_000)
    taken = hand_in(home, first + b"\n" + second)
    assert (taken.statements, taken.new) == (2, 2)


def test_a_line_in_other_words_waits_for_a_person(home: Scene) -> None:
    hand_in(home, statement((MONDAY, MONDAY), [ACME]))
    claim(home)
    other = statement((MONDAY, MONDAY), [(MONDAY, 12_000, "FPS CREDIT ACME")], number="9")
    assert counts(hand_in(home, other)) == ("read", 1, 0, 1)
    [told] = home.exceptions("bank_line_twice")
    assert "FPS CREDIT ACME" in told.detail
    assert len(receipts(home)) == 1
    settle(home, same=True)
    assert home.exceptions("bank_line_twice") == []
    assert len(receipts(home)) == 1
    with pytest.raises(ValueError, match="reload the page"):
        settle(home, same=True, key=1)
    # What is the same money is not asked about again, in whichever words it comes.
    for number, words in (("10", "ACME LTD INV-1001"), ("11", "FPS CREDIT ACME")):
        again = statement((MONDAY, TODAY), [(MONDAY, 12_000, words)], number=number)
        assert counts(hand_in(home, again)) == ("read", 1, 0, 0)


def settle(scene: Scene, *, same: bool, key: int | None = None) -> None:
    wanted = doubted(scene)[0].id if key is None else key
    with scene.tools.sessions.begin() as s:
        lines.settle(s, scene.organisation_id, wanted, same=same, who="ann", now=scene.now)


def test_a_doubted_line_that_is_money_of_its_own_is_a_receipt(home: Scene) -> None:
    hand_in(home, statement((MONDAY, MONDAY), [ACME]))
    claim(home)
    hand_in(home, statement((MONDAY, MONDAY), [(MONDAY, 12_000, "FPS CREDIT")], number="9"))
    settle(home, same=False)
    assert [one.text for one in receipts(home)] == [ACME[2], "FPS CREDIT"]
    with home.tools.sessions() as s:
        assert journal.read(s, home.organisation_id, limit=1)[0].entry == "settled"


def test_a_gap_between_statements_is_told_until_it_is_filled(home: Scene) -> None:
    sunday, today = MONDAY - timedelta(days=1), TODAY
    hand_in(home, statement((sunday, sunday), [(sunday, 100, "x")]))
    claim(home)
    after = statement((today, today), [(today, 1, "y")], opening=OPENING + 12_100)
    hand_in(home, after)
    [told] = home.exceptions("bank_gap")
    assert "120.00 GBP" in told.title
    missing = statement((MONDAY, MONDAY), [ACME], opening=OPENING + 100)
    hand_in(home, missing)
    assert home.exceptions("bank_gap") == []


def test_lines_that_do_not_make_the_closing_balance_are_told(home: Scene) -> None:
    body = statement((MONDAY, MONDAY), [ACME]).replace(b"1120,00", b"1125,00")
    hand_in(home, body)
    claim(home)
    [told] = home.exceptions("bank_gap")
    assert "5.00 GBP" in told.title
    assert "closing balance" in told.detail
    # The lines that are there count all the same.
    assert len(receipts(home)) == 1


def test_what_cannot_be_read_is_kept_and_told_and_may_come_again(home: Scene) -> None:
    taken = hand_in(home, b"\x00\x01nothing of the kind", "holiday.jpg")
    assert taken.state == "unreadable"
    [told] = home.exceptions("bank_file")
    assert "holiday.jpg" in told.title
    with home.tools.sessions() as s:
        found = bank_files.get(s, home.organisation_id, taken.file_id)
    assert found is not None
    assert found.problems == [taken.said]
    again = hand_in(home, b"\x00\x01nothing of the kind", "holiday.jpg")
    assert (again.state, again.file_id) == ("unreadable", taken.file_id)
    assert [one.times for one in home.exceptions("bank_file")] == [2]


def reading(*found: Statement) -> Reading:
    return Reading("csv", found)


def told(minor: int = 12_000, currency: str = "GBP", **more: object) -> BankLine:
    line = BankLine(MONDAY, Money(minor, currency), "ACME LTD")
    return replace(line, **more)  # type: ignore[arg-type]


def keep(scene: Scene, found: Reading, *, key: int | None = None, body: bytes = b"x") -> Taken:
    """Keep what a reader made of a file."""
    file = File("lines.csv", body, key, bankfile.CsvMapping(day="Date", amount="Amount"))
    with scene.tools.sessions.begin() as s:
        return files.keep(s, scene.organisation_id, file, found, who="ann", now=scene.now)


def made(scene: Scene) -> BankAccountRow:
    with scene.tools.sessions.begin() as s:
        return accounts.add(s, scene.organisation_id, "Till", "GBP", scene.now)


def test_a_file_that_names_no_account_waits_for_one(home: Scene) -> None:
    found = reading(Statement("", "GBP", (told(),)))
    waiting = keep(home, found)
    assert (waiting.state, waiting.new) == ("waiting", 0)
    assert "which account" in home.exceptions("bank_file")[0].detail
    key = made(home).id
    taken = keep(home, found, key=key)
    assert (taken.state, taken.new, taken.file_id) == ("read", 1, waiting.file_id)
    assert home.exceptions("bank_file") == []
    # Its next files are read in the same way.
    csv = account(home).csv
    assert csv is not None
    assert (csv["day"], csv["out_words"][0]) == ("Date", "D")
    again = keep(home, found, key=key)
    assert again.state == KNOWN


def test_a_file_of_another_account_than_it_is_handed_in_for_is_refused(home: Scene) -> None:
    key = made(home).id
    other = keep(home, reading(Statement("GB99", "GBP", (told(),))), key=key)
    assert (other.state, other.said) == ("unreadable", "It is of GB99 in GBP, not of TILL in GBP.")
    euros = keep(home, reading(Statement("", "EUR", (told(1, "EUR"),))), key=key, body=b"y")
    assert euros.said == "It is of an account in EUR, not of TILL in GBP."
    nothing = keep(home, reading(), key=key, body=b"z")
    assert nothing.said == "There is no statement in it."
    with pytest.raises(LookupError, match="no such bank account"):
        keep(home, reading(), key=99)
    with pytest.raises(LookupError, match="no such bank account"):
        hand_in(home, b"", key=99)


def test_a_line_in_another_currency_is_left_out_and_told(home: Scene) -> None:
    found = reading(Statement("GB99", "GBP", (told(), told(7, "EUR")), number="3"))
    taken = keep(home, found)
    assert (taken.lines, taken.new) == (1, 1)
    [row] = home.exceptions("bank_file")
    assert "0.07 EUR does not belong into GBP" in row.detail
    assert "is not whole" in row.title


def test_of_many_lines_left_out_a_few_are_told_and_the_rest_counted(home: Scene) -> None:
    euros = tuple(told(minor, "EUR") for minor in range(1, 9))
    keep(home, reading(Statement("GB99", "GBP", euros)))
    assert home.exceptions("bank_file")[0].detail.endswith("; and 3 more")


def test_a_statement_without_days_or_lines_is_kept(home: Scene) -> None:
    empty = Statement("GB99", "GBP", (), opening=Money(1, "GBP"), closing=Money(1, "GBP"))
    assert keep(home, reading(empty)).state == "read"
    with home.tools.sessions() as s:
        [kept] = bank_files.of_account(s, home.organisation_id, account(home).id)
    assert (kept.opened, kept.closed, kept.lines) == (None, None, 0)


def test_all_that_the_bank_said_of_a_line_is_kept_beside_it(home: Scene) -> None:
    keep(home, reading(Statement("GB99", "GBP", (told(channel="wire", end_to_end_id="E2E"),))))
    claim(home)
    [one] = receipts(home)
    assert (one.channel, one.end_to_end_id) == ("wire", "E2E")
    with home.tools.sessions() as s:
        raw = mirror.raw(s, home.organisation_id, one.ref)
    assert raw is not None
    assert '"end_to_end_id":"E2E"' in raw


def test_money_that_the_bank_takes_back_is_told(home: Scene) -> None:
    keep(home, reading(Statement("GB99", "GBP", (told(payer_name="Acme"),))))
    claim(home)
    [came] = receipts(home)
    back = told(-12_000, text="RETURNED", reversal=True)
    keep(home, reading(Statement("GB99", "GBP", (back,))), body=b"y")
    [row] = home.exceptions("payment_returned")
    assert "took 120.00 GBP back" in row.title
    assert "No such money was applied" in row.detail
    with home.tools.sessions.begin() as s:
        mirror.record_applied(s, home.organisation_id, Source.BANK, came.ref.id, came.amount)
    again = replace(back, booked=TODAY)
    keep(home, reading(Statement("GB99", "GBP", (again,))), body=b"z")
    _, row = home.exceptions("payment_returned")
    assert "09 Mar 2026 Acme" in row.detail


def test_a_crash_leaves_nothing_and_the_file_may_come_again(home: Scene) -> None:
    body = statement((MONDAY, MONDAY), [ACME])
    with home.dying("K24"):
        hand_in(home, body)
    with home.tools.sessions() as s:
        assert bank_files.latest(s, home.organisation_id, 9) == []
        assert bank_accounts.everyone(s, home.organisation_id) == []
    assert counts(hand_in(home, body)) == ("read", 1, 1, 0)


def test_what_nobody_knows_cannot_be_claimed(home: Scene) -> None:
    with home.tools.sessions.begin() as s, pytest.raises(LookupError, match="no such bank account"):
        accounts.refuse(s, home.organisation_id, 7, who="ann", now=home.now)


CSV = b"Date;Text;Amount\n2026-03-09;ACME LTD;120.00\n"
MAPPING = bankfile.CsvMapping(delimiter=";", day="Date", amount="Amount", text=("Text",))


def test_a_csv_file_waits_until_somebody_says_which_column_is_what(home: Scene) -> None:
    key = made(home).id
    assert hand_in(home, CSV, "lines.csv", key).state == "waiting"
    found = files.proposed(CSV)
    assert found is not None
    assert (found.day, found.amount) == ("Date", "Amount")
    file = File("lines.csv", CSV, key, replace(MAPPING, account="Till", currency="GBP"))
    taken = files.take(home.tools, home.organisation_id, file, who="ann")
    assert counts(taken) == ("read", 1, 1, 0)
    # The next one needs nothing said.
    following = CSV.replace(b"03-09;ACME", b"03-10;BETA")
    assert counts(hand_in(home, following, "more.csv", key)) == ("read", 1, 1, 0)
    # One of other columns waits again.
    other = hand_in(home, CSV.replace(b"Date;", b"Day;"), "other.csv", key)
    assert other.state == "waiting"
