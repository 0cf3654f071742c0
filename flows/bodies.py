"""Actions as JSON bodies and back, so that a decision survives the process that made it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from connector.protocol import Applied, AppliedPart, Held
from ledger.differences import Adjustment, Difference
from ledger.documents import Kind, Ref, Source
from ledger.money import Money
from ledger.payouts import BookedPart, Movement, Payout, PayoutEntry, Stage
from rules.actions import (
    Apply,
    AskPayer,
    Escalate,
    Keep,
    Portion,
    ReminderLine,
    SendReminder,
    Why,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Body = dict[str, Any]


def _money(amount: Money) -> list[Any]:
    return [amount.minor, amount.currency]


def _why(why: Why) -> Body:
    return {
        "rule": why.rule,
        "version": why.version,
        "facts": [list(fact) for fact in why.facts],
        "rejected": [list(one) for one in why.rejected],
    }


def read_why(body: Mapping[str, Any]) -> Why:
    """Read a why back."""
    return Why(
        body["rule"],
        body["version"],
        tuple((name, value) for name, value in body["facts"]),
        tuple((what, reason) for what, reason in body["rejected"]),
    )


def _line(line: ReminderLine) -> Body:
    return {
        "invoice_id": line.invoice_id,
        "number": line.number,
        "step": line.step,
        "level": line.level,
        "issued": line.issued.isoformat(),
        "due": line.due.isoformat(),
        "balance": _money(line.balance),
        "days_overdue": line.days_overdue,
        "failure": line.failure,
        "pay_url": line.pay_url,
    }


def _read_line(body: Mapping[str, Any]) -> ReminderLine:
    return ReminderLine(
        invoice_id=body["invoice_id"],
        number=body["number"],
        step=body["step"],
        level=body["level"],
        issued=date.fromisoformat(body["issued"]),
        due=date.fromisoformat(body["due"]),
        balance=Money(*body["balance"]),
        days_overdue=body["days_overdue"],
        failure=body.get("failure", ""),
        pay_url=body.get("pay_url", ""),
    )


def reminder(action: SendReminder) -> Body:
    """Write a reminder down."""
    return {
        "customer_id": action.customer_id,
        "to": action.to,
        "cc": list(action.cc),
        "template": action.template,
        "level": action.level,
        "day": action.day.isoformat(),
        "lines": [_line(line) for line in action.lines],
        "needs_approval": action.needs_approval,
        "why": _why(action.why),
        "credits": [_money(one) for one in action.credits],
    }


def read_reminder(body: Mapping[str, Any]) -> SendReminder:
    """Read a reminder back."""
    return SendReminder(
        customer_id=body["customer_id"],
        to=body["to"],
        cc=tuple(body["cc"]),
        template=body["template"],
        level=body["level"],
        day=date.fromisoformat(body["day"]),
        lines=tuple(_read_line(line) for line in body["lines"]),
        needs_approval=body["needs_approval"],
        why=read_why(body["why"]),
        credits=tuple(Money(*one) for one in body["credits"]),
    )


def question(action: AskPayer) -> Body:
    """Write a question to a payer down, without the link that answers it."""
    return {
        "source": action.source.value,
        "receipt_id": action.receipt_id,
        "customer_id": action.customer_id,
        "to": action.to,
        "paid": _money(action.paid),
        "received": action.received.isoformat(),
        "lines": [_line(line) for line in action.lines],
        "alone": action.alone,
    }


def read_question(body: Mapping[str, Any]) -> AskPayer:
    """Read a question back."""
    return AskPayer(
        source=Source(body["source"]),
        receipt_id=body["receipt_id"],
        customer_id=body["customer_id"],
        to=body["to"],
        paid=Money(*body["paid"]),
        received=date.fromisoformat(body["received"]),
        lines=tuple(_read_line(line) for line in body["lines"]),
        alone=body["alone"],
    )


def escalation(action: Escalate) -> Body:
    """Write an escalation down."""
    return {
        "customer_id": action.customer_id,
        "assign_to": action.assign_to,
        "task_due": action.task_due.isoformat(),
        "day": action.day.isoformat(),
        "lines": [_line(line) for line in action.lines],
        "why": _why(action.why),
    }


def portions(found: tuple[Portion, ...]) -> list[Body]:
    """Write portions down."""
    return [
        {"invoice_id": one.invoice_id, "number": one.number, "amount": _money(one.amount)}
        for one in found
    ]


def read_portions(body: list[Mapping[str, Any]]) -> tuple[Portion, ...]:
    """Read portions back."""
    return tuple(Portion(one["invoice_id"], one["number"], Money(*one["amount"])) for one in body)


def _adjustments(found: Sequence[Adjustment]) -> list[Body]:
    return [
        {"invoice_id": one.invoice_id, "kind": one.kind.value, "amount": _money(one.amount)}
        for one in found
    ]


def _read_adjustments(body: Sequence[Mapping[str, Any]]) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(one["invoice_id"], Difference(one["kind"]), Money(*one["amount"]))
        for one in body
    )


def application(action: Apply) -> Body:
    """Write an application down."""
    return {
        "source": action.source.value,
        "receipt_id": action.receipt_id,
        "customer_id": action.customer_id,
        "portions": portions(action.portions),
        "left": _money(action.left),
        "automatic": action.automatic,
        "why": _why(action.why),
        "adjustments": _adjustments(action.adjustments),
        "keep_for": action.keep_for,
        "evidence": action.evidence,
        "passed_over": action.passed_over,
        "advice": action.advice,
        "came": _money(action.came) if action.came else None,
    }


def read_application(body: Mapping[str, Any]) -> Apply:
    """Read an application back."""
    return Apply(
        source=Source(body["source"]),
        receipt_id=body["receipt_id"],
        customer_id=body["customer_id"],
        portions=read_portions(body["portions"]),
        left=Money(*body["left"]),
        automatic=body["automatic"],
        why=read_why(body["why"]),
        # Bodies of before differences were booked have none.
        adjustments=_read_adjustments(body.get("adjustments", ())),
        keep_for=body.get("keep_for", ""),
        evidence=body.get("evidence", ""),
        passed_over=body.get("passed_over", ""),
        advice=body.get("advice", ""),
        came=Money(*came) if (came := body.get("came")) else None,
    )


def keeping(action: Keep) -> Body:
    """Write down what is to be kept on account."""
    return {
        "source": action.source.value,
        "receipt_id": action.receipt_id,
        "customer_id": action.customer_id,
        "amount": _money(action.amount),
        "why": _why(action.why),
    }


def read_keeping(body: Mapping[str, Any]) -> Keep:
    """Read back what is to be kept on account."""
    return Keep(
        source=Source(body["source"]),
        receipt_id=body["receipt_id"],
        customer_id=body["customer_id"],
        amount=Money(*body["amount"]),
        why=read_why(body["why"]),
    )


def note(ref: Ref, text: str) -> Body:
    """Write a note to be written down."""
    return {"kind": ref.kind.value, "id": ref.id, "part": ref.part, "text": text}


def read_note(body: Mapping[str, Any]) -> tuple[Ref, str]:
    """Read a note back: where it belongs and what it says."""
    return Ref(Kind(body["kind"]), body["id"], body["part"]), body["text"]


def applied(outcome: Applied) -> Body:
    """Write what an application left in the ledger down; what is `missing` is set by then."""
    held = outcome.held
    return {
        "holder_id": outcome.holder_id,
        "held": [held.ref.id, held.ref.part, _money(held.amount)] if held else None,
        "parts": [
            {
                "id": part.id,
                "invoice_id": part.invoice_id,
                "amount": _money(part.amount),
                "part": part.part,
            }
            for part in outcome.parts
        ],
        "owed": _adjustments(outcome.owed),
        "refusal": outcome.refusal,
    }


def read_applied(body: Mapping[str, Any]) -> Applied:
    """Read what an application left in the ledger back."""
    return Applied(
        parts=tuple(
            AppliedPart(part["id"], part["invoice_id"], Money(*part["amount"]), part["part"])
            for part in body["parts"]
        ),
        holder_id=body["holder_id"],
        held=_read_held(body.get("held")),
        owed=_read_adjustments(body.get("owed", ())),
        refusal=body.get("refusal", ""),
    )


def _read_held(body: Sequence[Any] | None) -> Held | None:
    if body is None:
        return None
    key, part, amount = body
    return Held(Ref(Kind.RECEIPT, key, part), Money(*amount))


def payout(found: Payout) -> Body:
    """Write a payout down with everything it is made of."""
    return {
        "payout_id": found.ref.id,
        "arrives": found.arrives.isoformat(),
        "net": _money(found.net),
        "fees": _money(found.fees),
        "stage": found.stage.value,
        "traced": found.traced,
        "reference": found.reference,
        "entries": [
            {
                "id": one.id,
                "movement": one.movement.value,
                "gross": _money(one.gross),
                "fee": _money(one.fee),
                "tax": _money(one.tax),
                "receipt_id": one.receipt_id,
                "said": one.said,
            }
            for one in found.entries
        ],
    }


def read_payout(body: Mapping[str, Any]) -> Payout:
    """Read a payout back."""
    return Payout(
        ref=Ref(Kind.PAYOUT, body["payout_id"]),
        arrives=date.fromisoformat(body["arrives"]),
        net=Money(*body["net"]),
        entries=tuple(
            PayoutEntry(
                id=one["id"],
                movement=Movement(one["movement"]),
                gross=Money(*one["gross"]),
                fee=Money(*one["fee"]),
                tax=Money(*one["tax"]),
                receipt_id=one["receipt_id"],
                said=one["said"],
            )
            for one in body["entries"]
        ),
        stage=Stage(body["stage"]),
        traced=body["traced"],
        reference=body["reference"],
    )


def booked(parts: Sequence[BookedPart]) -> list[Body]:
    """Write down what a booked payout left in the ledger."""
    return [{"id": one.id, "part": one.part, "amount": _money(one.amount)} for one in parts]


def read_booked(body: Sequence[Mapping[str, Any]]) -> tuple[BookedPart, ...]:
    """Read back what a booked payout left in the ledger."""
    return tuple(BookedPart(one["id"], one["part"], Money(*one["amount"])) for one in body)
