"""Every table there is, by topic; `metadata` is what the migrations must lead to."""

from __future__ import annotations

from store.tables.bank import bank_account, bank_file, bank_line, bank_statement
from store.tables.columns import metadata
from store.tables.house import (
    call_bucket,
    call_count,
    connection,
    consent_state,
    discovery,
    event_number,
    identity,
    inbox,
    member,
    membership,
    organisation,
    tick,
    token_set,
)
from store.tables.matching import matching_index, matching_key
from store.tables.mirror import allocation, credit_note, customer, invoice, online, payout, receipt
from store.tables.work import (
    action,
    claim,
    exception,
    hold,
    journal,
    journal_head,
    payer,
    payer_answer,
    ruleset,
    step,
    suppressed,
    undone_pair,
)

__all__ = [
    "action",
    "allocation",
    "bank_account",
    "bank_file",
    "bank_line",
    "bank_statement",
    "call_bucket",
    "call_count",
    "claim",
    "connection",
    "consent_state",
    "credit_note",
    "customer",
    "discovery",
    "event_number",
    "exception",
    "hold",
    "identity",
    "inbox",
    "invoice",
    "journal",
    "journal_head",
    "matching_index",
    "matching_key",
    "member",
    "membership",
    "metadata",
    "online",
    "organisation",
    "payer",
    "payer_answer",
    "payout",
    "receipt",
    "ruleset",
    "step",
    "suppressed",
    "tick",
    "token_set",
    "undone_pair",
]
