"""OFX of both generations: what banks leave out, and what is refused rather than guessed."""

from __future__ import annotations

from datetime import date

import pytest

from connector.bankfile.parse import parse
from connector.bankfile.reading import ProblemKind
from ledger.money import Money
from ledger.statements import BankLine

HEAD = "OFXHEADER:100\r\nDATA:OFXSGML\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
XML = '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="200"?>'
PLAIN = "<TRNTYPE>CREDIT\n<DTPOSTED>20260310120000[-5:EST]\n<TRNAMT>118.00\n<FITID>F1\n"


def ofx(*transactions: str, currency: str = "USD", balance: str = "1118,50") -> str:
    """Write a statement without any end of a value, as OFX 1 allows."""
    rows = "".join(f"<STMTTRN>\n{one}</STMTTRN>\n" for one in transactions)
    return (
        f"<OFX>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS>\n<CURDEF>{currency}\n"
        "<BANKACCTFROM>\n<BANKID>121099999\n<ACCTID>999988\n</BANKACCTFROM>\n"
        f"<BANKTRANLIST>\n<DTSTART>20260301\n<DTEND>20260309\n{rows}</BANKTRANLIST>\n"
        f"<LEDGERBAL><BALAMT>{balance}<DTASOF>20260310</LEDGERBAL>\n"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1>\n</OFX>\n"
    )


def closed(text: str) -> str:
    """Write the same with all its ends, as OFX 2 has them."""
    rows = []
    for row in text.splitlines():
        tag = row[1 : row.find(">")]
        value = row[row.find(">") + 1 :]
        rows.append(f"{row}</{tag}>" if row.startswith("<") and value and "<" not in value else row)
    return XML + "\n".join(rows)


def line(inside: str) -> BankLine:
    reading = parse((HEAD + ofx(inside)).encode())
    assert reading.problems == ()
    (one,) = reading.statements[0].lines
    return one


def test_both_generations_say_the_same() -> None:
    text = ofx(PLAIN + "<NAME>Hallam &amp; Sons\n<MEMO>INV-7\n", PLAIN + "<CHECKNUM>1001\n")
    old, new = parse((HEAD + text).encode()), parse(closed(text).encode())
    assert old == new
    assert (old.format, old.problems) == ("ofx", ())
    (one,) = old.statements
    assert (one.account, one.currency) == ("999988", "USD")
    assert (one.opening, one.closing) == (None, Money(111850, "USD"))
    assert (one.opened, one.closed) == (date(2026, 3, 1), date(2026, 3, 10))
    first, second = one.lines
    assert (first.booked, first.amount, first.bank_id) == (
        date(2026, 3, 10),
        Money(11800, "USD"),
        "F1",
    )
    assert (first.payer_name, first.text) == ("Hallam & Sons", "Hallam & Sons INV-7")
    assert second.reference == "1001"


def test_empty_values_and_unknown_tags_swallow_nothing() -> None:
    found = line("<MEMO>\n<X.OWN>7\n<NAME/>\n" + PLAIN + "<EXTDNAME>Long name\n")
    assert (found.amount, found.text) == (Money(11800, "USD"), "Long name")


def test_transactions_without_their_ends_are_told_apart() -> None:
    body = ofx(PLAIN, PLAIN).replace("</STMTTRN>\n", "")
    assert len(parse(body.encode()).statements[0].lines) == 2


def test_the_balance_is_found_where_the_end_of_the_list_is_missing() -> None:
    body = ofx(PLAIN).replace("</BANKTRANLIST>\n", "")
    assert parse(body.encode()).statements[0].closing == Money(111850, "USD")


@pytest.mark.parametrize(
    ("kind", "channel"), [("CHECK", "check"), ("POS", "card"), ("DIRECTDEP", "")]
)
def test_the_type_tells_the_channel(kind: str, channel: str) -> None:
    assert line(PLAIN.replace("CREDIT", kind)).channel == channel


def test_parts_of_a_transaction_bring_payer_account_and_currency() -> None:
    found = line(
        PLAIN + "<DTAVAIL>20260312\n<REFNUM>R9\n<PAYEE><NAME>Payee Ltd<ADDR1>1 Road</PAYEE>\n"
        "<BANKACCTTO><BANKID>1<ACCTID>4711</BANKACCTTO>\n"
        "<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>\n"
    )
    assert (found.payer_name, found.payer_account) == ("Payee Ltd", "4711")
    assert (found.reference, found.value_day) == ("R9", date(2026, 3, 12))
    assert (found.text, found.amount) == ("Payee Ltd (sent in EUR)", Money(11800, "USD"))


def test_an_amount_in_another_currency_is_kept_and_told() -> None:
    foreign = PLAIN + "<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>\n"
    reading = parse(ofx(foreign).encode())
    assert reading.statements[0].lines[0].amount == Money(11800, "EUR")
    assert [one.kind for one in reading.problems] == [ProblemKind.CURRENCY]


@pytest.mark.parametrize(
    ("digits", "minor"),
    [
        ("-200,00", -20000),
        ("+200.5", 20050),
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("- 12.00", -1200),
        (".5", 50),
    ],
)
def test_amounts_with_either_mark_are_read(digits: str, minor: int) -> None:
    assert line(PLAIN.replace("118.00", digits)).amount.minor == minor


@pytest.mark.parametrize(
    ("said", "instead", "words"),
    [
        ("118.00", "1,234", "TRNAMT: 1.234 has more decimals than USD has"),
        ("118.00", "--5", "more than one sign"),
        ("118.00", "", "TRNAMT '' is no amount"),
        ("118.00", "1e9", "TRNAMT '1e9' is no amount"),
        ("20260310120000", "10032026", "DTPOSTED '10032026"),
        ("<FITID>", "<CORRECTFITID>F0<CORRECTACTION>DELETE<FITID>", "asks to delete"),
    ],
)
def test_a_bad_transaction_is_named_by_its_line_and_the_others_are_read(
    said: str, instead: str, words: str
) -> None:
    reading = parse(ofx(PLAIN.replace(said, instead), PLAIN).encode())
    assert [one.amount.minor for one in reading.statements[0].lines] == [11800]
    (problem,) = reading.problems
    assert (problem.kind, problem.where) == (ProblemKind.LINE, "line 11, STMTTRN")
    assert words in problem.says


def test_a_balance_that_cannot_be_read_is_told() -> None:
    reading = parse(ofx(PLAIN, balance="much").encode())
    (one,) = reading.statements
    assert (one.closing, one.closed) == (None, date(2026, 3, 9))
    assert "BALAMT 'much'" in str(reading.problems[0])


def test_a_statement_needs_neither_balance_nor_list() -> None:
    text = "<OFX><STMTRS><CURDEF>EUR</STMTRS></OFX>"
    (one,) = parse(text.encode()).statements
    assert (one.account, one.lines, one.closing, one.opened) == ("", (), None, None)


def test_a_file_that_breaks_off_is_told() -> None:
    text = ofx(PLAIN, PLAIN)
    reading = parse(text[: text.rindex("<STMTTRN>") + 20].encode())
    assert len(reading.statements[0].lines) == 1
    assert [one.kind for one in reading.problems] == [ProblemKind.LINE, ProblemKind.TOTAL]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ofx(PLAIN, currency="??"), "CURDEF: '??' is no currency code"),
        ("<OFX><STATUS><CODE>0<MESSAGE>Fine</STATUS></OFX>", "no bank account in it"),
        (
            "<OFX><STATUS><CODE>15500<MESSAGE>Signon invalid</STATUS></OFX>",
            "the bank says 'Signon invalid'",
        ),
    ],
)
def test_a_file_without_a_statement_is_refused(text: str, words: str) -> None:
    assert words in parse(text.encode()).refused


def test_entities_of_the_files_own_are_never_followed() -> None:
    doctype = '<!DOCTYPE OFX [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    text = XML + doctype + ofx(PLAIN + "<MEMO>&x; <![CDATA[<B>&amp;]]>\n")
    (one,) = parse(text.encode()).statements[0].lines
    assert one.text == "&x; <B>&amp;"


@pytest.mark.parametrize("page", ["cp1252", "utf-8", "utf-16"])
def test_letters_come_through_whatever_the_head_says(page: str) -> None:
    text = HEAD + ofx(PLAIN + "<NAME>Müller\n")
    assert parse(text.encode(page)).statements[0].lines[0].payer_name == "Müller"
    declared = (XML.replace("UTF-8", "iso-8859-2") + ofx(PLAIN + "<NAME>Žák\n")).encode("latin2")
    assert parse(declared).statements[0].lines[0].payer_name == "Žák"
