"""Hostile files: refused with a reason in a process of its own, and the product goes on."""

from __future__ import annotations

import io
import zipfile

import pytest

from connector import confined
from connector.bankfile import Limits, Reading, read
from connector.bankfile.parse import parse
from tests.connector.bankfile.messages import balance, camt053, entry, one_entry, statement

XML = b'<?xml version="1.0"?>'


def laughs() -> bytes:
    """Write entities that grow tenfold at each step, to some ten thousand million characters."""
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (step, b"&l%d;" % (step - 1) * 10) for step in range(1, 10)
    )
    return XML + b'<!DOCTYPE z [<!ENTITY l0 "ha">' + entities + b"]><Document>&l9;</Document>"


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.xml", b" " * 10_000_000)
    return packed.getvalue()


HOSTILE = {
    "entities that grow": (laughs(), "definitions of its own"),
    "a file of the machine": (
        XML + b'<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
        "definitions of its own",
    ),
    "an address elsewhere": (
        XML + b'<!DOCTYPE z SYSTEM "http://127.0.0.1:9/z.dtd"><Document/>',
        "definitions of its own",
    ),
    "a bomb": (bomb(), "ZIP archive or a spreadsheet"),
    "a PDF": (b"%PDF-1.7 ...", "a PDF"),
    "a page to sign in": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
    "nesting": (XML + b"<a>" * 100_000 + b"</a>" * 100_000, "64 levels deep"),
    "an XML that breaks off": (one_entry(entry())[:300], "breaks off or is damaged in line 1"),
    "another XML": (XML + b"<Invoice/>", "no bank statement"),
    "nothing": (b"", "is empty"),
    "blanks": (b"\xef\xbb\xbf \r\n\0", "is empty"),
    "an encoding nobody knows": (
        b'<?xml version="1.0" encoding="martian"?><Document/>',
        "encoding 'martian', which is not read",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(name: str) -> None:
    body, words = HOSTILE[name]
    reading = parse(body)
    assert words in reading.refused
    # One reason and one way out, not one within another.
    assert reading.refused.count("download") <= 1
    assert reading.statements == ()


def test_a_reading_comes_through_the_limited_process_whole() -> None:
    body = camt053(
        statement(
            balance("OPBD", "1.00"),
            entry(
                details="<RmtInf>"
                '<Strd><RfrdDocInf><Nb>INV-7</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">5'
                "</RmtdAmt></RfrdDocAmt></Strd></RmtInf>"
                '<AmtDtls><InstdAmt><Amt Ccy="USD">130.00</Amt></InstdAmt></AmtDtls>'
            ),
            entry("x"),
        )
    )
    reading = read(body)
    assert reading == parse(body)
    assert len(reading.statements[0].lines) == len(reading.problems) == 1


@pytest.mark.parametrize("name", ["koi8-r", "shift_jis", "idna", "zip", "utf-7", "ISO_8859-15"])
def test_an_encoding_is_read_or_refused_alike_in_the_limited_process(name: str) -> None:
    xml = f'<?xml version="1.0" encoding="{name}"?><Document><BkToCstmrStmt/></Document>'.encode()
    ofx = f'<?xml version="1.0" encoding="{name}"?><OFX><STMTRS><CURDEF>EUR</STMTRS></OFX>'.encode()
    for body in (xml, ofx + b"\xff"):
        assert read(body) == parse(body)


def test_a_refusal_comes_through_as_well() -> None:
    assert read(b"%PDF-1.7") == parse(b"%PDF-1.7")


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    reading = read(b"x" * (2 * 1024 * 1024 + 1), limits=Limits(file_bytes=2 * 1024 * 1024))
    assert reading == Reading(
        "",
        refused="The file is larger than 2 MB: download a shorter period from the bank.",
    )


@pytest.mark.parametrize(
    "limits",
    [
        Limits(memory_bytes=64 * 1024 * 1024),
        Limits(processor_seconds=0),
        Limits(wait_seconds=0.01),
        Limits(answer_bytes=100),
    ],
    ids=["memory", "processor", "time", "answer"],
)
def test_a_file_that_takes_too_much_is_ended_and_refused(limits: Limits) -> None:
    reading = read(camt053(statement(*[entry()] * 20_000)), limits=limits)
    assert reading.statements == ()
    assert "took more memory or time" in reading.refused


def test_whatever_ends_the_reader_is_no_end_of_the_product(tmp_path, monkeypatch) -> None:
    for program, words in (
        ("raise SystemExit(3)", "took more memory or time"),
        ("import os; os.abort()", "took more memory or time"),
        ("print('{}')", "brought its reader down"),
        ("print('no JSON')", "brought its reader down"),
    ):
        child = tmp_path / "child.py"
        child.write_text(program, "utf-8")
        monkeypatch.setattr(confined, "_CHILD", child)
        reading = read(b"x" * 1_000_000)
        assert words in reading.refused


def test_the_limited_process_can_open_no_file_and_sees_no_secret(tmp_path, monkeypatch) -> None:
    # The real child, with a reader in its place that tries what a subverted one would.
    home = confined._CHILD.parent.parent
    source = confined._CHILD.read_text("utf-8")
    spied = source.replace(
        "    answer: bytes = inner.answer(asked",
        "    import os\n"
        "    assert 'DUNNOCK_SECRET' not in os.environ\n"
        "    try:\n"
        "        open('/etc/hostname')\n"
        "    except OSError as error:\n"
        "        assert error.errno == 24\n"
        "    else:\n"
        "        raise SystemExit(5)\n"
        "    answer: bytes = inner.answer(asked",
    ).replace("Path(__file__).resolve().parent.parent", f"Path({str(home)!r})")
    assert spied.count("DUNNOCK_SECRET") == 1
    child = tmp_path / "child.py"
    child.write_text(spied, "utf-8")
    monkeypatch.setattr(confined, "_CHILD", child)
    monkeypatch.setenv("DUNNOCK_SECRET", "s")
    assert read(one_entry(entry())).statements
