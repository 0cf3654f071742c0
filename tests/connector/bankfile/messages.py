"""CAMT messages made up for tests: what differs is given, the rest is a plain statement."""

from __future__ import annotations


def entry(
    amount: str = "118.00",
    inside: str = "",
    *,
    direction: str = "CRDT",
    currency: str = "EUR",
    details: str = "",
) -> str:
    """Write an entry booked on 10 March; `inside` goes right below it, `details` into TxDtls."""
    wrapped = f"<NtryDtls><TxDtls>{details}</TxDtls></NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        "<Sts>BOOK</Sts><BookgDt><Dt>2026-03-10</Dt></BookgDt>"
        f"{inside}{wrapped}</Ntry>"
    )


def balance(code: str, amount: str, *, day: str = "2026-03-10", currency: str = "EUR") -> str:
    """Write a balance; a minus makes it a debit."""
    direction = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(*inside: str, number: str = "31", page: str = "", account: str = "") -> str:
    """Write a statement of an account in euro."""
    pages = f"<StmtPgntn><PgNb>{page}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    account = account or "<Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy>"
    return (
        f"<Stmt><Id>S-{number}</Id>{pages if page else ''}"
        f"<ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>2026-03-11T06:00:00+01:00</CreDtTm>"
        f"<Acct>{account}</Acct>{''.join(inside)}</Stmt>"
    )


def camt053(*statements: str) -> bytes:
    """Write a message with statements."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>{''.join(statements)}</BkToCstmrStmt></Document>"
    ).encode()


def one_entry(text: str) -> bytes:
    """Write a message that holds one entry."""
    return camt053(statement(text))
