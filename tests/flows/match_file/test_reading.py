"""The files of `dunnock match`: what is read, what is named as wrong, and that nothing is lost."""

from __future__ import annotations

import io
from datetime import date

import pytest

from flows.match_file.amounts import minor, text
from flows.match_file.ledger_file import Ledger, read_ledger
from flows.match_file.payment_lines import Batch, read_payments
from flows.match_file.settings import policy, without_rate
from ledger.money import Money, MoneyError
from rules.matching.policy import Mode, Rate

INVOICE = (
    '{"type":"invoice","id":"I1","number":"INV-1001","customer_id":"C1","issue_date":"2026-08-01",'
    '"due_date":"2026-08-31","currency":"GBP","total":"120.00","net":"100.00",'
    '"open_amount":"20.50","status":"open","po_number":null,"payment_reference":"RF18539007547034",'
    '"discount":{"percent":"2.00","until":"2026-09-20"},"colour":"red"}'
)
PAYMENT = (
    '{"type":"payment","id":"P1","booking_date":"2026-09-01","amount":"1.00","currency":"GBP"}'
)


def ledger(*lines: str) -> Ledger:
    return read_ledger(io.BytesIO("\n".join(lines).encode()), "ledger.jsonl")


def payments(*lines: str, as_of: date | None = None) -> Batch:
    return read_payments(io.BytesIO("\n".join(lines).encode()), "payments.jsonl", as_of)


def problems(found: Ledger | Batch) -> list[str]:
    return [str(one) for one in found.problems if one.line]


def test_a_ledger_is_read_whole() -> None:
    found = ledger(
        '\ufeff{"type":"settings","as_of":"2026-09-14","base_currency":"GBP",'
        '"own_names":["Us Ltd"],"rounding_max":"0.02","bank_fee_max":"9.00",'
        '"bank_fee_channels":["sepa"],'
        '"discount_grace_days":1,"fx_tolerance":"0.01","invoice_number_example":"INV-1001"}',
        '{"type":"fx_rate","date":"2026-09-02","currency":"EUR","base_currency":"GBP","rate":"0.9"}',
        '{"type":"fx_rate","date":"2026-09-01","currency":"EUR","rate":"0.866000"}',
        '{"type":"fx_rate","date":"2026-09-01","currency":"EUR","base_currency":"USD","rate":"9"}',
        '{"type":"customer","id":"C1","name":"Reed & Sons","number":20007,"bank_accounts":["GB1"],'
        '"aliases":["Reed"],"parent":null,"withholding_rates":["0.1000"]}',
        "",
        INVOICE,
        '{"type":"credit_note","id":"N1","number":"CN-1","customer_id":"C1","currency":"GBP",'
        '"issue_date":"2026-08-02","total":"5.00"}',
        '{"type":"invoice","id":"I2","number":7,"customer_id":"C1","currency":"JPY",'
        '"due_date":"2026-08-31","total":"1200.00","status":"paid"}',
        '{"type":"stripe_payout","id":"po_1","amount":"90.00","currency":"GBP",'
        '"arrival_date":"2026-09-02"}',
        '{"type":"history","id":"H1","customer_id":"C1","payment":' + PAYMENT + ","
        '"allocations":[{"document_id":"I2","amount":"1.00"}]}',
        '{"type":"weather","sky":"blue"}',
    )
    assert found.problems == ()
    first = found.book.item("I1")
    assert first is not None
    assert (first.total, first.net, first.open, first.due) == (
        12000,
        10000,
        2050,
        date(2026, 8, 31),
    )
    assert (first.discount_percent, first.discount_until) == (200, date(2026, 9, 20))
    assert first.reference == "RF18539007547034"
    note = found.book.item("N1")
    assert note is not None
    assert (note.credit, note.open, note.due) == (True, 500, date(2026, 8, 2))
    paid = found.book.item("I2")
    assert paid is not None
    assert (paid.number, paid.total, paid.open) == ("7", 1200, 0)
    party = found.book.party("C1")
    assert party is not None
    assert (party.number, party.withholding_percents) == ("20007", (1000,))
    assert [one.id for one in found.book.payouts("GBP", 9000)] == ["po_1"]
    assert [one.allocations for one in found.book.past("GBP", 100)] == [(("I2", 100),)]
    made = policy(found, payments(), Mode.BALANCED)
    assert made.rates == {
        "EUR": (
            Rate(date(2026, 9, 1), made.rates["EUR"][0].rate),
            Rate(date(2026, 9, 2), made.rates["EUR"][1].rate),
        )
    }
    assert str(made.rates["EUR"][0].rate) == "0.866000"
    assert made.bank_fee_channels == {"sepa"}
    assert (made.discount_grace_days, made.large) == (1, {"GBP": 100})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "this is no JSON object"),
        ("[]", "Expected `object`"),
        ("\udcff", "a byte 0xff is no UTF-8"),
        ('{"id":"I9"}', "missing required field `type`"),
        (INVOICE.replace('"120.00"', '"120.001"'), "`total`: 120.001 has more decimals than GBP"),
        (INVOICE.replace('"120.00"', "120.5"), "got `float` - at `total`"),
        (INVOICE.replace('"100.00"', '"much"'), "`net`: 'much' is no amount"),
        (INVOICE.replace('"GBP"', '"GPB"'), "'GPB' is no currency code"),
        (INVOICE.replace("20.50", "-20.50"), "I1 is negative; give it as a credit note"),
        (INVOICE.replace('"open",', '"draft",'), "`status` is 'draft'; use open or paid"),
        (INVOICE.replace('"open",', '"paid",'), "I1 is paid, but `open_amount` is 20.50"),
        (INVOICE.replace("2026-08-01", "2026-13-01"), "date - at `issue_date`"),
        (
            INVOICE.replace("issue_date", "a").replace("due_date", "b"),
            "`issue_date` and `due_date` are both missing",
        ),
        (
            '{"type":"fx_rate","date":"2026-09-01","currency":"EUR","rate":"-1"}',
            "`rate` is -1; a rate is a number above zero",
        ),
        (PAYMENT, "a line of type payment does not belong into this file"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(line: str, said: str) -> None:
    raw = "\n".join((line, INVOICE.replace('"I1"', '"I2"'))).encode("utf-8", "surrogateescape")
    found = read_ledger(io.BytesIO(raw), "ledger.jsonl")
    (told,) = problems(found)
    assert told.startswith("ledger.jsonl, line 1: ")
    assert said in told
    assert told.endswith("; the line is left out")
    assert found.book.item("I1") is None
    assert found.book.item("I2") is not None


def test_odd_but_usable_lines_are_named_and_used() -> None:
    found = ledger(
        INVOICE.replace('"INV-1001"', "null"),
        INVOICE.replace('"I1"', '"I2"').replace('"2.00"', '"2.005"'),
        '{"type":"customer","id":"C1","withholding_rates":["0.10001","0.2"]}',
    )
    no = "is no percentage in hundredths of a percent"
    assert problems(found) == [
        "ledger.jsonl, line 1: I1 has no `number`; it can be paid, but no payment can name it",
        f"ledger.jsonl, line 2: `discount.percent`: 2.005 {no}; the discount is left out",
        f"ledger.jsonl, line 3: `withholding_rates`: 0.10001 {no}; this rate is left out",
    ]
    assert found.book.item("I1") is not None
    discounted = found.book.item("I2")
    assert discounted is not None
    assert discounted.discount_until is None
    assert found.problems[0].what == "there is no line of type settings; usual limits hold"


def test_documents_of_one_id_are_used_once_or_not_at_all() -> None:
    found = ledger(
        INVOICE,
        INVOICE,
        INVOICE.replace('"I1"', '"I2"'),
        INVOICE.replace('"I1"', '"I2"').replace("20.50", "20.60"),
        INVOICE.replace('"I1"', '"I3"'),
    )
    assert sorted(problems(found)) == [
        "ledger.jsonl, line 2: I1 stands on line 1 already; the first is used",
        "ledger.jsonl, line 4: I2 stands on line 3 already; they differ: none of them is used",
    ]
    assert found.book.item("I2") is None
    assert [one.id for one in found.book.owing("C1", "GBP")] == ["I1", "I3"]
    assert [one.id for one in found.book.spelled("1001")] == ["I1", "I3"]
    assert [one.id for one in found.book.amounting("GBP", 2050)] == ["I1", "I3"]


def test_of_records_that_stand_twice_the_first_is_used_or_none() -> None:
    rate = (
        '{"type":"fx_rate","date":"2026-09-01","currency":"EUR","base_currency":"GBP","rate":"%s"}'
    )
    customer = '{"type":"customer","id":"C%d","name":"%s"}'
    found = ledger(
        *(customer % (1, "A"), customer % (1, "A"), customer % (2, "A"), customer % (2, "B")),
        *(customer % (2, "A"), rate % "0.9", rate % "0.8"),
        *('{"type":"settings","base_currency":"GBP"}', '{"type":"settings"}'),
    )
    none = "they differ: none of them is used"
    assert problems(found) == [
        "ledger.jsonl, line 2: customer C1 stands on line 1 already; the first is used",
        f"ledger.jsonl, line 4: customer C2 stands on line 3 already; {none}",
        f"ledger.jsonl, line 5: customer C2 stands on line 3 already; {none}",
        f"ledger.jsonl, line 7: fx_rate EUR GBP 2026-09-01 stands on line 6 already; {none}",
        f"ledger.jsonl, line 9: settings stands on line 8 already; {none}",
    ]
    party = found.book.party("C1")
    assert party is not None
    assert party.name == "A"
    assert (found.book.party("C2"), found.rates) == (None, ())
    assert found.settings.base_currency is None


def test_payments_and_advices_are_read() -> None:
    found = payments(
        '{"type":"payment","id":"P1","booking_date":"2026-09-01","value_date":"2026-09-02",'
        '"amount":"-118.00","currency":"GBP","channel":"wire","payer_account":123,'
        '"remittance":{"lines":[{"reference":"INV-1","amount":"118.00","gross":"120.00",'
        '"discount":"2.00"}]},"original_amount":"140.000","original_currency":"KWD",'
        '"charges":"1.00"}',
        '{"type":"advice","id":"A1","received_at":"2026-09-01T10:00:00Z","total":"118.00",'
        '"currency":"GBP","lines":[{"reference":"INV-1","amount":"-1.00"}]}',
        '{"type":"note"}',
    )
    assert found.problems == ()
    assert found.refused == ()
    assert found.order == ("P1",)
    (payment,) = found.payments
    assert payment.amount == Money(-11800, "GBP")
    assert payment.original == Money(140000, "KWD")
    assert payment.charges == Money(100, "GBP")
    assert payment.payer_account == "123"
    assert payment.remittance[0].gross == Money(12000, "GBP")
    (advice,) = found.advices
    assert (advice.received, advice.total) == (date(2026, 9, 1), Money(11800, "GBP"))
    assert advice.lines[0].amount == Money(-100, "GBP")


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        (PAYMENT.replace("1.00", "1.005"), "P1", "1.005 has more decimals than GBP has"),
        (PAYMENT.replace('"1.00"', "null"), "P1", "Expected `int | str`, got `null` - at `amount`"),
        (PAYMENT.replace('"GBP"', '"JPY"').replace("1.00", "1.50"), "P1", "than JPY has"),
        (PAYMENT.replace('"id":"P1",', ""), "line 1", "missing required field `id`"),
        (PAYMENT[:-3], "P1", "this is no JSON object"),
        (PAYMENT.replace("2026-09-01", "2099-09-01"), "P1", "2099-09-01 is in the future"),
    ],
)
def test_a_bad_payment_is_refused_and_not_lost(line: str, name: str, said: str) -> None:
    found = payments(line, *(PAYMENT.replace('"P1"', f'"P{at}"') for at in (2, 3)))
    assert sorted(found.order) == sorted((name, "P2", "P3"))
    assert [one.ref.id for one in found.payments] == ["P2", "P3"]
    (refused,) = found.refused
    assert refused.payment_id == name
    assert refused.why.startswith("line 1 of the file: ")
    assert said in refused.why
    assert problems(found) == [
        f"payments.jsonl, line 1: {refused.why[len('line 1 of the file: ') :]}"
    ]


def test_a_payment_that_stands_twice_is_given_back_once() -> None:
    same = payments(PAYMENT, PAYMENT)
    assert (len(same.payments), same.order) == (1, ("P1",))
    assert problems(same) == ["payments.jsonl, line 2: payment P1 stands on line 1 already"]
    other = payments(PAYMENT, PAYMENT.replace("1.00", "2.00"), PAYMENT)
    assert (other.payments, other.order) == ((), ("P1",))
    assert [one.payment_id for one in other.refused] == ["P1"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"type":"advice","id":"A1","received_at":"soon","currency":"GBP"}', "`received_at`"),
        ('{"type":"advice","id":"A1","received_at":"2026-09-01"}', "`currency` is missing"),
        ('{"type":"advice","id":"A1"', "no JSON object"),
    ],
)
def test_a_bad_advice_is_named_and_left_out(line: str, said: str) -> None:
    first = '{"type":"advice","id":"A0","received_at":"2026-09-01","currency":"GBP"}'
    found = payments(first, line)
    assert (found.order, found.refused) == ((), ())
    assert [one.id for one in found.advices] == ["A0"]
    (told,) = problems(found)
    assert said in told
    assert told.endswith("; the advice is left out")


def test_an_advice_counts_once_or_not_at_all() -> None:
    advice = '{"type":"advice","id":"A1","received_at":"2026-09-0%d","currency":"GBP"}'
    assert len(payments(advice % 1, advice % 1).advices) == 1
    found = payments(advice % 1, advice % 2)
    assert (found.advices, found.order) == ((), ())
    (told,) = problems(found)
    assert told.endswith("advice A1 stands on line 1 already; they differ: none of them is used")


def test_a_day_is_in_the_future_only_if_it_is_long_after_the_others() -> None:
    later = [PAYMENT.replace("09-01", "12-01").replace('"P1"', f'"P{at}"') for at in range(3)]
    assert payments(*later, as_of=date(2026, 9, 14)).refused == ()
    assert len(payments(PAYMENT, PAYMENT.replace('"P1"', '"P2"'), later[0]).refused) == 1
    assert payments(PAYMENT, later[0], as_of=date(2026, 11, 30)).refused == ()
    last = PAYMENT.replace("2026-09-01", "9999-12-31")
    assert payments(last).refused == ()
    assert len(payments(last, as_of=date(2026, 11, 30)).refused) == 1
    assert len(payments(PAYMENT, last.replace('"P1"', '"P2"')).refused) == 1


def test_what_the_settings_leave_out_is_as_usual() -> None:
    made = policy(ledger(INVOICE), payments(PAYMENT), Mode.SAFE)
    assert (made.as_of, made.base_currency) == (date(2026, 9, 1), "")
    assert (made.discount_grace_days, str(made.rounding_max)) == (3, "0.05")
    assert policy(ledger(), payments(), Mode.SAFE).as_of == date.min


def test_a_currency_without_a_rate_is_named_where_it_first_stands() -> None:
    held = ledger(
        '{"type":"settings","base_currency":"GBP"}',
        INVOICE,
        *(INVOICE.replace('"I1"', f'"I{at}"').replace("GBP", "EUR") for at in (2, 3)),
        '{"type":"fx_rate","date":"2026-09-01","currency":"USD","rate":"0.8"}',
    )
    paid = payments(
        *(
            PAYMENT.replace('"P1"', f'"P{at}"').replace("GBP", code)
            for at, code in enumerate(("GBP", "USD", "CHF", "EUR"))
        )
    )
    assert [str(one) for one in without_rate(held, paid, ("ledger.jsonl", "payments.jsonl"))] == [
        "ledger.jsonl, line 3: EUR has no fx_rate; documents in it are paid only by payments in it",
        *(
            f"payments.jsonl, line {line}: {code} has no fx_rate;"
            " payments in it are matched only with documents in it"
            for line, code in ((3, "CHF"), (4, "EUR"))
        ),
    ]
    assert without_rate(ledger(INVOICE), payments(PAYMENT), ("l", "p")) == []


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("120.00", "GBP", 12000),
        ("-0.05", "GBP", -5),
        ("1200.00", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("1.50", "KWD", 1500),
        (13, "GBP", 1300),
        ("12", "GBP", 1200),
    ],
)
def test_amounts_are_exact_in_every_currency(amount: str | int, currency: str, units: int) -> None:
    assert minor(amount, currency) == units
    assert Money.parse(text(units, currency), currency).minor == units


def test_amounts_are_written_with_two_decimals_or_three() -> None:
    assert [text(-5, "GBP"), text(1200, "JPY"), text(1500, "KWD")] == ["-0.05", "1200.00", "1.500"]
    with pytest.raises(MoneyError):
        minor("99999999999999999.00", "GBP")
