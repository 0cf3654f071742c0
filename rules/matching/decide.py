"""Decides which receipt pays which invoice: rule after rule over all receipts, strong ones first.

A weak rule never sees what a strong one has used up, and more than one answer is never an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Status
from rules.actions import AskHuman, Matched, Why
from rules.matching import known, links, named
from rules.matching.board import Answer, Board, Refusal, set_up
from rules.matching.candidates import candidates
from rules.reasons import QUIET_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from ledger.documents import Receipt
    from rules.facts import MatchFacts
    from rules.ruleset import MatchingRule, RuleSet

    Look = Callable[[Board, Receipt], Answer | Refusal | None]

Key = tuple[str, str]

# Money that is not there, or not ours: no invoice of ours is an answer.
_NO_OFFER = QUIET_REASONS | {"other_organisation"}

_LOOKS: dict[str, Look] = {
    links.RULE: links.look,
    named.ONE: named.look_one,
    named.SEVERAL: named.look_several,
}


def decide(facts: MatchFacts, rules: RuleSet, today: date) -> tuple[Matched, ...]:
    """Decide every receipt exactly once, in the order given.

    The decision on a receipt does not depend on that order. `facts.invoices` should hold, besides
    the open ones, the invoices that receipts are linked to, so that a paid one is told from an
    unknown one.
    """
    board = set_up(facts, rules, today)
    receipts = {_key(receipt): receipt for receipt in facts.receipts}
    decided: dict[Key, Matched] = {}
    waiting: dict[Key, Receipt] = {}
    for key, receipt in sorted(receipts.items(), key=lambda pair: (pair[1].received, pair[0])):
        reason = _nothing_to_do(receipt)
        if reason:
            decided[key] = _ask(board, receipt, Refusal("none", reason))
        else:
            waiting[key] = receipt
    refused: dict[Key, Refusal] = {}
    for rule in rules.matching.rules:
        left = [one for key, one in waiting.items() if key not in decided and key not in refused]
        for receipt, found in _pass(board, rule, left):
            if isinstance(found, Refusal):
                refused[_key(receipt)] = found
            else:
                decided[_key(receipt)] = board.apply(receipt, found, rule)
    # What a person is offered rests on what the rules have left over.
    for key in waiting.keys() - decided.keys():
        decided[key] = _ask(board, waiting[key], refused.get(key))
    return tuple(decided[key] for key in receipts)


def _key(receipt: Receipt) -> Key:
    return receipt.source.value, receipt.ref.id


def _nothing_to_do(receipt: Receipt) -> str:
    if receipt.processing:
        return "still_processing"
    gone = receipt.status in (Status.VOID, Status.DRAFT)
    return "nothing_left" if gone or receipt.unapplied.minor <= 0 else ""


def _pass(
    board: Board, rule: MatchingRule, receipts: list[Receipt]
) -> Iterable[tuple[Receipt, Answer | Refusal]]:
    if rule.outcome == "ignore":
        return
    if rule.id == known.RULE:
        yield from known.propose(board, receipts)
        return
    look = _LOOKS[rule.id]
    for receipt in receipts:
        found = look(board, receipt)
        if found:
            yield receipt, found


def _ask(board: Board, receipt: Receipt, refusal: Refusal | None) -> AskHuman:
    told = refusal or named.why_not(board, receipt) or _unexplained(board, receipt)
    offered = () if told.reason in _NO_OFFER else candidates(board, receipt, told)
    rejected = tuple(
        (", ".join(portion.number for portion in one.portions), dict(one.why.facts)["not taken"])
        for one in offered
    )
    facts = (
        ("amount", str(receipt.unapplied)),
        ("received", receipt.received.isoformat()),
        *told.facts,
    )
    why = Why(told.rule, board.rules.version, facts, rejected)
    return AskHuman(receipt.source, receipt.ref.id, told.reason, offered, why)


def _unexplained(board: Board, receipt: Receipt) -> Refusal:
    payer = board.payers.of(receipt)
    reason = "payer_unclear" if len(payer) > 1 else "no_match"
    return Refusal(known.RULE, reason, (("payer", receipt.payer_name or "unknown"),))
