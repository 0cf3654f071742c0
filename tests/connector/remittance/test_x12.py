from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.remittance import x12
from connector.remittance.advice import Given, UnreadableError
from ledger.money import Money
from ledger.remittances import Remittance, RemittanceLine

GIVEN = Given(date(2026, 9, 14), "USD", "edi@payer.example")
ISA = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PAYEE          "
    "*260912*0801*U*00401*000000017*0*P*>~"
)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def transaction(*segments: str, paid: str = "1478.00", count: int | None = None) -> str:
    """Write one 820 around the segments that name documents."""
    head = (
        "ST*820*0001",
        f"BPR*C*{paid}*C*ACH*CTX*01*021000021*DA*11*1512345678**01*031000011*DA*22*20260914",
        "TRN*1*778899",
        "N1*PE*Linden Supply",
        "N1*PR*Marlow Retail Inc",
        "ENT*1",
    )
    number = len(head) + len(segments) + 1 if count is None else count
    return "~\n".join([*head, *segments, f"SE*{number}*0001"]) + "~\n"


def interchange(*transactions: str) -> str:
    body = "".join(transactions)
    return f"{ISA}\nGS*RA*P*Q*20260912*0801*1*X*004010~\n{body}GE*1*1~\nIEA*1*000000017~\n"


def one(*segments: str, paid: str = "1478.00") -> Remittance:
    (found,) = x12.read(interchange(transaction(*segments, paid=paid)), GIVEN)
    return found


def test_an_820_names_documents_amounts_and_the_payment() -> None:
    found = one(
        "RMR*IV*INV-08213**980.00*1000.00*20.00",
        "REF*PO*4500012345",
        "DTM*003*20260814",
        "RMR*IV*INV-08214**498*498",
    )
    assert found.problem == ""
    assert found.lines == (
        RemittanceLine("INV-08213", usd("980"), usd("1000"), usd("20")),
        RemittanceLine("INV-08214", usd("498"), usd("498")),
    )
    assert found.total == usd("1478")
    assert found.paid_on == date(2026, 9, 14)
    assert (found.payer_name, found.sender) == ("Marlow Retail Inc", "edi@payer.example")
    assert found.received == GIVEN.received


def test_several_transactions_are_several_advices_and_others_are_passed_over() -> None:
    other = "ST*997*0009~AK1*RA*1~SE*3*0009~"
    first = transaction("RMR*IV*A-1**10.00", paid="10.00")
    second = transaction("RMR*IV*A-2**20.00", paid="20.00")
    found = x12.read(interchange(first, other, second), GIVEN)
    assert [(one.lines[0].reference, one.problem) for one in found] == [("A-1", ""), ("A-2", "")]
    assert found[0].id != found[1].id


def test_other_separators_and_an_envelope_without_padding() -> None:
    text = interchange(transaction("RMR*IV*A-1**10.00", paid="10.00"))
    squeezed = " ".join(text.split()).replace("~ ", "~")
    turned = squeezed.replace("*", "|").replace("~", "\\")
    for version in (squeezed, turned, f"\ufeff\r\n{text}"):
        assert x12.read(version, GIVEN) == x12.read(text, GIVEN)


def test_a_transaction_without_its_envelope_is_read() -> None:
    (found,) = x12.read(transaction("RMR*IV*A-1**10.00", paid="10.00"), GIVEN)
    assert (found.lines[0].amount, found.problem) == (usd("10"), "")


def test_what_is_paid_follows_from_the_gross_and_the_discount() -> None:
    found = one("RMR*IV*A-1***1000.00*-20.00", paid="980.00")
    assert found.lines == (RemittanceLine("A-1", usd("980"), usd("1000"), usd("20")),)
    assert found.problem == ""


@pytest.mark.parametrize("amount", ["-30.00", "30.00"])
def test_a_credit_memo_is_negative_however_it_is_signed(amount: str) -> None:
    found = one("RMR*IV*A-1**130.00", f"RMR*CM*C-1**{amount}", paid="100.00")
    assert [line.amount for line in found.lines] == [usd("130"), usd("-30")]
    assert found.problem == ""


def test_an_adjustment_of_a_document_is_in_its_amount() -> None:
    found = one("RMR*IV*A-1**90.00*100.00", "ADX*-10.00*01**", paid="90.00")
    assert [line.reference for line in found.lines] == ["A-1"]
    assert found.problem == ""


@pytest.mark.parametrize(
    ("segments", "name"),
    [
        (("ADX*-5.00*L1*ZZ*DM-77", "RMR*IV*A-1**105.00"), "DM-77"),
        (("ADX*-5.00*L1", "REF*ZZ*DM-78", "RMR*IV*A-1**105.00"), "DM-78"),
        (("ADX*-5.00*L1", "RMR*IV*A-1**105.00"), "adjustment L1"),
        # Senders that put it last mean it of the whole payment when the sum says so.
        (("RMR*IV*A-1**105.00", "ADX*-5.00*L1"), "adjustment L1"),
        (("RMR*IV*A-1**105.00", "ENT*2", "ADX*-5.00*L1"), "adjustment L1"),
    ],
)
def test_an_adjustment_of_the_payment_is_a_line(segments: tuple[str, ...], name: str) -> None:
    found = one(*segments, paid="100.00")
    assert {line.reference: line.amount for line in found.lines} == {
        "A-1": usd("105"),
        name: usd("-5"),
    }
    assert found.problem == ""


def test_the_number_of_a_document_may_follow_in_a_ref() -> None:
    found = one("RMR*IV***10.00", "REF*IV*A-9", paid="10.00")
    assert found.lines == (RemittanceLine("A-9", usd("10")),)


@pytest.mark.parametrize(
    ("segments", "paid", "told"),
    [
        (["RMR*IV*A-1**10.00"], "11.00", "the lines come to 10.00 USD, the total says 11.00 USD"),
        (["RMR*IV*A-1**1O.00"], "10.00", "A-1 stands without an amount"),
        (["RMR*IV*A-1**1O.00*10.00"], "10.00", "A-1 stands without an amount"),
        (["RMR*IV*A-1**10.005"], "10.00", "A-1 stands without an amount"),
        (["RMR*IV*A-1**10.00"], "", "BPR02, the amount of the payment, is missing"),
        (["RMR*IV*A-1**10.00"], "1e9", "BPR02, the amount of the payment, is 1e9"),
        ([], "10.00", "it names no document"),
        (["CUR*PR*XQZ", "RMR*IV*A-1**10.00"], "10.00", "'XQZ' is no currency code"),
    ],
)
def test_what_does_not_tie_out_is_told(segments: list[str], paid: str, told: str) -> None:
    assert told in one(*segments, paid=paid).problem


def test_the_currency_is_the_files_own() -> None:
    assert one("CUR*PR*CAD", "RMR*IV*A-1**10.00", paid="10.00").total == Money(1000, "CAD")


def test_a_file_that_was_cut_or_altered_is_told() -> None:
    body = transaction("RMR*IV*A-1**10.00", paid="10.00")
    (cut,) = x12.read(interchange(body[: body.index("SE*")]).split("GE*")[0], GIVEN)
    assert cut.problem == "it breaks off before its end (SE)"
    (altered,) = x12.read(transaction("RMR*IV*A-1**10.00", paid="10.00", count=9), GIVEN)
    assert altered.problem == "it has 8 segments and says 9"
    first, second = x12.read(body.split("SE*")[0] + body, GIVEN)
    assert "breaks off" in first.problem
    assert second.problem == ""


def test_a_debit_is_no_payment() -> None:
    text = transaction("RMR*IV*A-1**10.00", paid="10.00").replace("10.00*C*ACH", "10.00*D*ACH")
    (found,) = x12.read(text, GIVEN)
    assert found.problem == "it announces a debit and no payment"


def test_a_day_that_is_none_is_left_out() -> None:
    text = transaction("RMR*IV*A-1**10.00", paid="10.00").replace("20260914", "20261345")
    assert x12.read(text, GIVEN)[0].paid_on is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ISA*00*", "breaks off in its first segment"),
        ("ISA", "breaks off in its first segment"),
        ("hello", "begins with neither ISA nor ST"),
        (interchange("ST*997*0009~SE*2*0009~"), "holds no 820"),
        (transaction(*["RMR*IV*A-1**10.00"] * 20_001), "more than 20000 lines"),
    ],
)
def test_what_is_no_820_is_refused(text: str, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        x12.read(text, GIVEN)


def test_sent_again_it_is_the_same_advice() -> None:
    text = interchange(transaction("RMR*IV*A-1**10.00", paid="10.00"))
    again = text.replace("000000017", "000000018")
    assert x12.read(text, GIVEN)[0].id == x12.read(again, GIVEN)[0].id
    assert x12.read(text, GIVEN)[0].id != x12.read(text.replace("778899", "778900"), GIVEN)[0].id


def test_what_begins_as_x12_is_told_apart() -> None:
    assert x12.is_x12(ISA)
    assert x12.is_x12(f"\ufeff\n{transaction()}")
    assert not x12.is_x12("ISABELLA paid INV-1")
    assert not x12.is_x12("ST*810*0001~")


@given(st.text(max_size=200), st.integers(0, 400))
def test_no_text_breaks_the_reader(noise: str, at: int) -> None:
    text = interchange(transaction("RMR*IV*A-1**10.00*12.00*2.00", "ADX*1*01", paid="10.00"))
    for bent in (noise, ISA + noise, text[:at] + noise + text[at:]):
        with suppress(UnreadableError):
            assert all(one.lines or one.problem for one in x12.read(bent, GIVEN))
