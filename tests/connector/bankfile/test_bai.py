"""BAI2: records, continuations, control totals, lockboxes, and what a damaged record costs."""

from __future__ import annotations

from datetime import date

import pytest

from connector.bankfile.parse import parse
from connector.bankfile.reading import ProblemKind
from ledger.money import Money
from ledger.statements import BankLine

ACCOUNT = "03,4711,USD,010,+1000,,,015,12800,,/"
GROUP = "02,R,O,1,260310,2359,,2/"
CREDIT = "16,142,11800,Z,B1,E2E,ORIG CO NAME:HALLAM LTD ORIG ID:9 SEC:CTX INV-7"


def bai(
    *records: str,
    account: str = ACCOUNT,
    group: str = "02,R,O,1,260310,2359,,2/",
    totals: bool = True,
) -> bytes:
    """Write a file of one account, with totals that agree."""
    inside = [account, *records]
    total = sum(_amounts(one) for one in inside)
    counts = (f"{total},{len(inside) + 1}", f"{total},1,{len(inside) + 3}")
    if not totals:
        counts = (",", ",,")
    rows = ["01,S,R,260311,0600,1,,,2/", group, *inside, f"49,{counts[0]}/", f"98,{counts[1]}/"]
    return "\n".join([*rows, f"99,{total if totals else ''},1,{len(rows) + 1}/"]).encode()


def _amounts(record: str) -> int:
    code, *fields = record.rstrip("/").split(",")
    digits = fields[1:2] if code == "16" else fields[3::4] if code == "03" else []
    return sum(int(one) for one in digits if one.strip("+-").isdecimal())


def line(record: str) -> BankLine:
    (one,) = parse(bai(record)).statements[0].lines
    return one


def told(body: bytes) -> list[tuple[ProblemKind, str]]:
    return [(one.kind, str(one)) for one in parse(body).problems]


def test_an_account_is_a_statement_with_balances_and_lines() -> None:
    reading = parse(bai(CREDIT))
    assert (reading.format, reading.problems) == ("bai2", ())
    (one,) = reading.statements
    assert (one.account, one.currency) == ("4711", "USD")
    assert (one.opening, one.closing) == (Money(1000, "USD"), Money(12800, "USD"))
    assert (one.opened, one.closed) == (date(2026, 3, 10), date(2026, 3, 10))
    (found,) = one.lines
    assert (found.amount, found.booked) == (Money(11800, "USD"), date(2026, 3, 10))
    assert (found.bank_id, found.reference, found.channel) == ("B1", "E2E", "ach_ctx")
    assert found.payer_name == "HALLAM LTD"
    assert found.text == "ACH Credit Received ORIG CO NAME:HALLAM LTD ORIG ID:9 SEC:CTX INV-7"


@pytest.mark.parametrize(
    ("record", "minor", "channel", "reversal"),
    [
        ("16,195,500,,,,/", 500, "wire", False),
        ("16,475,500,,,,/", -500, "check", False),
        ("16,165,500,,,,SEC:CCD", 500, "ach_ccd", False),
        ("16,165,500,,,,VENDOR PMT", 500, "", False),
        ("16,555,500,,,,NSF", -500, "", True),
        ("16,925,500,,,,own code/", 500, "", False),
        ("16,975,500,,,,own code/", -500, "", False),
    ],
)
def test_the_type_code_tells_direction_channel_and_return(
    record: str, minor: int, channel: str, *, reversal: bool
) -> None:
    found = line(record)
    assert (found.amount.minor, found.channel, found.reversal) == (minor, channel, reversal)


@pytest.mark.parametrize(
    ("funds", "value_day"),
    [
        ("Z", None),
        ("V,260312,", date(2026, 3, 12)),
        ("V,,", None),
        ("S,1,2,3", None),
        ("D,2,0,5,1,6", None),
        ("D,x", None),
        (f"D,{'9' * 6000}", None),
    ],
)
def test_the_availability_of_funds_is_stepped_over(funds: str, value_day: date | None) -> None:
    found = line(f"16,195,500,{funds},BANK,OURS,INV-7")
    assert found.value_day == value_day
    if funds[2:] not in {"x", "9" * 6000}:
        assert (found.bank_id, found.reference) == ("BANK", "OURS")
        assert found.text == "Incoming Money Transfer INV-7"


def test_text_goes_on_in_continuations_and_may_hold_commas() -> None:
    body = bai("16,195,500,,B1,,/", "88,FOR INV-7, INV-8", "88,AND INV-9", totals=False)
    found = parse(body).statements[0].lines[0]
    assert found.text == "Incoming Money Transfer FOR INV-7, INV-8 AND INV-9"
    assert found.bank_id == "B1"


def test_balances_go_on_in_continuations_whether_or_not_the_bank_ends_with_a_comma() -> None:
    for end in ("/", ",/"):
        account = f"03,4711,,010,1000,,{end}\n88,100,5,1,V,260310,{end}\n88,015,-200,,{end}"
        one = parse(bai(account=account, totals=False)).statements[0]
        assert (one.opening, one.closing) == (Money(1000, "USD"), Money(-200, "USD"))


@pytest.mark.parametrize(
    ("account", "group", "currency"),
    [
        ("03,1,GBP,015,5,,/", "02,R,O,1,260310,,EUR,2/", "GBP"),
        ("03,1,,015,5,,/", "02,R,O,1,260310,,EUR,2/", "EUR"),
        ("03,1,,015,5,,/", "02,R,O,1,260310,,,2/", "USD"),
        ("03,1,JPY,015,5,,/", "02,R,O,1,260310,,,2/", "JPY"),
    ],
)
def test_the_currency_is_the_accounts_the_groups_or_by_the_rule(
    account: str, group: str, currency: str
) -> None:
    (one,) = parse(bai(account=account, group=group)).statements
    assert one.currency == currency
    assert one.closing == Money(5, currency)


def test_totals_that_do_not_agree_are_told() -> None:
    body = bai(CREDIT).replace(b"49,25600,3/", b"49,25601,4/").replace(b"99,25600,1,", b"99,1,2,")
    assert [says for _, says in told(body)] == [
        "line 5, record 49: the control total is 25601, the records make 25600; ask the bank",
        "line 5, record 49: the number of records is 4, the records make 3; ask the bank",
        "line 7, record 99: the control total is 1, the records make 25600; ask the bank",
        "line 7, record 99: the number of groups is 2, the records make 1; ask the bank",
    ]
    assert told(bai(CREDIT, totals=False)) == []


def test_a_deposit_of_a_lockbox_is_its_items_where_they_make_it() -> None:
    items = ("16,116,10000,,L1,1001,HALLAM INV-7", "16,116,1800,,L2,1002,OTHER INV-8")
    reading = parse(bai("16,115,11800,,L0,,/", *items))
    assert reading.problems == ()
    assert [(one.amount.minor, one.channel) for one in reading.statements[0].lines] == [
        (10000, "lockbox"),
        (1800, "lockbox"),
    ]


def test_a_deposit_of_a_lockbox_stays_whole_where_its_items_do_not_make_it() -> None:
    reading = parse(bai("16,115,11800,,L0,,/", "16,116,10000,,L1,1001,HALLAM INV-7"))
    assert [one.amount.minor for one in reading.statements[0].lines] == [11800]
    assert [one.kind for one in reading.problems] == [ProblemKind.DETAIL]
    alone = parse(bai("16,115,11800,,L0,,/"))
    assert (len(alone.statements[0].lines), alone.problems) == (1, ())


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("16,100,11800,,,,/", "type code '100' does not say whether money came or went"),
        ("16,abc,11800,,,,/", "type code 'abc'"),
        ("16,142,118.00,,,,/", "amount '118.00' is no whole number"),
        ("16,142", "amount '' is no whole number"),
        ("16,142,99999999999999999,,,,/", "more than any ledger holds"),
        ("16,142,5,V,2603,,B,C,D", "value date '2603' is not of the form YYMMDD"),
    ],
)
def test_a_bad_record_is_named_and_the_others_are_read(record: str, words: str) -> None:
    reading = parse(bai(record, CREDIT, account="03,1,USD/", totals=False))
    assert [one.amount.minor for one in reading.statements[0].lines] == [11800]
    (problem,) = reading.problems
    assert (problem.kind, problem.where) == (ProblemKind.LINE, "line 4, record 16")
    assert words in problem.says


def test_a_balance_without_an_amount_is_none() -> None:
    assert parse(bai(account="03,1,USD,010,,,,015,,,/")).statements[0].closing is None


def test_what_is_no_money_is_no_line() -> None:
    reading = parse(bai("16,890,,,,,see your letter", CREDIT))
    assert (len(reading.statements[0].lines), reading.problems) == (1, ())


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("03,1,ZZZ,015,5,,/", "'ZZZ' is no currency code"),
        ("03,1,USD,015,5.00,,/", "balance 015 '5.00'"),
    ],
)
def test_a_head_that_cannot_be_read_is_told(account: str, words: str) -> None:
    body = bai(CREDIT, account=account, totals=False) + bai(CREDIT)
    reading = parse(body)
    assert words in reading.problems[0].says
    assert len(reading.statements[-1].lines) == 1


def test_a_day_that_is_none_leaves_the_account_out() -> None:
    body = bai(CREDIT, group="02,R,O,1,261310,,,2/")
    assert "as-of date '20261310' is no day" in parse(body).refused
    assert "is not of the form" in parse(bai(CREDIT, group="02,R,O,1,10 Mar,,,2/")).refused


@pytest.mark.parametrize(("status", "words"), [("4", "as a test"), ("2", "takes back")])
def test_tests_and_withdrawals_are_left_out(status: str, words: str) -> None:
    assert words in parse(bai(CREDIT, group=f"02,R,O,{status},260310,,,2/")).refused


def test_a_file_that_breaks_off_is_told() -> None:
    whole = bai(CREDIT)
    cut = whole[: whole.index(b"99,25600")]
    assert told(cut) == [
        (
            ProblemKind.TOTAL,
            "the end: the file breaks off: its last record (99) is missing; download it again",
        )
    ]
    assert "no account in it" in parse(whole[: whole.index(b"49,")]).refused


def test_records_out_of_place_are_told() -> None:
    rows = b"01,S,R,260311,0600,1,,,2/\n16,142,5,,,,x\n03,1,USD/\n49,,/\n98,,,/\nhello\n88,x\n"
    body = rows + b"99,,,/\n" + bai(CREDIT)
    says = {one.says for one in parse(body).problems}
    assert says == {
        "a transaction outside of any account; left out",
        "an account outside of any group; left out",
        "the end of an account that did not begin; left out",
        "the end of a group that did not begin; left out",
        "'hello' begins no record of BAI2; left out",
    }
    orphan = parse(b"01,S,R,260311,/\n" + bai(CREDIT) + b"\n")
    assert len(orphan.statements) == 1
    assert parse(b"01,S,R,260311,/\n88,x\n99,/").refused
