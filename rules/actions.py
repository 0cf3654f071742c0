"""What the rules want done, as data, each with its why; and what they chose not to do, with why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.differences import adjusted
from ledger.money import total

if TYPE_CHECKING:
    from datetime import date

    from ledger.differences import Adjustment
    from ledger.documents import Source
    from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Why:
    """Why a decision fell: the rule, its version, the facts compared, and what was ruled out."""

    rule: str
    version: int
    facts: tuple[tuple[str, str], ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The reason in one line for a note or a page."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts)
        return f"rule {self.rule} (version {self.version}){': ' + facts if facts else ''}"


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """One invoice inside a reminder, with the step it has reached."""

    invoice_id: str
    number: str
    step: str
    level: int
    issued: date
    due: date
    balance: Money
    days_overdue: int
    # What a failed charge asks of the payer (a word of `ledger.documents.Failure`), or "".
    failure: str = ""
    # Where the customer sees and pays it. No rule's matter: the hand that sends puts it in.
    pay_url: str = ""

    @property
    def claim(self) -> str:
        """What may happen only once in the life of an invoice."""
        return f"step:{self.invoice_id}:{self.step}"


@dataclass(frozen=True, slots=True)
class SendReminder:
    """One message to one customer about every invoice that reached a step on `day`.

    `credits` is what the customer has on account per currency and no invoice has used up; the
    message says so beside the lines, which keep their full balances.
    """

    customer_id: str
    to: str
    cc: tuple[str, ...]
    template: str
    level: int
    day: date
    lines: tuple[ReminderLine, ...]
    needs_approval: bool
    why: Why
    credits: tuple[Money, ...] = ()

    @property
    def key(self) -> str:
        """Unique in the organisation: the same invoices at the same steps are one message."""
        steps = "+".join(sorted(line.claim for line in self.lines))
        return f"remind:{self.customer_id}:{self.to}:{steps}"

    @property
    def claims(self) -> tuple[str, ...]:
        """What no other action may claim again."""
        return tuple(line.claim for line in self.lines)


@dataclass(frozen=True, slots=True)
class Escalate:
    """A task for a person about invoices that reached their last step."""

    customer_id: str
    assign_to: str
    task_due: date
    day: date
    lines: tuple[ReminderLine, ...]
    why: Why

    @property
    def key(self) -> str:
        """Unique in the organisation."""
        return f"escalate:{self.customer_id}:" + "+".join(sorted(self.claims))

    @property
    def claims(self) -> tuple[str, ...]:
        """What no other action may claim again."""
        return tuple(line.claim for line in self.lines)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A step that was due and is not sent. `reason` is a code such as `disputed`; `why` the facts.

    `final` means that the step is over for this invoice (skipped by catch-up), not merely held.
    """

    customer_id: str
    invoice_id: str
    number: str
    step: str
    reason: str
    final: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Portion:
    """How much of which invoice is cleared, in its currency: by money, less what is adjusted.

    A negative amount uses up so much of a credit note, whose id stands in the invoice's place.
    """

    invoice_id: str
    number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that fits a receipt, with the reason it was not taken."""

    portions: tuple[Portion, ...]
    why: Why
    adjustments: tuple[Adjustment, ...] = ()
    # The class of its evidence, where only the record of that class kept it from being taken.
    evidence: str = ""


def money_claim(source: Source, receipt_id: str, minor: int) -> str:
    """Name what is left of a receipt, in minor units: one action may dispose of it."""
    return f"receipt:{source}:{receipt_id}:{minor}"


def advice_claim(advice_id: str) -> str:
    """Name an advice: it tells of one payment, and explains no other once that is applied."""
    return f"advice:{advice_id}"


@dataclass(frozen=True, slots=True)
class Apply:
    """Set a receipt against invoices. `left` stays unapplied with the payer.

    `adjustments` are the parts of the portions that no money came for. `keep_for` names the
    customer on whose account what is left is then booked; "" leaves it where it is. `evidence` is
    the class of what it rests on, `passed_over` that of an answer that a person had but for it,
    `advice` the id of the advice that lists what it clears. Where the portions are in another
    currency, which a bank changed on the way, `came` is the money that they take.
    """

    source: Source
    receipt_id: str
    customer_id: str
    portions: tuple[Portion, ...]
    left: Money
    automatic: bool
    why: Why
    adjustments: tuple[Adjustment, ...] = ()
    keep_for: str = ""
    evidence: str = ""
    passed_over: str = ""
    advice: str = ""
    came: Money | None = None

    @property
    def invoices(self) -> tuple[Portion, ...]:
        """What is cleared."""
        return tuple(one for one in self.portions if one.amount.minor > 0)

    @property
    def credits(self) -> tuple[Portion, ...]:
        """What is used up of credit notes, negative."""
        return tuple(one for one in self.portions if one.amount.minor < 0)

    @property
    def paid(self) -> Money:
        """The money that it takes. Raises MoneyError when currencies differ."""
        if self.came is not None:
            return self.came
        currency = self.left.currency
        cleared = total((one.amount for one in self.portions), currency)
        return cleared - adjusted(self.adjustments, currency)

    @property
    def key(self) -> str:
        """Unique in the organisation: a receipt's next portion of money gets another key."""
        paid = "+".join(f"{one.invoice_id}={one.amount.minor}" for one in self.portions)
        less = "".join(
            f":{one.kind}:{one.invoice_id}={one.amount.minor}" for one in self.adjustments
        )
        return f"apply:{self.source}:{self.receipt_id}:{paid}{less}:{self.left.minor}"

    @property
    def claims(self) -> tuple[str, ...]:
        """Money may be handed out once per state of what is left of it, by an advice of its own."""
        before = self.paid + self.left
        money = money_claim(self.source, self.receipt_id, before.minor)
        return (money, advice_claim(self.advice)) if self.advice else (money,)


@dataclass(frozen=True, slots=True)
class Keep:
    """Book what is left of a receipt from elsewhere on account of a customer, in the ledger."""

    source: Source
    receipt_id: str
    customer_id: str
    amount: Money
    why: Why

    @property
    def key(self) -> str:
        """Unique in the organisation."""
        return f"keep:{self.source}:{self.receipt_id}:{self.customer_id}:{self.amount.minor}"

    @property
    def claims(self) -> tuple[str, ...]:
        """It disposes of all that is left of the money, as an application would."""
        return (money_claim(self.source, self.receipt_id, self.amount.minor),)


@dataclass(frozen=True, slots=True)
class AskHuman:
    """A receipt the rules must not decide: `reason` is a code, `candidates` the best answers."""

    source: Source
    receipt_id: str
    reason: str
    candidates: tuple[Candidate, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class AskPayer:
    """A question to a payer: which invoices money is for.

    `lines` is what the payer has open, read when the question goes out; `link` is where it is
    answered. `alone` says that no person let it go.
    """

    source: Source
    receipt_id: str
    customer_id: str
    to: str
    paid: Money
    received: date
    lines: tuple[ReminderLine, ...] = ()
    link: str = ""
    alone: bool = False

    @property
    def key(self) -> str:
        """Unique in the organisation: about one receipt its payer is asked once."""
        return f"ask:{self.source}:{self.receipt_id}"


Dunned = SendReminder | Escalate
Matched = Apply | AskHuman
