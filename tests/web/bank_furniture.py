"""What stands on the bank page: an account of ours with a statement, and a file that waits."""

from __future__ import annotations

from sqlalchemy.orm import Session

from connector.protocol import Found
from flows.bank.files import File
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from rules.matching.overlap import ToldLine
from store import bank_accounts, bank_files, bank_lines, mirror
from tests.conftest import NOW

DAY = NOW.date()
CSV = b"Date;Text;Amount\n10.03.2026;ACME LTD <b>INV</b> 1001;120,00\n"
IBAN = "GB33BUKB20201555555555"


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def stand(s: Session, ours: int, ids: dict[str, int]) -> None:
    """Put an account with one statement of money that went out there, and a file that waits."""
    account = bank_accounts.add(s, ours, IBAN, "GBP", NOW)
    bank_accounts.claim(s, ours, account.id, name="Current account", ledger_account="090")
    read = bank_files.keep(
        s,
        ours,
        digest="r",
        name="march.sta",
        body=b"x",
        file_format="mt940",
        state=bank_files.READ,
        problems=["line 3: the day is left out"],
        who="ada@example.com",
        now=NOW,
    )
    ids["bank file"] = bank_files.keep(
        s,
        ours,
        digest=File("", CSV).digest,
        name="lines.csv",
        body=CSV,
        file_format="csv",
        state=bank_files.WAITING,
        problems=[],
        who="ada@example.com",
        now=NOW,
    )
    statement = bank_files.add_statement(
        s,
        ours,
        account_id=account.id,
        file_id=read,
        number="31",
        balances=(gbp(10_000), gbp(9_500)),
        days=(DAY, DAY),
        lines=2,
        known=1,
        moved=gbp(-500),
    )
    out = Receipt(
        Ref(Kind.RECEIPT, "00001-1-00001"),
        Source.BANK,
        DAY,
        gbp(-500),
        gbp(-500),
        Status.OPEN,
        text="RENT <script>",
    )
    mirror.save(s, ours, account.connection_id, [Found(out, "{}")], NOW)
    told = ToldLine(0, DAY, -500, "", "w", "Landlord", "", "mt940")
    bank_lines.add(s, ours, account.id, [bank_lines.NewLine(statement, out.ref.id, told)])
    [line] = bank_lines.of_statement(s, ours, statement)
    ids |= {"bank account": account.id, "statement": statement, "line": line.id}
