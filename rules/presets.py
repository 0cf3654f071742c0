"""The ladders a policy can start from, as the trade knows them."""

from __future__ import annotations

from rules.steps import FAILED, Step

# Where the ledger charges by itself and gave up: two words to the payer, then a person.
_FAILED = (
    Step(1, FAILED, 1, "email", "payment_failed"),
    Step(2, FAILED, 7, "email", "payment_failed"),
    Step(3, FAILED, 14, "escalate", assign_to="account_owner"),
)

# Copy on issue, a word before and on the due date, then firmer by the fortnight.
_STANDARD = (
    Step(0, "issue_date", 0, "email", "invoice_copy"),
    Step(0, "due_date", -3, "email", "friendly_upcoming"),
    Step(0, "due_date", 0, "email", "due_today"),
    Step(1, "due_date", 7, "email", "overdue_polite"),
    Step(2, "due_date", 14, "email", "overdue_firm"),
    Step(3, "due_date", 30, "escalate", assign_to="account_owner"),
    *_FAILED,
)

# A word each week until the day somebody calls: the twelfth weekly notice is on day 84.
_WEEKLY = (
    Step(0, "due_date", -3, "email", "friendly_upcoming"),
    Step(0, "due_date", 0, "email", "due_today"),
    Step(1, "due_date", 7, "email", "overdue_polite", repeat_every_days=7, stop_after=12),
    Step(2, "due_date", 60, "escalate", assign_to="account_owner"),
    Step(3, "due_date", 90, "escalate", assign_to="account_owner"),
    *_FAILED,
)

# Three notices, nothing before the due date.
_THREE_STEP = (
    Step(1, "due_date", 15, "email", "overdue_polite"),
    Step(2, "due_date", 30, "email", "overdue_firm"),
    Step(3, "due_date", 60, "escalate", assign_to="account_owner"),
    *_FAILED,
)

# One word before, one after, then a person.
_GENTLE = (
    Step(0, "due_date", -3, "email", "friendly_upcoming"),
    Step(1, "due_date", 15, "email", "overdue_firm"),
    Step(2, "due_date", 30, "escalate", assign_to="account_owner"),
    *_FAILED,
)

PRESETS = {
    "standard": _STANDARD,
    "weekly": _WEEKLY,
    "three_step": _THREE_STEP,
    "gentle": _GENTLE,
}
