"""Rule `stripe_link`: the payment itself carries the invoice's id or number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Status
from ledger.money import Money, total
from rules.actions import Portion
from rules.matching.board import Answer, Board, Refusal

if TYPE_CHECKING:
    from ledger.documents import Link, Receipt

RULE = "stripe_link"


def look(board: Board, receipt: Receipt) -> Answer | Refusal | None:
    """Take the links at their word, or say exactly what is wrong with them; None without links."""
    if not receipt.links:
        return None
    wanted: dict[str, Money] = {}
    for link in receipt.links:
        found = _resolve(board, link)
        if isinstance(found, Refusal):
            return found
        amount = _amount(board, receipt, link, found)
        if amount.currency != board.left[found].currency:
            return _refused(board, "other_currency", [found])
        wanted[found] = wanted.get(found, Money.zero(amount.currency)) + amount
    wrong = _wrong(board, receipt, wanted)
    if wrong:
        return wrong
    portions = tuple(
        Portion(one, board.invoices[one].number, amount) for one, amount in wanted.items()
    )
    answer = Answer(RULE, portions, (("linked to", _numbers(board, list(wanted))),))
    # The link outweighs every other trace of the payer, but not the ledger's own word.
    payer = board.payers.of(receipt) if receipt.customer_id else frozenset()
    return board.vetted(receipt, answer, payer)


def _numbers(board: Board, ids: list[str]) -> str:
    return ", ".join(board.invoices[one].number for one in ids)


def _refused(board: Board, reason: str, ids: list[str]) -> Refusal:
    facts = tuple(
        (board.invoices[one].number, f"{board.invoices[one].status}, {board.left[one]} open")
        for one in ids
    )
    return Refusal(RULE, reason, facts)


def _resolve(board: Board, link: Link) -> str | Refusal:
    told = (("linked to", " ".join(filter(None, (link.invoice_id, link.invoice_number)))),)
    ours = board.facts.tenant_id
    if link.tenant_id and ours and link.tenant_id != ours:
        return Refusal(RULE, "other_organisation", told)
    number = link.invoice_number.strip().casefold()
    if link.invoice_id:
        found = [one for one in board.invoices if one == link.invoice_id]
    else:
        found = [one for one in board.invoices if _number(board, one) == number]
    if len(found) > 1:
        return Refusal(RULE, "tie", told)
    if not found or (number and _number(board, found[0]) != number):
        return Refusal(RULE, "unknown_invoice", told)
    return found[0]


def _number(board: Board, invoice_id: str) -> str:
    return board.invoices[invoice_id].number.strip().casefold()


def _amount(board: Board, receipt: Receipt, link: Link, invoice_id: str) -> Money:
    if link.amount is not None:
        return link.amount
    # One invoice is meant to get all there is; of several, each is meant to be paid in full.
    return receipt.unapplied if len(receipt.links) == 1 else board.left[invoice_id]


def _wrong(board: Board, receipt: Receipt, wanted: dict[str, Money]) -> Refusal | None:
    if any(amount.currency != receipt.unapplied.currency for amount in wanted.values()):
        return _refused(board, "other_currency", list(wanted))
    for one, amount in wanted.items():
        reason = _closed(board, one)
        if not reason and amount > board.left[one]:
            reason = "exceeds_balance"
        if reason:
            return _refused(board, reason, [one])
    reason = _sums(receipt, list(wanted.values()))
    return _refused(board, reason, list(wanted)) if reason else None


def _closed(board: Board, invoice_id: str) -> str:
    if board.invoices[invoice_id].status not in (Status.OPEN, Status.PAID):
        return "not_open"
    return "" if board.left[invoice_id].minor > 0 else "already_paid"


def _sums(receipt: Receipt, amounts: list[Money]) -> str:
    linked = total(amounts, receipt.unapplied.currency)
    if min(amounts).minor <= 0:
        return "no_match"
    if linked > receipt.unapplied:
        return "exceeds_receipt"
    unsaid = len(receipt.links) > 1 and all(link.amount is None for link in receipt.links)
    return "more_than_named" if unsaid and linked < receipt.unapplied else ""
