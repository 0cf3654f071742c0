"""The dunning ladder as the rules write it: steps, and the policies that own them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.money import Money
from rules.fields import Condition, said

TEMPLATES = (
    "invoice_copy",
    "friendly_upcoming",
    "due_today",
    "overdue_polite",
    "overdue_firm",
    "overdue_final",
    "payment_failed",
)


# The anchor of invoices that the ledger charges by itself, and of these alone.
FAILED = "payment_failed_at"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a dunning ladder: when it is reached and what then happens."""

    level: int = field(
        metadata=said(
            "Level",
            "How pressing: 0 before or on the due date, 1 and up for overdue notices. The message "
            "takes its tone from the highest level in it.",
            "whole",
            bounds=(0, 9),
        )
    )
    anchor: str = field(
        metadata=said(
            "Counted from",
            "The day that the offset counts from. Invoices that the ledger charges to a card or "
            "account by itself take the steps from payment_failed_at, and no others.",
            "choice",
            choices=("issue_date", "delivered_at", "due_date", FAILED),
            later=("previous_step", "promise_date", "bucket_entry"),
        )
    )
    offset_days: int = field(
        metadata=said(
            "Days",
            "Days after that day; negative means before it.",
            "whole",
            bounds=(-365, 730),
        )
    )
    action: str = field(
        metadata=said(
            "What happens",
            "email sends a reminder; escalate gives a task to a person and sends nothing.",
            "choice",
            choices=("email", "escalate"),
            later=(
                *("sms", "whatsapp", "letter", "call_task", "notify", "late_fee"),
                *("credit_hold_suggest", "plan_offer", "agency_export"),
            ),
        )
    )
    template: str = field(
        default="",
        metadata=said("Text", "Which text an email step sends.", "choice", choices=TEMPLATES),
    )
    repeat_every_days: int = field(
        default=0,
        metadata=said(
            "Repeat every (days)",
            "Reach the step again after so many days; 0 means once.",
            "whole",
            bounds=(0, 90),
        ),
    )
    stop_after: int = field(
        default=1,
        metadata=said(
            "Times at most",
            "How often a repeated step is reached at most, the first time included.",
            "whole",
            bounds=(1, 52),
        ),
    )
    minimum_amount: tuple[Money, ...] = field(
        default=(),
        metadata=said(
            "Only from this balance",
            "Per currency: an invoice with a smaller balance does not take this step.",
            "amounts",
        ),
    )
    requires_approval: bool = field(
        default=False,
        metadata=said(
            "Ask before sending", "A person approves each message with this step.", "flag"
        ),
    )
    assign_to: str = field(
        default="",
        metadata=said("Whose task", "Who gets the task of an escalate step.", "text"),
    )
    task_due_days: int = field(
        default=2,
        metadata=said(
            "Task due in (days)",
            "When the task of an escalate step is due.",
            "whole",
            bounds=(0, 60),
        ),
    )
    only_when: tuple[Condition, ...] = field(
        default=(),
        metadata=said(
            "Only when", "Conditions that must all hold, or the step is left out.", "conditions"
        ),
    )

    @property
    def name(self) -> str:
        """What tells the step apart in history, such as due_date+7: the day, not the wording."""
        return f"{self.anchor}{self.offset_days:+d}"


@dataclass(frozen=True, slots=True)
class Policy:
    """Which customers and invoices climb which ladder. The first policy that fits is taken."""

    name: str = field(
        metadata=said("Name", "Shown with every decision; letters, digits and _.", "name")
    )
    grace_days: int = field(
        default=0,
        metadata=said(
            "Grace days",
            "Days after the due date before level 1; moves every overdue step counted from it.",
            "whole",
            bounds=(0, 90),
        ),
    )
    applies_when: tuple[Condition, ...] = field(
        default=(),
        metadata=said(
            "Applies when",
            "Conditions that must all hold; none means everyone not taken before.",
            "conditions",
        ),
    )
    any_of: tuple[Condition, ...] = field(
        default=(),
        metadata=said(
            "And at least one of", "Written `any`: one of these must hold as well.", "conditions"
        ),
    )
    requires_approval: bool = field(
        default=False,
        metadata=said("Ask before sending", "A person approves each message.", "flag"),
    )
    steps_from: str = field(
        default="",
        metadata=said(
            "Steps from",
            "A preset (standard, weekly, three_step, gentle) or another policy with own steps.",
            "name",
        ),
    )
    steps: tuple[Step, ...] = field(
        default=(),
        metadata=said(
            "Steps", "The ladder. An empty one means: never remind these customers.", "steps"
        ),
    )

    @property
    def takes_everyone(self) -> bool:
        """Whether no later policy can be reached."""
        return not self.applies_when and not self.any_of
