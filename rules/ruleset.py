"""The rule set: what an accountant decides once, as frozen values.

Every field carries in its metadata what a person reads (label, help) and what is allowed (kind,
choices, later, minimum, maximum): the parser, the settings page and docs/rules.md are made from
it. `choices` are the words that work, `later` those of the vocabulary that are not built yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from ledger.days import WEEKDAYS
from ledger.money import Money
from rules.cash import Matching, MatchingRule
from rules.fields import Condition, RuleSetError, Value, Window, limit_in, money, said
from rules.steps import TEMPLATES, Policy, Step

__all__ = [
    "HOLD_WORDS",
    "TEMPLATES",
    "Condition",
    "Dunning",
    "Matching",
    "MatchingRule",
    "Policy",
    "RuleSet",
    "RuleSetError",
    "Step",
    "Value",
    "Window",
    "limit_in",
]

# The longest grace after a promised day.
GRACE_DAYS_MAX = 30

HOLD_WORDS = (
    "disputed",
    "promise_open",
    "dunning_block",
    "possible_payment_seen",
    "payment_processing",
    "credit_note_draft",
    "card_retry_scheduled",
)
HOLD_WORDS_LATER = (
    "plan_current",
    "reply_unanswered",
    "email_bounced",
)


@dataclass(frozen=True, slots=True)
class Dunning:
    """When who is reminded of what."""

    mode: str = field(
        default="preview",
        metadata=said(
            "Mode",
            "preview shows what would be sent and sends nothing; approve sends what a person "
            "approved; auto sends by itself.",
            "choice",
            choices=("preview", "approve", "auto"),
        ),
    )
    group_by: str = field(
        default="customer",
        metadata=said(
            "One message per",
            "customer puts every invoice that reached a step into one message.",
            "choice",
            choices=("customer", "invoice"),
        ),
    )
    bill_with_parent: str = field(
        default="never",
        metadata=said(
            "Sub-customers",
            "Whether a sub-customer's invoices are reminded to its parent.",
            "choice",
            choices=("never",),
            later=("follow_ledger",),
        ),
    )
    timezone: str = field(
        default="customer",
        metadata=said(
            "Whose clock",
            "Days and hours are the customer's own where the ledger knows its zone, or always the "
            "organisation's.",
            "choice",
            choices=("customer", "organisation"),
        ),
    )
    send_window: Window = field(
        default=Window(time(9), time(11)),
        metadata=said("Send between", "Hours of the day, such as 09:00-11:00.", "window"),
    )
    send_days: tuple[str, ...] = field(
        default=WEEKDAYS[:5],
        metadata=said("Send on", "Days of the week.", "words", choices=WEEKDAYS, bounds=(1, 7)),
    )
    holidays: str = field(
        default="customer_country",
        metadata=said(
            "Public holidays",
            "Whose holidays are days without messages.",
            "choice",
            choices=("none", "organisation_country", "customer_country"),
        ),
    )
    on_closed_day: str = field(
        default="next_open_day",
        metadata=said(
            "A step on a closed day",
            "Goes on the next open day, on the one before, or not at all.",
            "choice",
            choices=("next_open_day", "previous_open_day", "skip"),
        ),
    )
    dunning_interval_days: int = field(
        default=5,
        metadata=said(
            "Days between overdue notices",
            "At least so many days between two overdue notices (level 1 and up) to one customer.",
            "whole",
            bounds=(0, 90),
        ),
    )
    min_gap_days: int = field(
        default=2,
        metadata=said(
            "Days between any two messages",
            "At least so many days between any two messages to one customer.",
            "whole",
            bounds=(0, 30),
        ),
    )
    max_messages_per_30_days: int = field(
        default=6,
        metadata=said(
            "Messages in 30 days", "At most so many to one customer.", "whole", bounds=(1, 60)
        ),
    )
    min_days_since_delivery: int = field(
        default=3,
        metadata=said(
            "Days since delivery",
            "No overdue notice sooner than so many days after the invoice reached the customer.",
            "whole",
            bounds=(0, 60),
        ),
    )
    minimum_amount: tuple[Money, ...] = field(
        default=money("10.00", "EUR", "GBP", "USD"),
        metadata=said(
            "Minimum amount",
            "Per currency: who owes less than this altogether is not reminded.",
            "amounts",
        ),
    )
    net_credits_and_unapplied: bool = field(
        default=True,
        metadata=said(
            "Count credits first",
            "Credit notes and unapplied money of the customer cover its oldest invoices, and a "
            "covered invoice is not reminded.",
            "flag",
        ),
    )
    max_data_age_minutes: int = field(
        default=15,
        metadata=said(
            "Data at most this old (minutes)",
            "Nothing is sent on facts read longer ago.",
            "whole",
            bounds=(1, 1440),
        ),
    )
    catch_up: str = field(
        default="latest_step_only",
        metadata=said(
            "After an outage",
            "Send only the latest step reached, every missed step in turn, or none: then what "
            "could not go on its day is left out for good.",
            "choice",
            choices=("latest_step_only", "all_due", "skip"),
        ),
    )
    level_memory: str = field(
        default="invoice",
        metadata=said(
            "Levels belong to",
            "Each invoice keeps its own level, whatever happens to the customer's others.",
            "choice",
            choices=("invoice",),
            later=("invoice_with_customer_floor",),
        ),
    )
    hold_when: tuple[str, ...] = field(
        default=HOLD_WORDS,
        metadata=said(
            "Hold when",
            "What holds reminders by itself. A block that a person set always holds, and so does "
            "a charge that will be tried again.",
            "words",
            choices=HOLD_WORDS,
            later=HOLD_WORDS_LATER,
        ),
    )
    promise_grace_days: int = field(
        default=2,
        metadata=said(
            "Days after a promise",
            "A promise to pay holds until so many days after the promised day.",
            "whole",
            bounds=(0, GRACE_DAYS_MAX),
        ),
    )
    policies: tuple[Policy, ...] = field(
        default=(),
        metadata=said(
            "Policies",
            "Written `[[dunning.policy]]`, one after the other; the first that fits an invoice "
            "is taken.",
            "policies",
        ),
    )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of an organisation's rules. `version` 0 is what ships."""

    version: int
    dunning: Dunning
    matching: Matching
