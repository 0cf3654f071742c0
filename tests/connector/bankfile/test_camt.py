"""CAMT: what of a message becomes which part of a line."""

from __future__ import annotations

from datetime import date

import pytest

from connector.bankfile.parse import parse
from connector.bankfile.reading import ProblemKind
from ledger.money import Money
from ledger.remittances import RemittanceLine
from ledger.statements import BankLine
from tests.connector.bankfile.messages import balance, camt053, entry, one_entry, statement


def line(text: str) -> BankLine:
    reading = parse(one_entry(text))
    assert not reading.refused
    assert reading.problems == ()
    return reading.statements[0].lines[0]


def problems(body: bytes) -> list[tuple[ProblemKind, str]]:
    return [(one.kind, str(one)) for one in parse(body).problems]


PARTIES = (
    "<RltdPties><Dbtr><Pty><Nm>Hallam Ltd</Nm></Pty></Dbtr>"
    "<DbtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></DbtrAcct>"
    "<UltmtDbtr><Pty><Nm>Hallam Trading</Nm></Pty></UltmtDbtr>"
    "<Cdtr><Nm>Ourselves</Nm></Cdtr>"
    "<CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct></RltdPties>"
)


def test_a_statement_has_its_account_balances_and_number() -> None:
    body = camt053(
        statement(
            balance("OPBD", "-10.00", day="2026-03-09"), balance("CLBD", "108.00"), entry("118.00")
        )
    )
    reading = parse(body)
    assert (reading.format, reading.problems) == ("camt.053", ())
    (one,) = reading.statements
    assert (one.account, one.currency, one.number) == ("DE02120300000000202051", "EUR", "31")
    assert (one.opening, one.closing) == (Money(-1000, "EUR"), Money(10800, "EUR"))
    assert (one.opened, one.closed) == (date(2026, 3, 9), date(2026, 3, 10))


def test_the_one_whose_debt_it_is_comes_before_the_one_who_sent_the_money() -> None:
    found = line(entry(details=PARTIES))
    assert found.payer_name == "Hallam Trading"
    assert found.payer_account == "GB33BUKB20201555555555"
    assert found.text == "paid by Hallam Ltd"


def test_of_money_that_went_the_other_side_is_the_creditor() -> None:
    parties = "<RltdPties><Dbtr><Nm>Ourselves</Nm></Dbtr><Cdtr><Nm>Landlord</Nm></Cdtr></RltdPties>"
    found = line(entry(direction="DBIT", details=parties))
    assert (found.amount, found.payer_name) == (Money(-11800, "EUR"), "Landlord")


def test_a_returned_payment_keeps_its_sides_and_says_why() -> None:
    back = (
        "<RltdPties><Dbtr><Nm>Hallam Ltd</Nm></Dbtr></RltdPties>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account closed</AddtlInf></RtrInf>"
    )
    found = line(entry(direction="DBIT", details=back))
    assert found.reversal
    assert (found.payer_name, found.text) == ("Hallam Ltd", "returned: AC04 account closed")
    assert line(entry(inside="<RvslInd>true</RvslInd>", direction="DBIT")).reversal
    assert not line(entry(inside="<RvslInd>false</RvslInd>")).reversal


def test_our_own_account_tells_the_sides_whatever_the_direction() -> None:
    turned = (
        PARTIES.replace("DbtrAcct", "X").replace("CdtrAcct", "DbtrAcct").replace("X", "CdtrAcct")
    )
    assert line(entry(details=turned)).payer_name == "Ourselves"
    assert line(entry(direction="DBIT", details=PARTIES)).payer_name == "Hallam Trading"


@pytest.mark.parametrize(("said", "kept"), [("E2E-1", "E2E-1"), ("NOTPROVIDED", "")])
def test_an_end_to_end_id_that_says_none_is_none(said: str, kept: str) -> None:
    found = line(entry(details=f"<Refs><EndToEndId>{said}</EndToEndId><ChqNb>77</ChqNb></Refs>"))
    assert (found.end_to_end_id, found.reference) == (kept, "77")


def test_a_creditor_reference_is_kept_apart_from_the_text() -> None:
    found = line(
        entry(
            inside="<AddtlNtryInf>SEPA credit</AddtlNtryInf>",
            details="<RmtInf><Ustrd>Invoice\n INV-7</Ustrd>"
            "<Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>",
        )
    )
    assert found.structured_reference == "RF18539007547034"
    assert found.text == "Invoice INV-7 RF18539007547034 SEPA credit"
    assert found.remittance == ()


def test_several_creditor_references_are_lines_of_remittance() -> None:
    each = "".join(
        f"<Strd><CdtrRefInf><Ref>{one}</Ref></CdtrRefInf></Strd>" for one in ("A1", "B2")
    )
    found = line(entry(details=f"<RmtInf>{each}</RmtInf>"))
    assert found.structured_reference == ""
    assert found.remittance == (RemittanceLine("A1"), RemittanceLine("B2"))


def test_referred_documents_bring_their_amounts() -> None:
    invoice = (
        "<Strd><RfrdDocInf><Nb>INV-7</Nb></RfrdDocInf><RfrdDocAmt>"
        '<DuePyblAmt Ccy="EUR">120.00</DuePyblAmt><DscntApldAmt><Amt Ccy="EUR">2.00</Amt>'
        '</DscntApldAmt><RmtdAmt Ccy="EUR">118.00</RmtdAmt></RfrdDocAmt></Strd>'
    )
    credit = (
        "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CREN</Cd></CdOrPrtry></Tp><Nb>CN-1</Nb></RfrdDocInf>"
        '<RfrdDocAmt><CdtNoteAmt Ccy="EUR">5.00</CdtNoteAmt></RfrdDocAmt></Strd>'
        "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CREN</Cd></CdOrPrtry></Tp><Nb>CN-2</Nb></RfrdDocInf>"
        '<RfrdDocAmt><RmtdAmt Ccy="EUR">x</RmtdAmt></RfrdDocAmt></Strd>'
    )
    two = (
        "<Strd><RfrdDocInf><Nb>A</Nb></RfrdDocInf><RfrdDocInf><Nb>B</Nb></RfrdDocInf>"
        "<RfrdDocInf><RltdDt>2026-01-01</RltdDt></RfrdDocInf>"
        '<RfrdDocAmt><RmtdAmt Ccy="EUR">9.00</RmtdAmt></RfrdDocAmt></Strd>'
    )
    found = line(entry(details=f"<RmtInf>{invoice}{credit}{two}</RmtInf>"))
    assert found.remittance == (
        RemittanceLine("INV-7", Money(11800, "EUR"), Money(12000, "EUR"), Money(200, "EUR")),
        RemittanceLine("CN-1", Money(-500, "EUR")),
        RemittanceLine("CN-2"),
        RemittanceLine("A"),
        RemittanceLine("B"),
    )


@pytest.mark.parametrize(
    ("codes", "currency", "channel"),
    [
        ("<Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>", "EUR", "sepa"),
        ("<Fmly><Cd>RCDT</Cd><SubFmlyCd>XBCT</SubFmlyCd></Fmly>", "EUR", "wire"),
        ("<Fmly><Cd>RRCT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly>", "GBP", "fps"),
        ("<Fmly><Cd>CCRD</Cd><SubFmlyCd>POSP</SubFmlyCd></Fmly>", "EUR", "card"),
        ("<Fmly><Cd>LBOX</Cd><SubFmlyCd>LBCA</SubFmlyCd></Fmly>", "EUR", "lockbox"),
        ("<Fmly><Cd>RCDT</Cd><SubFmlyCd>BOOK</SubFmlyCd></Fmly>", "EUR", ""),
    ],
)
def test_the_codes_of_the_bank_tell_the_channel(codes: str, currency: str, channel: str) -> None:
    text = entry(inside=f"<BkTxCd><Domn><Cd>PMNT</Cd>{codes}</Domn></BkTxCd>", currency=currency)
    assert parse(one_entry(text)).statements[0].lines[0].channel == channel


def test_what_was_sent_and_what_was_kept_on_the_way() -> None:
    found = line(
        entry(
            inside='<Chrgs><Rcrd><Amt Ccy="EUR">7.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd>'
            '<Rcrd><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Rcrd></Chrgs>',
            details='<AmtDtls><InstdAmt><Amt Ccy="USD">130.00</Amt></InstdAmt></AmtDtls>',
        )
    )
    assert found.original == Money(13000, "USD")
    assert found.charges == Money(750, "EUR")


def test_charges_of_the_transaction_come_before_those_of_the_entry() -> None:
    entry_level = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">9.00</TtlChrgsAndTaxAmt></Chrgs>'
    details = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">3.00</TtlChrgsAndTaxAmt></Chrgs>'
    assert line(entry(inside=entry_level, details=details)).charges == Money(300, "EUR")
    assert line(entry(inside=entry_level)).charges == Money(900, "EUR")
    two = '<Chrgs><Amt Ccy="EUR">3.00</Amt></Chrgs><Chrgs><Amt Ccy="USD">1.00</Amt></Chrgs>'
    assert line(entry(inside=two)).charges is None
    assert line(entry(inside=entry_level.replace("9.00", "0.00"))).charges is None


def test_money_that_went_was_sent_as_a_negative_amount() -> None:
    details = '<AmtDtls><InstdAmt><Amt Ccy="USD">130.00</Amt></InstdAmt></AmtDtls>'
    assert line(entry(direction="DBIT", details=details)).original == Money(-13000, "USD")


def batch(*parts: str) -> str:
    each = "".join(f"<TxDtls>{one}</TxDtls>" for one in parts)
    return entry("118.00", f"<AcctSvcrRef>B9</AcctSvcrRef><NtryDtls>{each}</NtryDtls>")


def part(amount: str, *more: str) -> str:
    return f'<Amt Ccy="EUR">{amount}</Amt>{"".join(more)}'


def test_a_batch_is_as_many_lines_as_its_transactions() -> None:
    reading = parse(
        one_entry(
            batch(
                part("100.00", "<RmtInf><Ustrd>INV-1</Ustrd></RmtInf>"),
                part("20.00", "<Refs><AcctSvcrRef>T2</AcctSvcrRef></Refs>"),
                '<CdtDbtInd>DBIT</CdtDbtInd><AmtDtls><TxAmt><Amt Ccy="EUR">2.00</Amt></TxAmt>'
                "</AmtDtls>",
            )
        )
    )
    assert reading.problems == ()
    assert [(one.amount.minor, one.bank_id, one.text) for one in reading.statements[0].lines] == [
        (10000, "B9/1", "INV-1"),
        (2000, "T2", ""),
        (-200, "B9/3", ""),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        (part("100.00"), part("17.99")),
        (part("118.00"), "<Refs/>"),
        (part("118.00"), '<Amt Ccy="USD">0.00</Amt>'),
        (part("118.00"), part("much")),
    ],
)
def test_a_batch_that_does_not_add_up_stays_one_line_and_is_told(parts: tuple[str, ...]) -> None:
    reading = parse(one_entry(batch(*parts)))
    (only,) = reading.statements[0].lines
    assert only.amount == Money(11800, "EUR")
    (problem,) = reading.problems
    assert problem.kind is ProblemKind.DETAIL
    assert "2 transactions do not give amounts that make 118.00 EUR" in problem.says


def test_a_batch_as_one_line_still_shows_all_its_text() -> None:
    said = [f"<RmtInf><Ustrd>INV-{one}</Ustrd></RmtInf>" for one in (1, 2)]
    (only,) = parse(one_entry(batch(*said))).statements[0].lines
    assert only.text == "INV-1 INV-2"
    assert (only.structured_reference, only.remittance, only.original) == ("", (), None)


def test_a_transaction_of_another_amount_than_its_entry_is_told() -> None:
    charged = '<Amt Ccy="EUR">120.00</Amt><Chrgs><Amt Ccy="EUR">2.00</Amt></Chrgs>'
    assert line(entry(details=charged)).amount == Money(11800, "EUR")
    assert line(entry(details='<Amt Ccy="EUR">118</Amt>')).amount == Money(11800, "EUR")
    ((kind, says),) = problems(one_entry(entry(details='<Amt Ccy="EUR">120.00</Amt>')))
    assert kind is ProblemKind.DETAIL
    assert "within is of 120.00 EUR, the entry of 118.00 EUR; the entry counts" in says


@pytest.mark.parametrize("page", ["cp1252", "iso-8859-1", "utf-8", "utf-16"])
def test_letters_come_through_even_where_the_declaration_is_wrong(page: str) -> None:
    text = one_entry(entry(details="<RmtInf><Ustrd>Müller</Ustrd></RmtInf>")).decode()
    said = text if page == "cp1252" else text.replace("UTF-8", page)
    bare = text.partition("?>")[2]
    for one in (said, bare) if page in {"cp1252", "utf-8"} else (said,):
        (found,) = parse(one.encode(page)).statements[0].lines
        assert found.text == "Müller"


def test_blank_lines_and_marks_around_a_message_are_no_matter() -> None:
    body = one_entry(entry())
    assert parse(b"\r\n " + body + b"\n\0\x1a") == parse(body)
    assert parse(b"\xef\xbb\xbf" + body) == parse(body)


def test_what_is_not_booked_yet_is_left_out_and_counted() -> None:
    pending = entry().replace("<Sts>BOOK</Sts>", "<Sts><Cd>PDNG</Cd></Sts>")
    body = camt053(
        statement(pending, entry().replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>"))
    )
    assert len(parse(body).statements[0].lines) == 1
    assert problems(body) == [
        (
            ProblemKind.PENDING,
            "statement 1 (S-31): 1 not booked yet and left out; they come with a later statement",
        )
    ]


@pytest.mark.parametrize(
    ("said", "instead", "words"),
    [
        ("118.00", "1e3", "Amt '1e3' is no amount"),
        ("118.00", "118.005", "more decimals than EUR has"),
        ("118.00", "-5", "is no amount"),
        ('"EUR">118', '"ZZZ">118', "'ZZZ' is no currency code"),
        ("CRDT", "UP", "whether money came or went"),
        ("2026-03-10</Dt></BookgDt>", "2026-02-30</Dt></BookgDt>", "BookgDt '2026-02-30'"),
        ("2026-03-10</Dt></BookgDt>", "tomorrow</Dt></BookgDt>", "BookgDt 'tomorrow'"),
        ("<Amt ", "<Amount ", "no amount"),
    ],
)
def test_a_bad_entry_is_named_and_the_others_are_read(said: str, instead: str, words: str) -> None:
    bad = entry().replace(said, instead).replace("</Amt>", "</Amt>")
    if instead == "<Amount ":
        bad = bad.replace("</Amt>", "</Amount>")
    reading = parse(camt053(statement(bad, entry("7.00"))))
    assert [one.amount.minor for one in reading.statements[0].lines] == [700]
    (problem,) = reading.problems
    assert problem.kind is ProblemKind.LINE
    assert words in problem.says
    assert problem.where == "statement 1 (S-31), entry 1"


def test_a_day_that_is_missing_is_taken_from_the_value_or_the_statement() -> None:
    bare = entry().replace("<BookgDt><Dt>2026-03-10</Dt></BookgDt>", "")
    valued = bare.replace("</Sts>", "</Sts><ValDt><Dt>2026-03-12</Dt></ValDt>")
    reading = parse(camt053(statement(bare, valued)))
    first, second = reading.statements[0].lines
    assert (first.booked, first.value_day) == (date(2026, 3, 11), None)
    assert (second.booked, second.value_day) == (date(2026, 3, 12), date(2026, 3, 12))
    assert [one.kind for one in reading.problems] == [ProblemKind.DETAIL] * 2
    nowhere = camt053(statement(bare)).replace(b"CreDtTm", b"Cre")
    assert "no day (BookgDt); left out" in problems(nowhere)[0][1]
    assert parse(nowhere).statements[0].lines == ()


def test_a_balance_that_cannot_be_read_is_told_and_left_out() -> None:
    bad = balance("OPBD", "1.234,5")
    assert [kind for kind, _ in problems(camt053(statement(bad)))] == [ProblemKind.DETAIL]
    other = balance("CLBD", "5.00", currency="SEK")
    assert problems(camt053(statement(other))) == [
        (
            ProblemKind.CURRENCY,
            "statement 1 (S-31): the balance CLBD is in SEK, the account in EUR; ask the bank",
        )
    ]


def test_an_entry_in_another_currency_is_kept_and_told() -> None:
    body = camt053(
        statement(balance("OPBD", "0.00"), entry(currency="SEK"), balance("CLBD", "1.00"))
    )
    assert parse(body).statements[0].lines[0].amount == Money(11800, "SEK")
    assert [kind for kind, _ in problems(body)] == [ProblemKind.CURRENCY]


def test_the_currency_comes_from_the_balances_or_the_entries_where_the_account_has_none() -> None:
    account = "<Id><Othr><Id>4711</Id></Othr></Id>"
    assert parse(camt053(statement(entry(), account=account))).statements[0].currency == "EUR"
    by_balance = camt053(statement(balance("OPBD", "1.00", currency="CHF"), account=account))
    assert parse(by_balance).statements[0].currency == "CHF"
    ((kind, says),) = problems(camt053(statement(account=account), statement()))
    assert kind is ProblemKind.LINE
    assert "statement left out" in says


def test_a_message_without_a_whole_statement_is_refused() -> None:
    assert "(none in it)" in parse(camt053()).refused
    nameless = statement(account="<Id><Othr><Id>4711</Id></Othr></Id>")
    assert (
        "no whole statement (Account: 'NONE' is no currency code"
        in parse(camt053(nameless)).refused
    )


def test_balances_between_pages_open_and_close_the_page() -> None:
    pages = camt053(
        statement(balance("OPBD", "0.00"), balance("ITBD", "118.00"), entry(), page="1"),
        statement(balance("ITBD", "118.00"), balance("CLBD", "125.00"), entry("7.00"), page="2"),
    )
    reading = parse(pages)
    assert reading.problems == ()
    assert [one.number for one in reading.statements] == ["31/1", "31/2"]
    assert [one.opening for one in reading.statements] == [Money(0, "EUR"), Money(11800, "EUR")]
    within = parse(camt053(statement(balance("ITBD", "5.00"))))
    assert within.statements[0].opening is None
    assert within.statements[0].closing == Money(500, "EUR")
    middle = parse(camt053(statement(balance("ITBD", "5.00"), balance("ITBD", "5.00"))))
    assert middle.statements[0].opening == Money(500, "EUR")


def test_the_balance_of_the_day_before_opens_where_no_other_does() -> None:
    body = camt053(statement(balance("PRCD", "5.00"), balance("CLAV", "9.00")))
    assert parse(body).statements[0].opening == Money(500, "EUR")
    assert parse(body).statements[0].closing is None


def test_messages_of_all_kinds_and_versions_and_in_envelopes_are_read() -> None:
    body = camt053(statement(entry())).replace(b'<?xml version="1.0" encoding="UTF-8"?>', b"")
    assert parse(b"<BizMsgEnvlp>" + body + b"</BizMsgEnvlp>").format == "camt.053"
    report = body.replace(b"BkToCstmrStmt", b"BkToCstmrAcctRptV01").replace(b"Stmt>", b"Rpt>")
    assert parse(report).format == "camt.052"
    first = report.replace(b"<Id><IBAN>", b"<Id><PrtryAcct><Id>").replace(
        b"</IBAN></Id>", b"</Id></PrtryAcct></Id>"
    )
    assert parse(first).statements[0].account == "DE02120300000000202051"
    notice = body.replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn").replace(b"Stmt>", b"Ntfctn>")
    assert parse(notice).format == "camt.054"


def test_transactions_right_below_the_entry_are_read_as_well() -> None:
    old = entry(inside="<TxDtls><Refs><EndToEndId>E9</EndToEndId></Refs></TxDtls>")
    assert line(old).end_to_end_id == "E9"


def test_the_days_of_the_report_stand_in_where_no_balance_has_any() -> None:
    days = "<FrToDt><FrDtTm>2026-03-01T00</FrDtTm><ToDtTm>2026-03-02T00</ToDtTm></FrToDt>"
    (one,) = parse(camt053(statement(days))).statements
    assert (one.opened, one.closed) == (date(2026, 3, 1), date(2026, 3, 2))
