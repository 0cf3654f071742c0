"""Addenda of ACH payments are read wherever a bank's text carries them."""

from __future__ import annotations

from connector.bankfile.parse import parse
from ledger.money import Money
from ledger.remittances import RemittanceLine
from tests.connector.bankfile.messages import camt053, entry, statement

ADDENDA = "CTX RMR*IV*INV-7**100.00\\RMR*IV*INV-8**18.00\\"
NAMED = (
    RemittanceLine("INV-7", Money(10000, "EUR")),
    RemittanceLine("INV-8", Money(1800, "EUR")),
)


def test_addenda_in_a_text_are_lines_of_remittance() -> None:
    camt = camt053(statement(entry(details=f"<AddtlTxInf>{ADDENDA}</AddtlTxInf>"), entry()))
    with_them, without = parse(camt).statements[0].lines
    assert with_them.remittance == NAMED
    assert without.remittance == ()
    ofx = (
        "<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN><DTPOSTED>20260310<TRNAMT>118.00"
        f"<MEMO>{ADDENDA}</STMTTRN></BANKTRANLIST></STMTRS></OFX>"
    )
    assert parse(ofx.encode()).statements[0].lines[0].remittance == NAMED


def test_documents_a_message_names_itself_are_not_replaced() -> None:
    named = "<RmtInf><Strd><RfrdDocInf><Nb>A-1</Nb></RfrdDocInf></Strd></RmtInf>"
    details = f"{named}<AddtlTxInf>{ADDENDA}</AddtlTxInf>"
    (one,) = parse(camt053(statement(entry(details=details)))).statements[0].lines
    assert one.remittance == (RemittanceLine("A-1"),)
