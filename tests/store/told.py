"""What another organisation says in calls, under the names of their arguments."""

from __future__ import annotations

from datetime import timedelta

from connector.protocol import Found
from ledger.documents import Customer, Kind, Organisation, Position, Ref, Source
from ledger.money import Money
from rules.actions import Suppressed, Why
from rules.facts import Hold
from store.connections import Consented
from store.tokens import Tokens

MONEY = Money(100, "GBP")
MARK = "ONLY-OURS"


def named(today):
    """Give what is said in the calls, under the names of their arguments: a to k."""
    theirs = Customer(Ref(Kind.CUSTOMER, "c-1"), "theirs")
    return {
        "accounts": {Source.BANK: "theirs"},
        "amount": MONEY,
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
        "fix": "theirs",
        "form": MARK,
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
