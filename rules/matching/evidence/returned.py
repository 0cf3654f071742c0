"""Payments that come back: an earlier receipt that the payer's bank took away again.

Speaks for negative amounts when exactly one payment of that amount was placed before which the
line's payer, reference or number points at. Refuses where several do, and where a credit note
would explain the money as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules.matching.answers import referring
from rules.matching.forms import account_form
from rules.matching.found import Found
from rules.matching.spellings import plain
from rules.matching.values import Kind
from rules.matching.words import RETURNED

if TYPE_CHECKING:
    from rules.matching.line import Line
    from rules.matching.values import Answer, Past

RULE = "returned_payment"
# A word of a past payment this long, with digits in it, is hardly there by accident.
TELLING_LENGTH = 5

_WORD = re.compile(r"[^\W_]+")


def look(line: Line) -> Found | None:
    """Take the earlier payment that came back."""
    if line.amount >= 0:
        return None
    pasts = [
        one
        for one in line.batch.book.past(line.currency, -line.amount)
        if one.id not in line.batch.referred and one.payment.received <= line.receipt.received
    ]
    told = RETURNED.search(line.plain) is not None
    graded = sorted(((_points(line, one), one) for one in pasts), key=lambda each: -each[0])
    pointed = [one for points, one in graded if points and points == graded[0][0]]
    word = "word" if told else "bare"
    if len(pointed) == 1:
        answer = _answer(pointed[0], f"returned/{word}/pointed")
        return Found((answer,), independent_facts=2)
    if pointed or not told:
        answers = tuple(_answer(one, f"returned/{word}/tie") for one in pointed[:3])
        return Found(answers, "tie") if pointed else None
    answers = tuple(_answer(one, f"returned/{word}/amount") for one in pasts[:3])
    return Found(answers, "" if len(answers) == 1 else "tie" if answers else "no_match")


def _points(line: Line, past: Past) -> int:
    """Count what points at an earlier payment: its documents, its words, its payer."""
    named = {each.item.id for one in line.mentions for each in one.named}
    documents = any(document in named for document, _ in past.allocations)
    payer = past.customer_id in line.relatives
    account = bool(past.payment.payer_account) and (
        account_form(past.payment.payer_account) == account_form(line.receipt.payer_account)
    )
    words = bool(_words(line.plain) & _words(_text(past)))
    return 4 * words + 2 * documents + max(payer, account)


def _text(past: Past) -> str:
    one = past.payment
    return plain(f"{one.reference} {one.text} {one.end_to_end_id}")


def _words(text: str) -> set[str]:
    return {
        word
        for word in _WORD.findall(text)
        if len(word) >= TELLING_LENGTH and any(sign.isdecimal() for sign in word)
    }


def _answer(past: Past, evidence: str) -> Answer:
    one = past.payment
    return referring(
        RULE,
        Kind.REVERSAL,
        evidence,
        past.id,
        ("came back", f"{one.amount} of {one.received.isoformat()} from {one.payer_name}"),
    )
