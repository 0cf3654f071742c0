"""How values look on a page: money, days and moments in the reader's locale, codes as words."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import g, request

from ledger.days import zone_of
from ledger.money import Money
from rules.reasons import DUNNING_REASONS, MATCHING_REASONS
from web.visit import site

if TYPE_CHECKING:
    from flask import Flask

FALLBACK = "en_GB"
LANGUAGES_MAX = 5
JUST_NOW_SECONDS = 45

BADGES = {
    "connected": "good",
    "done": "good",
    "sent": "good",
    "paid": "good",
    "needs_reconnect": "bad",
    "refused": "bad",
    "dead": "bad",
    "unknown": "warn",
    "waiting": "warn",
    "disconnected": "quiet",
    "cancelled": "quiet",
    "void": "quiet",
}


def locale() -> Locale:
    """Give the reader's locale: the first language the browser asks for that CLDR knows."""
    found = g.get("locale")
    if found is None:
        found = g.locale = _asked_for()
    return found  # type: ignore[no-any-return]  # flask.g keeps anything


def _asked_for() -> Locale:
    for tag in list(request.accept_languages.values())[:LANGUAGES_MAX]:
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(FALLBACK)


def money(amount: Money | None) -> str:
    """Write an amount with its currency; an absent one is a dash."""
    if amount is None:
        return "–"
    return format_currency(amount.decimal, amount.currency, locale=locale())


def count(number: int) -> str:
    """Write a whole number with the locale's grouping."""
    return format_decimal(number, locale=locale())


def percent(hundredths: int) -> str:
    """Write a percentage that is counted in hundredths of one."""
    share = Decimal(hundredths) / 10_000
    return format_percent(share, locale=locale(), decimal_quantization=False)


def day(value: date | None) -> str:
    """Write a day, such as 22 Nov 2026."""
    return "–" if value is None else format_date(value, "medium", locale=locale())


def moment(value: datetime | None) -> str:
    """Write a moment on the organisation's wall clock."""
    if value is None:
        return "–"
    return format_datetime(value, "medium", tzinfo=zone_of(g.get("zone", "UTC")), locale=locale())


def since(value: datetime | None) -> str:
    """Write how long ago a moment was; never for none."""
    if value is None:
        return "never"
    gone = value - site().tools.clock()
    if abs(gone.total_seconds()) < JUST_NOW_SECONDS:
        return "just now"
    return format_timedelta(gone, add_direction=True, locale=locale())


def machine(value: date | datetime | None) -> str:
    """Give the `datetime` attribute of a <time> element."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return "" if value is None else value.isoformat()


def words(code: str) -> str:
    """Turn a code into words: underscores become spaces."""
    spaced = code.replace("_", " ").strip()
    return spaced[:1].upper() + spaced[1:]


def reason(code: str) -> str:
    """Give the sentence of a code of why not; an unknown code as words."""
    return DUNNING_REASONS.get(code) or MATCHING_REASONS.get(code) or words(code)


RULES = {
    "duplicate": "Paid a second time",
    "known_payer_exact_unique": "Known payer, exact amount",
    "known_payer_unique_sum": "Known payer, one sum fits",
    "known_payer_whole_balance": "Known payer, its balance",
    "marked_on_account": "Marked as on account",
    "not_receivable": "No receivable",
    "payout": "A payout",
    "person": "A person",
    "reference_and_amount": "Reference and amount",
    "reference_converted": "Reference, another currency",
    "reference_net_of_discount": "Reference, less a discount",
    "reference_net_of_fee": "Reference, less a bank's fee",
    "reference_net_of_withholding": "Reference, less withheld tax",
    "reference_overpaid": "Reference, more than is open",
    "reference_part": "Reference, a part of it",
    "reference_within_tolerance": "Reference, less what is given up",
    "references_continued": "A list cut off, one choice fits",
    "references_less_credit": "References, less a credit note",
    "references_sum": "Sum of the invoices named",
    "refund": "A refund",
    "remittance_complete": "The payer's own list",
    "returned_payment": "A payment taken back",
    "stripe_link": "Link of the Stripe payment",
}


def rule_words(rule: str) -> str:
    """Name a matching rule as a person would."""
    return RULES.get(rule) or words(rule)


CURRENCY = re.compile("[A-Z]{3}")
STEP = re.compile(r"(?P<anchor>[a-z_]+)(?P<days>[+-]\d+)")
ANCHORS = {"issue_date": "issue", "delivered_at": "delivery", "due_date": "due date"}


def step_words(step: str) -> str:
    """Turn a step's name, such as due_date+7, into words: 7 days after the due date."""
    read = STEP.match(step)
    if read is None:
        return words(step)
    days, anchor = int(read["days"]), ANCHORS.get(read["anchor"], words(read["anchor"]).lower())
    if days == 0:
        return f"on the {anchor}" if "date" in anchor else f"on {anchor}"
    unit = "day" if abs(days) == 1 else "days"
    side = "after" if days > 0 else "before"
    return f"{abs(days)} {unit} {side} {'the ' if 'date' in anchor else ''}{anchor}"


def told(value: object) -> str:
    """Write a value of the journal's evidence in one line, amounts as amounts."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, dict):
        return ", ".join(f"{words(name).lower()} {told(one)}" for name, one in value.items())
    return _listed(value) if isinstance(value, list) else str(value)


def _listed(value: list[object]) -> str:
    match value:
        case [int(minor), str(currency)] if CURRENCY.fullmatch(currency):
            return money(Money(minor, currency))
        case [str(name), str(what)]:
            return f"{name}: {what}"
        case _:
            return "; ".join(told(one) for one in value) or "–"


def quoted(text: str) -> str:
    """Write a text as the rule file does: TOML's quotes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def badge(state: str) -> str:
    """Give the tone of a state: good, warn, bad or quiet. Words always stand beside the colour."""
    return BADGES.get(state, "quiet")


def register(app: Flask) -> None:
    """Make these the filters of the templates."""
    views = (
        *(money, count, day, moment, since, machine, words, reason, badge, step_words, told),
        *(rule_words, quoted, percent),
    )
    for view in views:
        app.add_template_filter(view)
