"""What payers answer is kept once for each receipt, the last word counting."""

from __future__ import annotations

from dataclasses import replace

from ledger.documents import Source
from ledger.money import Money
from ledger.remittances import RemittanceLine
from store import answers
from store.answers import AnswerRow
from tests.conftest import NOW

LINE = RemittanceLine("INV-1", Money(5000, "GBP"))
ANSWER = AnswerRow(Source.BANK, "r-1", "c-1", (LINE,), "thanks", NOW)


def test_the_last_answer_about_a_receipt_counts(s, ours):
    answers.keep(s, ours, ANSWER)
    answers.keep(s, ours, replace(ANSWER, source=Source.LEDGER, remark=""))
    later = replace(ANSWER, lines=(LINE, RemittanceLine("INV-2")), remark="sorry")
    answers.keep(s, ours, later)
    assert answers.of_receipts(s, ours, ["r-1", "r-2"]) == {
        (Source.BANK, "r-1"): later,
        (Source.LEDGER, "r-1"): replace(ANSWER, source=Source.LEDGER, remark=""),
    }


def test_nobody_else_sees_it(s, ours, theirs):
    answers.keep(s, ours, ANSWER)
    assert answers.of_receipts(s, theirs, ["r-1"]) == {}
