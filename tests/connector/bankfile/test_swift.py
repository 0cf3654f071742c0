"""MT940 and MT942: fields of many banks' dialects, and what becomes of them."""

from __future__ import annotations

from datetime import date

import pytest

from connector.bankfile.parse import parse
from connector.bankfile.reading import ProblemKind, Reading
from connector.bankfile.swift_details import is_iban
from ledger.money import Money
from ledger.statements import BankLine

BOOKING = ":61:2603100310C118,00NTRFNONREF//B1"


def mt940(*fields: str, opening: str = "C260309EUR0,00", closing: str = "") -> bytes:
    ends = [f":62F:{closing}"] if closing else []
    rows = [":20:START", ":25:DE02120300000000202051", ":28C:00031/00001"]
    return "\r\n".join([*rows, f":60F:{opening}", *fields, *ends, "-"]).encode()


def line(*fields: str) -> BankLine:
    reading = parse(mt940(*fields))
    assert reading.problems == ()
    (one,) = reading.statements[0].lines
    return one


def told(reading: Reading) -> list[tuple[ProblemKind, str]]:
    return [(one.kind, str(one)) for one in reading.problems]


def test_a_statement_has_its_account_number_and_balances() -> None:
    reading = parse(mt940(BOOKING, opening="D260309EUR18,00", closing="C260310EUR100,"))
    assert (reading.format, reading.problems) == ("mt940", ())
    (one,) = reading.statements
    assert (one.account, one.currency, one.number) == ("DE02120300000000202051", "EUR", "31/1")
    assert (one.opening, one.closing) == (Money(-1800, "EUR"), Money(10000, "EUR"))
    assert (one.opened, one.closed) == (date(2026, 3, 9), date(2026, 3, 10))


@pytest.mark.parametrize(
    ("mark", "minor", "reversal"),
    [("C", 1050, False), ("D", -1050, False), ("RC", -1050, True), ("RD", 1050, True)],
)
def test_a_mark_tells_the_direction_and_whether_it_takes_back(
    mark: str, minor: int, *, reversal: bool
) -> None:
    found = line(f":61:2603100310{mark}10,5NTRFNONREF")
    assert (found.amount, found.reversal) == (Money(minor, "EUR"), reversal)


@pytest.mark.parametrize("digits", ["10,50", "000000000000000010,50", "10,5", "R10,50", "\n10,50"])
def test_an_amount_is_read_in_full_however_it_is_filled_up(digits: str) -> None:
    assert line(f":61:2603100310C{digits}NTRFNONREF").amount == Money(1050, "EUR")


@pytest.mark.parametrize(
    ("days", "booked", "valued"),
    [
        ("2603100311", date(2026, 3, 11), date(2026, 3, 10)),
        ("260310", date(2026, 3, 10), date(2026, 3, 10)),
        ("260310    ", date(2026, 3, 10), date(2026, 3, 10)),
        ("2601010102", date(2026, 1, 2), date(2026, 1, 1)),
        ("2601021230", date(2025, 12, 30), date(2026, 1, 2)),
        ("2512310102", date(2026, 1, 2), date(2025, 12, 31)),
        ("2802280229", date(2028, 2, 29), date(2028, 2, 28)),
    ],
)
def test_a_day_of_booking_is_of_the_year_nearest_to_the_value(
    days: str, booked: date, valued: date
) -> None:
    found = line(f":61:{days}C1,00NTRFNONREF")
    assert (found.booked, found.value_day) == (booked, valued)


@pytest.mark.parametrize(
    ("rest", "reference", "bank_id"),
    [
        ("NTRFINV-7//0724", "INV-7", "0724"),
        ("NTRFNONREF//NONREF", "", ""),
        ("NTRFPI-dvT1FzfMqvzF5HaU4oetlH7SGRk//2022", "PI-dvT1FzfMqvzF5HaU4oetlH7SGRk", "2022"),
        ("N0440733959555      T-MOBILE", "0733959555", ""),
    ],
)
def test_references_of_payer_and_bank_are_told_apart(
    rest: str, reference: str, bank_id: str
) -> None:
    found = line(f":61:2603100310C1,00{rest}")
    assert (found.reference, found.bank_id) == (reference, bank_id)


def test_what_stands_behind_the_reference_is_text() -> None:
    assert line(":61:260310C1,00N0440733959555      T-MOBILE", ":86:Rent").text == "Rent T-MOBILE"
    assert line(":61:260310C1,00NTRFNONREF//B1\nFor March", ":86:For March").text == "For March"


def test_numbered_subfields_are_taken_apart() -> None:
    found = line(
        BOOKING,
        ":86:166?00GUTSCHRIFT?100399?20EREF+E2E-4711?21KREF+OURS?22MREF+M77?23CRED+DE98ZZZ"
        "?24SVWZ+INV-08213 plus INV-082?2514 thanks?30DRESDEFF508?31DE7550010517\n5407324931"
        "?32Hallam Trading and Sons of ?33Kendal?34000",
    )
    assert found.end_to_end_id == "E2E-4711"
    assert found.reference == "OURS"
    assert found.text == "GUTSCHRIFT INV-08213 plus INV-08214 thanks"
    assert found.payer_name == "Hallam Trading and Sons of Kendal"
    assert found.payer_account == "DE75500105175407324931"
    assert (found.channel, found.reversal) == ("sepa", False)


@pytest.mark.parametrize(
    ("is_credit", "name"), [(True, "Ultimate Debtor"), (False, "Ultimate Creditor")]
)
def test_whose_debt_it_is_comes_before_who_sent_the_money(*, is_credit: bool, name: str) -> None:
    found = line(
        BOOKING if is_credit else BOOKING.replace("C118", "D118"),
        ":86:166?20SVWZ+X?21ABWA+Ultimate Debtor?22ABWE+Ultimate Creditor?32Treasury",
    )
    assert found.payer_name == name


def test_a_return_says_why_and_brings_its_amounts() -> None:
    found = line(
        BOOKING,
        ":86:109?00RETURN?20EREF+NOTPROVIDED?21OAMT+EUR115,00?22COAM+EUR3,00?34914?38DE1",
    )
    assert (found.reversal, found.end_to_end_id, found.payer_account) == (True, "", "DE1")
    assert (found.original, found.charges) == (Money(11500, "EUR"), Money(300, "EUR"))
    assert found.text == "RETURN returned: 914"


def test_another_mark_and_another_code_of_subfields_are_read_as_well() -> None:
    found = line(BOOKING, ":86:201>100133967858\n>20 RENT>21 OFFICE>32Abroad Inc")
    assert (found.text, found.payer_name, found.channel) == ("RENT OFFICE", "Abroad Inc", "wire")


def test_subfields_may_come_without_a_code_and_a_key_right_behind_a_word() -> None:
    found = line(BOOKING, ":86:?20PURPOSE THAT FILLS ITS LINEEREF+E2E-1 SVWZ+INV-7?32Hallam")
    assert (found.end_to_end_id, found.payer_name, found.channel) == ("E2E-1", "Hallam", "")
    assert found.text == "PURPOSE THAT FILLS ITS LINE INV-7"
    assert line(BOOKING, ":86:166?20AEROBIC+SWIM").text == "AEROBIC+SWIM"


@pytest.mark.parametrize(
    "text", ["100,00 EUR INV-7", "123-4567 Hallam", "123?Why", "100/20/30 INV-7", "why?20 INV-7"]
)
def test_plain_text_that_looks_a_little_like_subfields_stays_whole(text: str) -> None:
    assert line(BOOKING, f":86:{text}").text == text


def test_parts_between_slashes_are_taken_apart() -> None:
    found = line(
        BOOKING,
        ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/Van Dijk BV"
        "/REMI/INV-7 maart/EREF/E2E-9/OCMT/USD130,00/CHGS/EUR0,50/",
    )
    assert found.payer_name == "Van Dijk BV"
    assert found.payer_account == "NL91ABNA0417164300"
    assert (found.text, found.end_to_end_id, found.channel) == ("INV-7 maart", "E2E-9", "sepa")
    assert (found.original, found.charges) == (Money(13000, "USD"), Money(50, "EUR"))


def test_what_was_sent_and_kept_may_stand_behind_the_references() -> None:
    found = line(":61:260310D118,00NTRFINV-7//B1\n/OCMT/USD130,00/CHGS/EUR0,50/", ":86:Rent")
    assert (found.original, found.charges) == (Money(-13000, "USD"), Money(50, "EUR"))
    assert found.text == "Rent /OCMT/USD130,00/CHGS/EUR0,50/"


def test_a_structured_reference_between_slashes_is_kept_apart() -> None:
    found = line(
        BOOKING,
        ":86:/RTRN/MS03/CNTP/NL91ABNA0417164300/ABNANL2A/Van Dijk BV///REMI/STRD/CUR/0123456789/"
        "/EREF/NOTPROVIDED/OCMT/x/CHGS/EUR0,00/",
    )
    assert found.structured_reference == "0123456789"
    assert (found.payer_name, found.payer_account) == ("Van Dijk BV", "NL91ABNA0417164300")
    assert (found.text, found.reversal) == ("0123456789 returned: MS03", True)
    assert (found.original, found.charges, found.channel) == (None, None, "")
    plain = line(BOOKING, ":86:/REMI/USTD//INV-7/ULTD/Real Debtor/NAME/Sender/CHGS/EUR0,001/")
    assert (plain.text, plain.structured_reference) == ("INV-7", "")
    assert (plain.payer_name, plain.charges) == ("Real Debtor", None)


def test_plain_text_is_joined_where_it_was_wrapped() -> None:
    full = "A" * 60 + " INV-"
    assert line(BOOKING, f":86:{full}", "0821 for", "March").text == f"{full}0821 for March"
    assert line(BOOKING, ":86:First", ":86:Second").text == "First Second"


def test_an_account_in_the_place_of_the_reference_is_the_payers() -> None:
    found = line(
        ":61:260310C1,00NOVBNL91ABNA0417164300\nVan Dijk BV",
        ":86:NL91ABNA0417164300 Van Dijk BV",
        " ",
        "INV-7",
    )
    assert (found.payer_account, found.payer_name) == ("NL91ABNA0417164300", "Van Dijk BV")
    assert (found.reference, found.text) == ("", "NL91ABNA0417164300 Van Dijk BV INV-7")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("NL91ABNA0417164300", True), ("NL91ABNA0417164301", False), ("4711", False)],
)
def test_an_iban_is_told_by_its_check_digits(text: str, *, verdict: bool) -> None:
    assert is_iban(text) is verdict


def test_notes_of_a_bank_of_its_own_lose_their_numbers() -> None:
    found = line(BOOKING, ":NS:15ERGO Ltd", "17G2000", "free")
    assert found.text == "ERGO Ltd G2000 free"


@pytest.mark.parametrize(
    ("kind", "channel", "reversal"), [("NCHK", "check", False), ("NRTI", "", True)]
)
def test_the_type_of_a_booking_tells_cheques_and_returns(
    kind: str, channel: str, *, reversal: bool
) -> None:
    found = line(f":61:2603100310D1,00{kind}NONREF")
    assert (found.channel, found.reversal) == (channel, reversal)


def test_a_field_behind_the_closing_balance_is_of_no_booking() -> None:
    body = mt940(BOOKING, ":86:INV-7", ":62F:C260310EUR118,00", ":86:Yours faithfully")
    assert parse(body).statements[0].lines[0].text == "INV-7"


def test_envelopes_headings_and_odd_ends_are_no_content() -> None:
    inner = mt940(BOOKING, ":86:INV-7", closing="C260310EUR118,00").decode()
    swift = "{1:F01BANKNL2AXXXX0000000000}{2:O940BANKNL2AXXXXN}{3:}{4:\r\n" + inner + "}{5:}\r\n"
    bank = (
        "\x01ABNANL2A\r\n940\r\n:940:\r\n" + inner[:-1] + "-" + "X" * 3 + "\r\n0000 01BANK\r\n\x03"
    )
    for wrapped in (swift, bank):
        reading = parse(wrapped.encode())
        assert reading.problems == ()
        assert [one.lines[0].text for one in reading.statements] == ["INV-7"]
    assert len(parse((swift + bank).encode()).statements) == 2


def test_statements_without_an_end_between_them_are_two() -> None:
    body = mt940(BOOKING, closing="C260310EUR118,00").replace(b"\r\n-", b"\r\n\r\n")
    assert len(parse(body + body).statements) == 2


def test_a_dash_alone_in_a_text_ends_nothing() -> None:
    reading = parse(mt940(BOOKING, ":86:INV-7", "-", "thanks", BOOKING, closing="C260310EUR236,"))
    assert reading.problems == ()
    assert [one.text for one in reading.statements[0].lines] == ["INV-7 - thanks", ""]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_end_in_any_way_and_only_there(end: str) -> None:
    body = mt940(BOOKING, ":86:INV-7\u2028\x0b\x85x", ":61:bad").replace(b"\r\n", end.encode())
    reading = parse(body)
    assert reading.statements[0].lines[0].text == "INV-7 x"
    assert [one.where for one in reading.problems] == ["line 7, field 61"]


def test_a_tag_broken_over_two_lines_is_one() -> None:
    assert line(BOOKING, ":", "86:INV-7").text == "INV-7"


def test_a_currency_may_hang_on_the_account() -> None:
    body = mt940(BOOKING).replace(b"DE02120300000000202051", b"70011110/4005287001EUR")
    assert parse(body).statements[0].account == "70011110/4005287001"
    other = mt940(BOOKING).replace(b"DE02120300000000202051", b"MU17BOMM0101101030300200000MUR")
    assert parse(other).statements[0].account == "MU17BOMM0101101030300200000MUR"


def mt942(*fields: str) -> bytes:
    rows = [":20:1", ":25:4711", ":28C:0", ":34F:EURD0,00", ":13D:2603101815+0100"]
    return "\n".join([*rows, *fields, "-"]).encode()


def test_a_report_within_the_day_has_no_balances_and_says_its_totals() -> None:
    went = ":61:2603100310D9,00NTRFNONREF"
    reading = parse(mt942(BOOKING, ":86:INV-7", went, ":90D:1EUR9,00", ":90C:1EUR118,00"))
    assert (reading.format, reading.problems) == ("mt942", ())
    (one,) = reading.statements
    assert (one.currency, one.number, one.opening, one.closing) == ("EUR", "", None, None)
    assert [line.amount.minor for line in one.lines] == [11800, -900]


@pytest.mark.parametrize(
    ("given", "hidden"), [(":34F:EUR", ":34F:QQQ"), (":34F:EUR", ":34F:U0"), (":34F:EURD0,00", "")]
)
def test_a_currency_that_nobody_issues_is_none(given: str, hidden: str) -> None:
    whole = mt942(BOOKING, ":90C:2EUR120,00")
    body = whole.replace(given.encode(), hidden.encode()).replace(b":25:4711", b":25:4711QQQ")
    reading = parse(body)
    assert reading.statements == ()
    assert "a statement without currency (60F) was left out" in reading.refused


def test_totals_that_do_not_agree_are_told() -> None:
    reading = parse(mt942(BOOKING, ":90C:2EUR120,00", ":90D:none"))
    counted = "the bank counts 120.00 EUR, the lines make 118.00 EUR"
    assert told(reading) == [
        (ProblemKind.TOTAL, f"line 7, field 90C: {counted}; ask the bank"),
        (
            ProblemKind.DETAIL,
            "line 8, field 90D: 'none' has not the shape of the field; ask the bank",
        ),
    ]


def test_what_is_only_expected_is_left_out_and_counted() -> None:
    reading = parse(mt942(BOOKING, ":61:2603100310EC9,00NTRFNONREF"))
    assert len(reading.statements[0].lines) == 1
    assert [kind for kind, _ in told(reading)] == [ProblemKind.PENDING]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2613100310C1,00NTRFNONREF", "value day '20261310' is no day"),
        ("2603101399C1,00NTRFNONREF", "day of booking '1399'"),
        ("2603100310X1,00NTRFNONREF", "is no booking of day, mark and amount"),
        ("2603100310C1,00,0NTRFNONREF", "amount '1,00,0' is no amount"),
        ("2603100310C1,005NTRFNONREF", "more decimals than EUR has"),
    ],
)
def test_a_bad_booking_is_named_by_its_line_and_the_others_are_read(value: str, words: str) -> None:
    reading = parse(mt940(f":61:{value}", BOOKING))
    assert len(reading.statements[0].lines) == 1
    ((kind, says),) = told(reading)
    assert kind is ProblemKind.LINE
    assert says.startswith("line 5, field 61: ")
    assert words in says


def test_a_balance_that_cannot_be_read_is_told() -> None:
    assert told(parse(mt940(BOOKING, closing="C2603EUR"))) == [
        (
            ProblemKind.DETAIL,
            "line 6, field 62F: 'C2603EUR' has not the shape of the field; ask the bank",
        )
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b":20:X\n:61:2603100310C1,00NTRFNONREF\n-", "without account (25)"),
        (b":20:X\n:25:4711\n:61:2603100310C1,00NTRFNONREF\n-", "without currency (60F)"),
        (b":20:X\n:25:4711EUR\n-", "nothing of money"),
    ],
)
def test_a_file_without_a_whole_statement_is_refused(body: bytes, words: str) -> None:
    reading = parse(body)
    assert words in reading.refused
    assert reading.format == "mt940"


def test_letters_of_a_dos_code_page_and_of_windows_are_told_apart() -> None:
    hungarian, german = "Díj, jóváírása és átutalás", "Überweisung für Müller & Söhne"
    for words, page in ((hungarian, "cp852"), (german, "cp1252"), (german, "utf-8")):
        body = mt940(BOOKING, ":86:@").replace(b"@", words.encode(page))
        assert parse(body).statements[0].lines[0].text == words
