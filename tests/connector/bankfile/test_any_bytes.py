"""Whatever comes: a reading or a refusal, never a crash; and amounts exact or refused."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.bankfile import CsvMapping, preview
from connector.bankfile.parse import parse
from connector.bankfile.reading import Reading
from connector.bankfile.wire import pack, unpack
from ledger.money import exponent
from tests.connector.bankfile.messages import balance, camt053, entry, statement

CAMT = camt053(
    statement(
        balance("OPBD", "0.00"),
        entry(details="<RmtInf><Strd><RfrdDocInf><Nb>A</Nb></RfrdDocInf></Strd></RmtInf>"),
    )
)
MT940 = (
    b":20:X\n:25:4711EUR\n:28C:1/1\n:60F:C260309EUR0,00\n:61:2603100310C118,00NTRFNONREF//B1\n"
    b":86:166?00GUT?20EREF+E2E?21SVWZ+INV-7?32Hallam\n:61:260310D1,00NTRFX\n"
    b":86:/NAME/Van Dijk/REMI/STRD/CUR/1/\n:90C:1EUR1,00\n:62F:C260310EUR117,00\n-\n"
)
BAI = (
    b"01,S,R,260311,0600,1,,,2/\n02,R,O,1,260310,2359,,2/\n03,4711,USD,010,0,,,015,118,D,1,0,5/\n"
    b"16,142,118,V,260310,,B,C,ORIG CO NAME:X\n88,more\n16,115,1,S,1,2,3,,,x\n16,116,1,,,,x\n"
    b"49,236,6/\n98,236,1,8/\n99,236,1,10/\n"
)
OFX = (
    b"OFXHEADER:100\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>"
    b"<STMTTRN><DTPOSTED>20260310<TRNAMT>-1,5<FITID>1<PAYEE><NAME>X</PAYEE></STMTTRN>"
    b"</BANKTRANLIST><LEDGERBAL><BALAMT>1<DTASOF>20260310</LEDGERBAL></STMTRS></OFX>"
)
CSV = b'Date,Text,In,Out,Balance\n10/03/2026,a,1.00,,1.00\n11/03/2026,b,,"1,000.00",-999.00\n'
MAPPING = CsvMapping(
    day_format="DD/MM/YYYY",
    day="Date",
    money_in="In",
    money_out="Out",
    balance="Balance",
    thousands_mark=",",
    text=("Text",),
    currency="EUR",
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

pieces = st.sampled_from(
    [b"\n", b":61:", b":86:", b"?20", b",", b"/", b"88,", b"<", b"</", b"&x;", b'"', b"\0", b"\xff"]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Take a whole file of any format and put something elsewhere, or take something out."""
    body = draw(st.sampled_from([CAMT, MT940, BAI, OFX, CSV]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        end = draw(st.integers(at, min(len(body), at + 12)))
        body = body[:at] + draw(st.one_of(pieces, st.binary(max_size=6))) + body[end:]
    return body


def holds(reading: Reading) -> None:
    """Check what must be so of every reading."""
    assert bool(reading.refused) or bool(reading.statements)
    assert unpack(pack(reading)) == reading


@QUICK
@given(st.binary(max_size=300), st.sampled_from([None, MAPPING]))
def test_any_bytes_are_read_or_refused(body: bytes, mapping: CsvMapping | None) -> None:
    holds(parse(body, mapping))


@settings(QUICK, max_examples=200)
@given(damaged(), st.sampled_from([None, MAPPING]))
def test_a_damaged_file_is_read_or_refused(body: bytes, mapping: CsvMapping | None) -> None:
    holds(parse(body, mapping))
    holds(preview(body, MAPPING))


def test_the_files_that_get_damaged_are_whole() -> None:
    for body in (CAMT, MT940, BAI, OFX, CSV):
        assert parse(body, MAPPING).statements[0].lines


amounts = st.decimals(min_value=0, max_value=Decimal(10) ** 12, places=3, allow_nan=False)


@QUICK
@given(amounts, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_is_exact_in_its_currency_or_refused(amount: Decimal, currency: str) -> None:
    exact = amount.scaleb(exponent(currency))
    whole = exact == exact.to_integral_value()
    text = f"{amount:f}"
    account = f"<Id><IBAN>X1</IBAN></Id><Ccy>{currency}</Ccy>"
    files = (
        camt053(statement(entry(text, currency=currency), account=account)),
        MT940.replace(b"EUR", currency.encode()).replace(
            b"118,00", text.replace(".", ",").encode()
        ),
        OFX.replace(b"USD", currency.encode()).replace(b"-1,5", text.encode()),
    )
    for body in files:
        reading = parse(body)
        read = [line.amount for one in reading.statements for line in one.lines]
        assert (exact in [money.minor for money in read]) is whole
        assert all(money.currency == currency for money in read)
