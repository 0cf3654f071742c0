"""The command that takes files in: what each is taken as, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from flows import importing
from flows.bank import accounts
from flows.importing import Handed, Kind
from ledger.documents import Organisation
from ledger.money import Money
from store import advices, bank_files, organisations
from tests.connector.remittance import paper
from tests.connector.remittance.test_x12 import interchange, transaction
from tests.flows.bank_notes import statement
from tests.flows.scene import TODAY, XERO, Scene, raised

BANK = statement((TODAY, TODAY), [(TODAY, 12_000, "ACME")])
PAID = b"Invoice;Paid (GBP)\nAA-1001;60.00\nAA-1002;40.00\nTotal;100.00\n"
EITHER = b"Date;Invoice;Amount\n2026-03-09;AA-1001;60.00\n2026-03-09;AA-1002;40.00\n"
WORDS = b"we paid\ninvoice AA-1001  60.00 GBP\ninvoice AA-1002  40.00 GBP\ntotal 100.00 GBP\n"
MAIL = b"From: Ann <ap@acme.example>\r\nSubject: paid\r\n\r\n" + WORDS


def nacha(edi: bytes) -> bytes:
    """Cut an 820 into the addenda records of an ACH file."""
    text = edi.decode().replace("\n", "")
    records = [
        f"705{text[at : at + 80]:<80}{at // 80 + 1:04}0000001" for at in range(0, len(text), 80)
    ]
    return "\n".join(["101 021000021 0310000112609120801A094101BANK", *records]).encode()


@dataclass
class Desk:
    """A command line in a folder of its own, and the product it hands files to."""

    scene: Scene
    folder: Path

    def hand_in(
        self, name: str, body: bytes, kind: Kind | None = None, account: str = ""
    ) -> Handed:
        path = self.folder / name
        path.write_bytes(body)
        [handed] = importing.run(self.scene.tools, [path], "pub-ash", account, kind)
        return handed

    def kept(self) -> tuple[list[str], list[Money | None]]:
        """Name the bank files there are, and what the advices come to."""
        ours = self.scene.organisation_id
        with self.scene.tools.sessions() as s:
            files = [one.name for one in bank_files.latest(s, ours, 9)]
            totals = [one.advice.total for one in advices.latest(s, ours, 9)]
        return files, totals


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "files").mkdir()
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            scene.organisation_id = organisations.create(s, "Ash", "pub-ash", scene.now)
            organisations.save_ledger(s, scene.organisation_id, Organisation("Ash", "GBP", "UTC"))
        yield Desk(scene, tmp_path / "files")


def workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (("Invoice", "Paid"), ("AA-1001", 60.0), ("AA-1002", 40.0), ("Total", 100.0)):
        sheet.append(row)
    into = BytesIO()
    book.save(into)
    return into.getvalue()


ROWS: list[tuple[str, ...]] = [
    ("Invoice", "Paid"),
    ("AA-1001", "60.00"),
    ("AA-1002", "40.00"),
    ("Total", "100.00"),
]
EDI = interchange(
    transaction("RMR*IV*AA-1001**60.00", "RMR*IV*AA-1002**40.00", paid="100.00")
).encode()
PAGE = (
    b"<html><table><tr><td>Invoice</td><td>Paid</td></tr>"
    b"<tr><td>AA-1001</td><td>100.00</td></tr></table></html>"
)
ADVICES = {
    "advice.csv": (PAID, "text"),
    "advice.txt": (WORDS, "text"),
    "advice.eml": (MAIL, "mail"),
    "saved-from-a-mailbox": (MAIL, "mail"),
    "advice.xlsx": (workbook(), "xlsx"),
    "advice.pdf": (paper.pdf(paper.table(ROWS)), "pdf"),
    "820.edi": (EDI, "edi"),
    "ctx.ach": (nacha(EDI), "edi"),
    "advice.html": (PAGE, "text"),
}


@pytest.mark.parametrize("name", ADVICES)
def test_an_advice_of_any_form_is_taken_as_one(desk: Desk, name: str) -> None:
    body, form = ADVICES[name]
    handed = desk.hand_in(name, body)
    assert (handed.kind, handed.state, handed.told["format"]) == (Kind.REMITTANCE, "read", form)
    assert "Payments are matched by it. Taken as a remittance advice." in handed.sentence
    [total] = desk.kept()[1]
    assert total is not None
    assert total.decimal == 100
    assert desk.kept()[0] == []


def test_the_same_advice_again_is_known_in_whatever_form(desk: Desk) -> None:
    desk.hand_in("advice.csv", PAID)
    again = desk.hand_in("advice.xlsx", workbook())
    assert (again.is_in, again.state, again.told["new"]) == (True, "known", 0)
    assert "This advice was handed in before." in again.sentence


def test_an_advice_in_doubt_is_in_and_says_why(desk: Desk) -> None:
    handed = desk.hand_in("odd.csv", PAID.replace(b"Total;100", b"Total;101"))
    assert handed.is_in
    assert "Only a suggestion: the lines come to 100.00 GBP" in handed.sentence
    assert handed.told["problems"] == ["the lines come to 100.00 GBP, the total says 101.00 GBP"]


def test_a_bank_file_is_taken_as_one(desk: Desk) -> None:
    handed = desk.hand_in("march.sta", BANK)
    assert handed.sentence.startswith("march.sta: 1 of 1 lines are new. Say whose account it is:")
    assert handed.sentence.endswith(" Taken as a bank file (mt940).")
    assert (handed.kind, handed.told["kind"], handed.told["new"]) == (Kind.BANK, "bank", 1)
    again = desk.hand_in("march.sta", BANK)
    assert (again.is_in, again.state) == (True, "known")
    assert again.sentence == "march.sta was known. It was taken in on 10 Mar 2026 as march.sta."
    assert desk.kept() == (["march.sta"], [])


def test_a_bank_file_beyond_all_measure_is_not_read(desk: Desk) -> None:
    path = desk.folder / "endless.sta"
    path.write_bytes(BANK)
    os.truncate(path, 30_000_000)
    [large] = importing.run(desk.scene.tools, [path], "pub-ash", "")
    assert (large.is_in, "larger than 25 MB" in large.said) == (False, True)


def test_a_table_that_may_be_either_is_asked_about_and_kept_nowhere(desk: Desk) -> None:
    handed = desk.hand_in("list.csv", EITHER)
    assert (handed.kind, handed.state, handed.is_in) == (None, "asked", False)
    assert handed.sentence == (
        "list.csv is not taken in. It may be a bank statement or a remittance advice."
    )
    assert desk.kept() == ([], [])
    bank = desk.hand_in("list.csv", EITHER, Kind.BANK)
    assert (bank.kind, bank.state) == (Kind.BANK, "waiting")
    advice = desk.hand_in("list.csv", EITHER, Kind.REMITTANCE)
    assert (advice.kind, advice.state, advice.told["lines"]) == (Kind.REMITTANCE, "read", 2)
    assert desk.kept() == (["list.csv"], [Money(10_000, "GBP")])


def test_a_table_handed_in_for_an_account_is_the_banks(desk: Desk) -> None:
    with desk.scene.tools.sessions.begin() as s:
        accounts.add(s, desk.scene.organisation_id, "Till", "GBP", desk.scene.now)
    assert desk.hand_in("list.csv", EITHER, account="Till").state == "waiting"
    # Whatever it is handed in for, a PDF is no bank file.
    pdf, _ = ADVICES["advice.pdf"]
    assert desk.hand_in("advice.pdf", pdf, account="Till").kind is Kind.REMITTANCE


@pytest.mark.parametrize(
    ("name", "body", "state", "said"),
    [
        ("lines.csv", b"Date;Words;Amount\n2026-03-09;ACME LTD;120.00\n", "waiting", "columns"),
        ("From.txt", b"From: 01/03/2026 to 31/03/2026\nhello\n", "unreadable", "no table"),
        ("holiday.jpg", b"\xff\xd8\xff\xe0 a picture", "unreadable", "picture"),
        ("files.zip", b"PK\x03\x04 march.sta", "unreadable", "ZIP"),
        ("page.html", b"<html>Please sign in</html>", "unreadable", "web page"),
    ],
)
def test_what_is_no_advice_is_kept_as_a_bank_file_with_the_reason(
    desk: Desk, name: str, body: bytes, state: str, said: str
) -> None:
    handed = desk.hand_in(name, body)
    assert (handed.kind, handed.state, handed.is_in) == (Kind.BANK, state, False)
    assert said in handed.said
    assert desk.kept()[0] == [name]


def test_an_advice_that_cannot_be_read_says_why(desk: Desk) -> None:
    handed = desk.hand_in("advice.pdf", b"%PDF-")
    assert (handed.kind, handed.state) == (Kind.REMITTANCE, "unreadable")
    assert handed.sentence.startswith("advice.pdf is not taken in. The PDF is damaged")
    assert handed.told["said"] == handed.said


def test_before_the_ledger_is_read_nobody_knows_the_currency_of_a_list(tmp_path: Path) -> None:
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            organisations.create(s, "Ash", "pub-ash", scene.now)
        path = tmp_path / "advice.csv"
        path.write_bytes(PAID)
        [handed] = importing.run(scene.tools, [path], "pub-ash", "")
    assert (handed.state, handed.is_in) == ("later", False)
    assert "The ledger was not read yet" in handed.said


def test_an_account_nobody_has_is_told_before_anything_is_read(desk: Desk) -> None:
    with pytest.raises(LookupError, match="no bank account is called 'x'"):
        desk.hand_in("march.sta", BANK, account="x")
    assert desk.kept() == ([], [])
