"""The journal in a person's words: what an entry was about, beside the evidence it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.documents import Kind
from ledger.money import Money
from store import actions, mirror
from web.present import money, reason, step_words, words
from web.visit import organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from store.journal import Entry

NOUNS = {
    "apply": "Match",
    "escalate": "Task",
    "leave": "Money on account",
    "note": "Note for the ledger",
    "remind": "Reminder",
    "unapply": "Undoing of a match",
}
DONE = {
    "apply": "Match applied in the ledger",
    "note": "Note written into the ledger",
    "remind": "Reminder sent",
    "unapply": "Match taken apart in the ledger",
}
ATTEMPTED = "attempted"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as a page shows it. `kind` is its action's, if any; `about` names its subject."""

    entry: Entry
    kind: str
    text: str
    about: str

    @property
    def who(self) -> str:
        """Who did it; the names of worker processes say nothing to a reader."""
        return "dunnock" if self.entry.entry == ATTEMPTED else self.entry.who

    @property
    def is_news(self) -> bool:
        """Whether it is worth a line on a page of a few: neither an attempt nor a mere note."""
        return self.entry.entry != ATTEMPTED and self.kind != "note"


def tell(s: Session, entries: Sequence[Entry]) -> list[Told]:
    """Put entries into words, with the numbers and names of what they are about."""
    ours = organisation().id
    kinds = actions.kinds(s, ours, [one.action_id for one in entries if one.action_id])
    names = _names(s, {one.subject for one in entries})
    return [
        Told(one, kind, _text(one, kind), names.get(one.subject, _kind(one.subject)))
        for one in entries
        for kind in (kinds.get(one.action_id or 0, ""),)
    ]


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


def _text(entry: Entry, kind: str) -> str:
    if entry.entry == "suppressed":
        step, why = str(entry.evidence.get("step")), str(entry.evidence.get("reason"))
        return f"Held back what was due {step_words(step)}. {reason(why)}"
    if entry.entry == "decided" and kind in DECIDED:
        return DECIDED[kind](entry.evidence)
    if entry.entry == "done" and entry.text == f"{kind} done":
        return DONE.get(kind, entry.text)
    return f"{NOUNS[kind]}: {entry.text}" if kind in NOUNS and kind != "leave" else entry.text


def _numbers(body: Mapping[str, Any]) -> str:
    return ", ".join(one["number"] or "an invoice without number" for one in body["lines"])


def _shares(body: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{money(Money(*one['amount']))} on {one['number'] or 'an invoice without number'}"
        for one in body["portions"]
    )


# What each kind of decision says; the evidence of a decision is the body of its action.
DECIDED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "apply": lambda body: f"Match: {_shares(body)}",
    "escalate": lambda body: f"Task for {words(body['assign_to']).lower()}: {_numbers(body)}",
    "note": lambda _: NOUNS["note"],
    "remind": lambda body: f"Reminder to {body['to']} about {_numbers(body)}",
    "unapply": lambda body: f"To be taken apart: {_shares(body['application'])}",
}
