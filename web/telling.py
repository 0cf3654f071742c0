"""The journal in a person's words: what an entry was about, beside the evidence it keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flows.notes import DIFFERENCES
from ledger.differences import Difference
from ledger.documents import Kind
from ledger.money import Money
from store import actions, mirror
from web.present import day, money, reason, step_words, words
from web.visit import organisation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from store.actions import ActionRow
    from store.journal import Entry

NOUNS = {
    "apply": "Match",
    "ask": "Question to a payer",
    "deliver": "Invoice by the ledger",
    "escalate": "Task",
    "keep": "Money on account",
    "note": "Note for the ledger",
    "payout": "Booking of a payout",
    "promise": "Promise",
    "release": "Money taken off an account",
    "remind": "Reminder",
    "unapply": "Undoing of a match",
    "unbook": "Undoing of a payout's booking",
}
ATTEMPTED = "attempted"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as a page shows it, with its action, if any; `about` names its subject."""

    entry: Entry
    action: ActionRow | None
    text: str
    about: str

    @property
    def who(self) -> str:
        """Who did it; the names of worker processes say nothing to a reader."""
        return "dunnock" if self.entry.entry == ATTEMPTED else self.entry.who

    @property
    def is_news(self) -> bool:
        """Whether it is worth a line on a page of a few: neither an attempt nor a mere note."""
        is_note = self.action is not None and self.action.kind == "note"
        return self.entry.entry != ATTEMPTED and not is_note


def tell(s: Session, entries: Sequence[Entry]) -> list[Told]:
    """Put entries into words, with the numbers and names of what they are about."""
    ours = organisation().id
    known = actions.several(s, ours, [one.action_id for one in entries if one.action_id])
    names = _names(s, {one.subject for one in entries})
    return [
        Told(one, action, _text(one, action), names.get(one.subject, _kind(one.subject)))
        for one in entries
        for action in (known.get(one.action_id or 0),)
    ]


def news(told: Sequence[Told]) -> list[Told]:
    """Keep what is worth a line on a page of a few; of each action only the newest entry."""
    found: dict[object, Told] = {}
    for one in told:
        if one.is_news:
            found.setdefault(one.entry.action_id or f"entry {one.entry.seq}", one)
    return list(found.values())


def _names(s: Session, subjects: set[str]) -> dict[str, str]:
    """Give the numbers of invoices and the names of customers, by subject."""
    ours = organisation().id
    ids: dict[str, list[str]] = {Kind.INVOICE: [], Kind.CUSTOMER: []}
    for one in subjects:
        kind, _, key = one.partition(":")
        ids.get(kind, []).append(key)
    invoices = mirror.invoices(s, ours, ids[Kind.INVOICE])
    customers = mirror.customers(s, ours) if ids[Kind.CUSTOMER] else {}
    numbered = {f"{Kind.INVOICE}:{key}": one.number for key, one in invoices.items() if one.number}
    named = {f"{Kind.CUSTOMER}:{key}": one.name for key, one in customers.items()}
    return numbered | named


def _kind(subject: str) -> str:
    return words(subject.partition(":")[0]).lower()


def _text(entry: Entry, action: ActionRow | None) -> str:
    match entry.entry, entry.evidence:
        case "suppressed", {"step": str(step), "reason": str(why)}:
            return f"Held back what was due {step_words(step)}. {reason(why)}"
        case "settled", {"title": title}:
            return f"{title}: {entry.text}"
        case _:
            pass
    if action is None or action.kind not in NOUNS:
        return entry.text
    return _of_action(entry, action)


def _of_action(entry: Entry, action: ActionRow) -> str:
    if entry.entry == "decided":
        return DECIDED[action.kind](entry.evidence)
    if entry.entry == "done" and entry.text == f"{action.kind} done":
        return DONE[action.kind](action.body)
    return f"{NOUNS[action.kind]}: {entry.text}"


def _numbers(body: Mapping[str, Any]) -> str:
    return ", ".join(one["number"] or "an invoice without number" for one in body["lines"])


def _shares(body: Mapping[str, Any]) -> str:
    shares = [
        f"{money(Money(*one['amount']))} on {one['number'] or 'an invoice without number'}"
        for one in body["portions"]
    ]
    less = [
        f"{money(Money(*one['amount']))} of it as {DIFFERENCES[Difference(one['kind'])]}"
        for one in body.get("adjustments", ())
    ]
    return ", ".join(shares + less)


def _letter(body: Mapping[str, Any]) -> str:
    return f"{body['to']} about {_numbers(body)}"


def _promise(body: Mapping[str, Any]) -> str:
    number = body["number"] or "an invoice without number"
    return f"of {day(date.fromisoformat(body['day']))} on {number}"


def _promise_due(body: Mapping[str, Any]) -> str:
    if body["lifts"] is not None:
        return f"Promise {_promise(body)} to be taken back in the ledger"
    return f"Promise {_promise(body)} for the ledger"


def _promise_kept(body: Mapping[str, Any]) -> str:
    if body["lifts"] is not None:
        return f"Promise {_promise(body)} taken back in the ledger"
    return f"Promise {_promise(body)} told to the ledger"


def _note(body: Mapping[str, Any]) -> str:
    # Whose words they are is plain here.
    return str(body["text"]).removeprefix("Dunnock: ")


def _payout(body: Mapping[str, Any]) -> str:
    return f"payout of {money(Money(*body['net']))}, fees {money(Money(*body['fees']))}"


def _booked(body: Mapping[str, Any]) -> str:
    return f"{'Booked by hand' if body.get('by_hand') else 'Booked'}: {_payout(body)}"


def _kept(body: Mapping[str, Any]) -> str:
    return money(Money(*body["keeping"]["amount"]))


Saying = Mapping[str, Callable[[Mapping[str, Any]], str]]

# What each kind of decision says; the evidence of a decision is the body of its action.
DECIDED: Saying = {
    "apply": lambda body: f"Match: {_shares(body)}",
    "ask": lambda body: f"To ask {body['to']} what {money(Money(*body['paid']))} is for",
    "deliver": lambda body: f"The ledger is to send invoice {body['number']}",
    "escalate": lambda body: f"Task for {words(body['assign_to']).lower()}: {_numbers(body)}",
    "keep": lambda body: f"To be kept on account: {money(Money(*body['amount']))}",
    "note": lambda _: NOUNS["note"],
    "payout": lambda body: _booked(body) if body.get("by_hand") else f"To book: {_payout(body)}",
    "promise": _promise_due,
    "release": lambda body: f"To be taken off an account: {_kept(body)}",
    "remind": lambda body: f"Reminder to {_letter(body)}",
    "unapply": lambda body: f"To be taken apart: {_shares(body['application'])}",
    "unbook": lambda body: f"Booking to be taken back: {_payout(body['booked'])}",
}
# What came of it; the action's body is what was done in the end.
DONE: Saying = {
    "apply": lambda body: f"Applied {_shares(body)}",
    "ask": lambda body: f"Asked {body['to']} what {money(Money(*body['paid']))} is for",
    "deliver": lambda body: f"The ledger sent invoice {body['number']}",
    "escalate": DECIDED["escalate"],
    "keep": lambda body: f"Kept on account: {money(Money(*body['amount']))}",
    "note": lambda body: f"Note written into the ledger: {_note(body)}",
    "payout": _booked,
    "promise": _promise_kept,
    "release": lambda body: f"Taken off an account: {_kept(body)}",
    "remind": lambda body: f"Reminder sent to {_letter(body)}",
    "unapply": lambda body: f"Taken apart: {_shares(body['application'])}",
    "unbook": lambda body: f"Booking taken back: {_payout(body['booked'])}",
}
