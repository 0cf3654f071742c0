"""What another organisation says in calls, under the names of their arguments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.protocol import Found
from ledger.documents import (
    Customer,
    Kind,
    Organisation,
    Position,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from ledger.remittances import Remittance
from rules.actions import Suppressed, Why
from rules.facts import Hold
from rules.matching.overlap import ToldLine
from rules.matching.policy import Counted
from store import bank_accounts, bank_files, bank_lines, mirror
from store.advices import AdviceRow
from store.answers import AnswerRow
from store.connections import Consented
from store.tokens import Tokens

MONEY = Money(100, "GBP")
MARK = "ONLY-OURS"


def an_advice(name, said, day):
    """Give an advice handed in."""
    one = Remittance(name, day, (), sender=said)
    return AdviceRow(one, said, said, datetime(2026, 9, 14, 9, tzinfo=UTC))


def an_answer(source, remark):
    """Give what a payer answers about receipt p-1."""
    return AnswerRow(source, "p-1", "c-1", (), remark, datetime(2026, 9, 14, 9, tzinfo=UTC))


def named(today):
    """Give what is said in the calls, under the names of their arguments: a to k."""
    theirs = Customer(Ref(Kind.CUSTOMER, "c-1"), "theirs")
    return {
        "accounts": {Source.BANK: "theirs"},
        "answer": an_answer(Source.LEDGER, "theirs"),
        "handed": an_advice("a-2", "theirs", today),
        "amount": MONEY,
        "amounts": {MONEY},
        "apart": True,
        "balances": (MONEY, MONEY),
        "attempts": 1,
        "body": {},
        "currency": "GBP",
        "days": (today, today),
        "file_format": "csv",
        "claims": ("claim-9",),
        "consented": Consented("xero", "books", "tenant-1", "theirs"),
        "customer_id": "c-1",
        "into": "c-9",
        "url": "https://theirs",
        "customer_ids": ["c-1"],
        "day": today,
        "detail": "theirs",
        "email": "anna@x.example",
        "entry": "noted",
        "evidence": MARK,
        "said": Counted(1, 1),
        "fix": "theirs",
        "form": MARK,
        "forms": [MARK],
        "found": [Found(theirs, "{}")],
        "hold": Hold("c-1", "disputed", "theirs"),
        "ids": ["i-1"],
        "invoice_id": "i-1",
        "invoice_ids": ["i-1"],
        "kept": (),
    }


def valued(now, today):
    """Give what is said in the calls: k to z."""
    theirs = Customer(Ref(Kind.CUSTOMER, "c-1"), "theirs")
    return {
        "key": "key-0",
        "kind": "remind",
        "ledger": Organisation("theirs", "USD", "UTC"),
        "ledger_account": "theirs",
        "level": 1,
        "lines": 1,
        "known": 0,
        "limit": 99,
        "mapping": {"mark": "theirs"},
        "moved": MONEY,
        "name": "theirs",
        "next_at": now + timedelta(days=1),
        "now": now,
        "number": 1,
        "numbers": ["n-1"],
        "outcome": {},
        "owner": "theirs",
        "problems": ["theirs"],
        "payout_id": "po-1",
        "position": Position(theirs, now),
        "provider": "xero",
        "read_at": now,
        "reason": "theirs",
        "receipt_id": "p-1",
        "ref": Ref(Kind.INVOICE, "i-1"),
        "resolution": "theirs",
        "role": "viewer",
        "seconds": 45.0,
        "since": today,
        "source": Source.LEDGER,
        "state": "planned",
        "step": "first",
        "subject": "customer:c-1",
        "suppressed": Suppressed("c-1", "i-1", "n-1", "second", "promise_open", False, Why("x", 1)),
        "text": "theirs",
        "title": "theirs",
        "until": today,
        "tokens": Tokens("theirs"),
        "version": 1,
        "who": "theirs",
        "why": "theirs",
    }


def tell_of_a_bank(s, ours, now, today):
    """Keep a bank file with one line, and give what points at it."""
    account = bank_accounts.add(s, ours, MARK, "GBP", now)
    bank_accounts.claim(s, ours, account.id, name=MARK, ledger_account=MARK)
    file_id = bank_files.keep(
        s,
        ours,
        digest=MARK,
        name=MARK,
        body=MARK.encode(),
        file_format="csv",
        state=bank_files.WAITING,
        problems=[MARK],
        who=MARK,
        now=now,
    )
    statement_id = bank_files.add_statement(
        s,
        ours,
        account_id=account.id,
        file_id=file_id,
        number=MARK,
        balances=(MONEY, MONEY),
        days=(today, today),
        lines=1,
        known=0,
        moved=MONEY,
    )
    line = Receipt(
        Ref(Kind.RECEIPT, "b-1"), Source.BANK, today, MONEY, MONEY, Status.OPEN, text=MARK
    )
    mirror.save(s, ours, account.connection_id, [Found(line, MARK)], now)
    told_line = ToldLine(0, today, 100, MARK, MARK, MARK, MARK, "csv")
    new = [bank_lines.NewLine(statement_id, "b-1", told_line, bank_lines.DOUBTED)]
    bank_lines.add(s, ours, account.id, new)
    [kept_line] = bank_lines.doubted(s, ours)
    return {
        "account_id": account.id,
        "file_id": file_id,
        "statement_id": statement_id,
        "line_id": kept_line.id,
        "digest": MARK,
        "new": [bank_lines.NewLine(statement_id, "b-2", told_line)],
    }
