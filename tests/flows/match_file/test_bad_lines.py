"""Whatever stands on a line: it is named with its number, and everything else is processed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.match_file.ledger_file import read_ledger
from flows.match_file.payment_lines import read_payments
from flows.match_file.problems import SAID_MAX, short
from flows.match_file.run import Files, match_files
from rules.matching.policy import Mode

DAYS = {"issue_date": "2026-08-01", "due_date": "2026-08-31"}
LEDGER: list[dict[str, Any]] = [
    {"type": "settings", "as_of": "2026-09-14", "base_currency": "GBP"},
    {"type": "fx_rate", "date": "2026-09-01", "currency": "EUR", "rate": "0.866"},
    {"type": "customer", "id": "C1", "name": "Reed & Sons Ltd", "withholding_rates": ["0.1"]},
    {
        "type": "invoice",
        "id": "I1",
        "number": "INV-1001",
        "customer_id": "C1",
        **DAYS,
        "currency": "GBP",
        "total": "120.00",
        "net": "100.00",
        "open_amount": "120.00",
        "discount": {"percent": "2.00", "until": "2026-09-20"},
    },
    {
        "type": "invoice",
        "id": "I2",
        "number": "INV-1002",
        "customer_id": "C1",
        **DAYS,
        "currency": "EUR",
        "total": "1000.00",
    },
    {
        "type": "credit_note",
        "id": "N1",
        "number": "CN-1003",
        "customer_id": "C1",
        **DAYS,
        "currency": "GBP",
        "total": "20.00",
    },
    {
        "type": "stripe_payout",
        "id": "po_1",
        "amount": "90.00",
        "currency": "GBP",
        "arrival_date": "2026-09-14",
    },
]
PAYMENT: dict[str, Any] = {
    "type": "payment",
    "id": "P1",
    "booking_date": "2026-09-14",
    "currency": "GBP",
    "amount": "117.60",
    "payer_name": "REED & SONS",
    "description": "INV-1001",
}
PAYMENTS: list[dict[str, Any]] = [
    PAYMENT,
    {**PAYMENT, "id": "P2", "amount": "861.00", "description": "INV-1002"},
    {**PAYMENT, "id": "P3", "amount": "90.00", "payer_name": "STRIPE", "description": "STRIPE"},
    {
        "type": "advice",
        "id": "A1",
        "received_at": "2026-09-13",
        "currency": "GBP",
        "total": "117.60",
        "lines": [{"reference": "INV-1001", "amount": "117.60"}],
    },
]
PAST: dict[str, Any] = {"type": "history", "id": "H1", "payment": PAYMENT, "customer_id": "C1"}
DEEP = b"[" * 100_000


def encoded(records: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(one).encode() for one in records]


def run(ledger: list[bytes], payments: list[bytes]) -> tuple[list[dict[str, Any]], list[str]]:
    """Give the lines of the output, and what was said of lines of the input."""
    with TemporaryDirectory() as folder:
        at = Path(folder)
        files = Files(at / "ledger", at / "payments", at / "out")
        files.ledger.write_bytes(b"\n".join(ledger))
        files.payments.write_bytes(b"\n".join(payments))
        done = match_files(files, Mode.BALANCED)
        lines = [json.loads(line) for line in files.out.read_bytes().splitlines()]
        return lines, [str(one) for one in done.problems]


USUAL, NOTHING_SAID = run(encoded(LEDGER), encoded(PAYMENTS))

# What none of the fields below can be, and what those of them that are no text cannot be either.
NO_TEXTS: tuple[Any, ...] = (1.5, True, {}, ["x"])
TEXTS = ("x", "", "NaN", "-Infinity", "1e999999", "9" * 99, "1.23456", "\0")
FIELDS = {
    "invoice": ("id", "customer_id", "currency", "total", "net", "open_amount", "status"),
    "credit_note": ("id", "currency", "total", "issue_date"),
    "stripe_payout": ("id", "amount", "currency", "arrival_date"),
    "payment": ("id", "booking_date", "amount", "currency", "value_date", "charges"),
    "history": ("id", "payment", "allocations"),
    "fx_rate": ("date", "currency", "rate"),
}
TEXTUAL = frozenset(("id", "customer_id"))


@st.composite
def bent(draw: st.DrawFn, *records: dict[str, Any]) -> bytes:
    """Make a line of a record of which a field is wrong; its id is no other's."""
    record = {**draw(st.sampled_from(records)), "id": "BAD"}
    field = draw(st.sampled_from(FIELDS[record["type"]]))
    record[field] = draw(st.sampled_from(NO_TEXTS if field in TEXTUAL else NO_TEXTS + TEXTS))
    return json.dumps(record).encode()


def broken(line: bytes) -> st.SearchStrategy[bytes]:
    """Break a line as transfers do: cut, with bytes that are no text, or put into another."""
    return st.one_of(
        st.integers(1, len(line) - 1).map(lambda at: line[:at]),
        st.integers(1, len(line) - 1).map(lambda at: line[:at] + b"\xff" + line[at:]),
        st.just(line + b","),
        st.just(b"[" + line + b"]"),
        st.just(line.replace(b'{"type"', b'{"deep":' + DEEP + b',"type"')),
    )


def torn(record: dict[str, Any]) -> st.SearchStrategy[bytes]:
    return broken(json.dumps({**record, "id": "BAD"}).encode())


JUNK = st.sampled_from((b"{", b"[]", b"5", b'"x"', b"null", b"{}", b"\0\0", b"\xff\xfe{\0", DEEP))
BAD_LEDGER = st.one_of(JUNK, bent(*LEDGER[3:5], LEDGER[6], PAST), torn(LEDGER[3]), torn(PAST))
BAD_PAYMENT = st.one_of(JUNK, bent(PAYMENT), torn(PAYMENT))


def named(problems: list[str], file: str) -> set[int]:
    places = (one.partition(": ")[0] for one in problems)
    return {int(one.rpartition(" ")[2]) for one in places if one.startswith(f"{file}, line ")}


@settings(max_examples=60, deadline=None)
@given(bad=st.lists(BAD_LEDGER, min_size=1, max_size=4), at=st.integers(0, len(LEDGER)))
@example(bad=[DEEP], at=0)
def test_bad_lines_of_a_ledger_are_named_and_change_nothing(bad: list[bytes], at: int) -> None:
    good = encoded(LEDGER)
    lines, problems = run([*good[:at], *bad, *good[at:]], encoded(PAYMENTS))
    assert lines == USUAL
    assert named(problems, "ledger") == set(range(at + 1, at + 1 + len(bad)))
    assert named(problems, "payments") == set()


@settings(max_examples=60, deadline=None)
@given(bad=st.lists(BAD_PAYMENT, min_size=1, max_size=4), at=st.integers(0, len(PAYMENTS)))
@example(bad=[b'{"type":"payment","id":"\xff"}'], at=0)
def test_bad_payments_are_given_back_and_change_nothing(bad: list[bytes], at: int) -> None:
    good = encoded(PAYMENTS)
    lines, problems = run(encoded(LEDGER), [*good[:at], *bad, *good[at:]])
    ids = [one["payment_id"] for one in lines]
    assert len(set(ids)) == len(ids)
    ours = {one["payment_id"] for one in USUAL}
    assert [one for one in lines if one["payment_id"] in ours] == USUAL
    places = set(range(at + 1, at + 1 + len(bad)))
    assert named(problems, "payments") == places
    refused = [one for one in lines if one["payment_id"] not in ours]
    assert all((one["decision"], one["kind"]) == ("review", "unknown") for one in refused)
    assert 1 <= len(refused) <= len(bad)
    assert all(one["why"][0].startswith("line ") for one in refused)


def test_the_good_lines_say_something() -> None:
    assert [one["decision"] for one in USUAL] == ["apply"] * 3
    assert [one["kind"] for one in USUAL] == ["ar", "ar", "payout"]
    assert USUAL[0]["adjustments"] == [
        {"document_id": "I1", "kind": "early_discount", "amount": "2.40"}
    ]
    assert NOTHING_SAID == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"x":' + DEEP, "it is nested too deep"),
        (b'{"type":"settings","k\xfcnftig":1}', "a byte 0xfc is no UTF-8"),
        (b'{"type":"customer","id":"C\xfc"}', "a byte 0xfc is no UTF-8; save the file as UTF-8"),
        (b'\xff\xfe{\0"\0', "a byte 0xff is no UTF-8"),
        (b"\0", "is the file UTF-16? save it as UTF-8"),
        (b'{"type":"customer","id":""}', "Expected `str` of length >= 1 - at `id`"),
        (b'{"type":"fx_rate","date":"2026-09-01","currency":"EUR","rate":"1e99"}', "`rate` is"),
        (b'{"type":"fx_rate","date":"2026-09-01","currency":"EUR","rate":"NaN"}', "`rate` is NaN"),
        (b'{"type":"fx_rate","date":"2026-09-01","currency":"eur","rate":"1"}', "`currency`: "),
        (json.dumps({**PAST, "payment": {**PAYMENT, "charges": "x"}}).encode(), "payment.charges"),
        (
            json.dumps({**PAST, "allocations": [{"document_id": "I1", "amount": "x"}]}).encode(),
            "`allocations[0].amount`: ",
        ),
    ],
)
def test_what_is_wrong_with_a_ledger_line_is_said(line: bytes, said: str) -> None:
    (problem,) = read_ledger(io.BytesIO(b'{"type":"settings"}\n' + line), "ledger").problems
    assert problem.line == 2
    assert said in problem.what
    assert problem.what.endswith("; the line is left out")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "1.005"}, "`amount`: 1.005 has more decimals than GBP has"),
        ({"amount": "1_000.00"}, "`amount`: '1_000.00' is no amount"),
        ({"currency": "gbp"}, "`currency`: 'gbp' is no currency code"),
        ({"charges": "x"}, "`charges`: 'x' is no amount"),
        ({"original_amount": "5.00", "original_currency": "QQQ"}, "`original_currency`: 'QQQ'"),
        (
            {"remittance": {"lines": [{}, {"reference": "INV-1", "gross": "x"}]}},
            "`remittance.lines[1].gross`: 'x' is no amount",
        ),
    ],
)
def test_what_is_wrong_with_a_payment_is_said(change: dict[str, Any], said: str) -> None:
    line = json.dumps({**PAYMENT, **change}).encode()
    (problem,) = read_payments(io.BytesIO(line), "payments", None).problems
    assert problem.what.startswith(said)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'{"x":{"type":"advice","id":"A7"},"type":"payment","id":"P7"}', "P7"),
        (b'{"type":"payment","id":"P7","x":[{"id":"A7"}', "P7"),
        (b'{"type":"payment","id":7}', "7"),
        (b'{"type":"payment","id":["P7"]}', "line 1"),
        (b'{"type":"payment","id":"P\\"7"}', 'P"7'),
        (b'{"type":"payment","id":""}', "line 1"),
        (b'{"type":5,"id":"P7"}', "P7"),
        (b'{"type":"payment","id":"P7","payer_name":"M\xfcller"}', "P7"),
    ],
)
def test_a_payment_that_cannot_be_read_keeps_its_own_id(line: bytes, name: str) -> None:
    found = read_payments(io.BytesIO(line), "payments", None)
    assert found.order == (name,)
    assert [one.payment_id for one in found.refused] == [name]


def test_lines_of_the_ledger_are_no_payments() -> None:
    found = read_payments(io.BytesIO(b"\n".join(encoded(LEDGER))), "payments", None)
    assert (found.order, found.advices) == ((), ())
    assert [one.line for one in found.problems] == list(range(1, len(LEDGER) + 1))
    said = "a line of type invoice does not belong into this file; the line is left out"
    assert found.problems[3].what == said


def test_a_line_of_a_list_that_says_nothing_is_none() -> None:
    line = {**PAYMENT, "remittance": {"lines": [{}, {"reference": "INV-1001", "amount": None}]}}
    (read,) = read_payments(io.BytesIO(json.dumps(line).encode()), "payments", None).payments
    assert [one.reference for one in read.remittance] == ["INV-1001"]


def test_what_is_quoted_is_short_and_fit_for_a_terminal() -> None:
    assert short("plain: é 謝") == "plain: é 謝"
    assert short("a\x1b[2J\nb\u202e") == "a\\x1b[2J\\nb\\u202e"
    assert short("x" * (SAID_MAX + 1)) == "x" * SAID_MAX + "…"
    line = json.dumps({**LEDGER[3], "total": "9" * 10_000, "id": "\x1b[2J"}).encode()
    (problem,) = read_ledger(io.BytesIO(b'{"type":"settings"}\n' + line), "ledger").problems
    assert len(problem.what) < SAID_MAX + 50
    assert "\x1b" not in problem.what
