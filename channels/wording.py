"""A reminder in words: subject, text and HTML from the templates, in the customer's manner.

A template is one Liquid file: a subject line, then paragraphs, then `[invoices]` where the list
stands, then paragraphs. Both bodies are made from it, so they always say the same. Names and
numbers are values, never template text, and are escaped in the HTML.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from babel.units import format_unit
from liquid import BoundTemplate, CachingFileSystemLoader, Environment, StrictUndefined

from channels.protocol import Line, Question, Reminder
from ledger.documents import Customer, Organisation
from ledger.money import Money, totals

FOLDER = Path(__file__).parent / "templates"
# Templates are written in English first; the customer's language follows when it has a folder.
LANGUAGE_DEFAULT = "en"
TERRITORY_DEFAULT = "GB"
TEXT_COLUMNS = 72
MARKER = "[invoices]"
_TERRITORY = re.compile("[A-Z]{2}")
# A template of this kind says that something is overdue, so something must be.
OVERDUE_PREFIX = "overdue_"
# No rule names this one: it asks, and reminds of nothing.
QUESTION_TEMPLATE = "questions/remittance"
# And this one that a charge has failed.
FAILED_TEMPLATE = "payment_failed"
SUBJECT_CHARS_MAX = 200
NAME_CHARS_MAX = 120
# Zero-width, yet part of how names are spelt in Persian and Indian scripts.
_JOINERS = "\u200c\u200d"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says."""

    subject: str
    text: str
    html: str
    locale: str


class TemplateError(ValueError):
    """The template is unknown or not written as one: a subject, a blank line, and [invoices]."""


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one customer's dates, amounts and words are written."""

    language: str
    locale: Locale

    def day(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)

    def money(self, money: Money) -> str:
        return format_currency(money.decimal, money.currency, locale=self.locale)

    def days(self, number: int) -> str:
        return format_unit(number, "duration-day", "long", locale=self.locale)


def clean(text: str, chars_max: int = NAME_CHARS_MAX) -> str:
    """Make a ledger's text fit for one line: no control or direction marks, no runs of blanks."""
    plain = "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)
    return " ".join(plain.split())[:chars_max]


def manner(customer: Customer, organisation: Organisation) -> _Manner:
    """Choose language and locale: a language we have words in, the customer's own territory."""
    wanted = (customer.language or "").replace("_", "-").lower().split("-")[0]
    known = wanted.isalpha() and (FOLDER / wanted).is_dir()
    language = wanted if known else LANGUAGE_DEFAULT
    for territory in (customer.country, organisation.country, TERRITORY_DEFAULT):
        if not _TERRITORY.fullmatch((territory or "").upper()):
            continue
        with contextlib.suppress(UnknownLocaleError):
            return _Manner(language, Locale.parse(f"{language}_{(territory or '').upper()}"))
    return _Manner(language, Locale.parse(language))


@cache
def _environment(folder: Path, *, escape: bool) -> Environment:
    loader = CachingFileSystemLoader(folder)
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=escape)


@cache
def _phrases(language: str) -> dict[str, str]:
    text = (FOLDER / language / "phrases.toml").read_text(encoding="utf-8")
    return {name: str(value) for name, value in tomllib.loads(text).items()}


@cache
def _phrase(text: str) -> BoundTemplate:
    return _environment(FOLDER, escape=False).from_string(text)


@cache
def template_names(language: str = LANGUAGE_DEFAULT) -> tuple[str, ...]:
    """Name the templates there are, as rules write them."""
    return tuple(sorted(path.stem for path in (FOLDER / language).glob("*.liquid")))


def write(reminder: Reminder, customer: Customer, organisation: Organisation) -> Words:
    """Put a reminder into words.

    Raises TemplateError for a template that does not exist, or that would say of invoices which
    are not overdue that they are.
    """
    how = manner(customer, organisation)
    if reminder.template not in template_names(how.language):
        known = ", ".join(template_names(how.language))
        msg = f"there is no template {reminder.template!r}; there are {known}"
        raise TemplateError(msg)
    if reminder.template.startswith(OVERDUE_PREFIX) and not _late(reminder.lines):
        msg = f"template {reminder.template!r} says overdue, and none of the invoices is"
        raise TemplateError(msg)
    if reminder.template == FAILED_TEMPLATE and not any(one.failure for one in reminder.lines):
        msg = f"template {reminder.template!r} says that a payment failed, and none did"
        raise TemplateError(msg)
    return _worded(_facts(reminder, customer, organisation, how), reminder.template, how)


def write_question(question: Question, customer: Customer, organisation: Organisation) -> Words:
    """Put the question which invoices a payment is for into words, with all that is open."""
    how = manner(customer, organisation)
    phrases = _phrases(how.language)
    facts = {
        "creditor": clean(organisation.name),
        "legal_name": clean(organisation.legal_name or organisation.name),
        "customer": clean(customer.name),
        "paid": how.money(question.paid),
        "received": how.day(question.received),
        "count": len(question.lines),
        "sections": [_section("open", phrases, question.lines, how)],
        "totals": _amounts(question.lines, how),
        "on_account": [],
        "phrases": phrases,
        "link": question.link,
    }
    return _worded(facts, QUESTION_TEMPLATE, how)


def _worded(facts: dict[str, Any], template: str, how: _Manner) -> Words:
    environment = _environment(FOLDER / how.language, escape=False)
    written = environment.get_template(f"{template}.liquid").render(**facts)
    subject, before, after = _parts(written, template)
    facts |= {"subject": subject, "before": before, "after": after, "lang": how.language}
    facts["footer"] = _footer(facts)
    page = _environment(FOLDER, escape=True).get_template("layout.html").render(**facts)
    html = _inliner().inline(page).rstrip() + "\n"
    return Words(subject, _text(facts), html, str(how.locale))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)


def _facts(
    reminder: Reminder, customer: Customer, organisation: Organisation, how: _Manner
) -> dict[str, Any]:
    failed = [line for line in reminder.lines if line.failure]
    overdue = _late(reminder.lines)
    upcoming = [line for line in reminder.lines if not line.failure and line.days_overdue <= 0]
    phrases = _phrases(how.language)
    sections = [
        _section(name, phrases, lines, how)
        for name, lines in (("failed", failed), ("overdue", overdue), ("upcoming", upcoming))
        if lines
    ]
    leading = failed if reminder.template == FAILED_TEMPLATE else overdue or upcoming
    first = min(leading, key=lambda line: (line.due, line.number))
    return {
        "creditor": clean(organisation.name),
        "legal_name": clean(organisation.legal_name or organisation.name),
        "customer": clean(customer.name),
        "count": len(reminder.lines),
        "overdue_count": len(overdue),
        "upcoming_count": len(upcoming),
        "failed_count": len(failed),
        "failure": first.failure,
        # The one invoice, or of several the one that is due first.
        "number": clean(first.number),
        "due": how.day(first.due),
        "when": _phrase(_when(first, phrases)).render(due=how.day(first.due)),
        "overdue_for": how.days(max(0, first.days_overdue)),
        "sections": sections,
        "totals": _amounts(reminder.lines, how),
        "on_account": [how.money(one) for one in reminder.credits],
        "phrases": phrases,
        "link": "",
    }


def _late(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.days_overdue > 0 and not line.failure]


def _when(line: Line, phrases: dict[str, str]) -> str:
    """Say it by the calendar, not by the step: a note for Saturday may go out on Monday."""
    if line.days_overdue == 0:
        return phrases["is_due_today"]
    return phrases["was_due" if line.days_overdue > 0 else "is_due"]


def _section(name: str, phrases: dict[str, str], lines: Sequence[Line], how: _Manner) -> Row:
    rows: list[Row] = [
        {
            "number": clean(line.number),
            "issued": how.day(line.issued),
            "due": how.day(line.due),
            "amount": how.money(line.balance),
            "late": line.days_overdue > 0,
            "overdue_for": how.days(line.days_overdue) if line.days_overdue > 0 else "",
            "why": phrases[f"failed_{line.failure}"] if line.failure else "",
            "pay_url": line.pay_url,
        }
        for line in sorted(lines, key=lambda line: (line.due, line.number))
    ]
    for row in rows:
        row["text"] = _phrase(phrases[f"{name}_line"]).render(**row)
    sums = _amounts(lines, how) if len(rows) > 1 else []
    title = phrases[f"{name}_title"]
    return {"title": title, "rows": rows, "totals": sums, "name": name}


def _amounts(lines: Sequence[Line], how: _Manner) -> list[str]:
    return [how.money(one) for one in totals(line.balance for line in lines).values()]


def _parts(written: str, name: str) -> tuple[str, list[str], list[str]]:
    subject, _, body = written.partition("\n")
    before, marker, after = body.partition(MARKER)
    subject = clean(subject, SUBJECT_CHARS_MAX)
    if not marker or not subject:
        msg = f"template {name!r} needs a subject line and a line {MARKER}"
        raise TemplateError(msg)
    return subject, _paragraphs(before), _paragraphs(after)


def _paragraphs(text: str) -> list[str]:
    blocks = (" ".join(block.split()) for block in text.split("\n\n"))
    return [block for block in blocks if block]


def _text(facts: dict[str, Any]) -> str:
    phrases = facts["phrases"]
    blocks = [_wrap(one) for one in facts["before"]]
    if facts["link"]:
        blocks.append(f"{phrases['answer']}:\n{facts['link']}")
    for section in facts["sections"]:
        lines = [_line(row, phrases) for row in section["rows"]]
        if section["totals"]:
            lines.append(f"{phrases['total']}: {' + '.join(section['totals'])}")
        blocks.append("\n".join([section["title"], *lines]))
    if len(facts["sections"]) > 1:
        blocks.append(f"{phrases['total_all']}: {' + '.join(facts['totals'])}")
    if facts["on_account"]:
        blocks.append(_wrap(f"{phrases['on_account']}: {' + '.join(facts['on_account'])}"))
    blocks += [_wrap(one) for one in facts["after"]]
    blocks.append(f"{phrases['regards']}\n{facts['creditor']}")
    blocks.append(f"-- \n{_wrap(facts['footer'])}")
    return "\n\n".join(blocks) + "\n"


def _line(row: Row, phrases: dict[str, str]) -> str:
    text = _wrap(row["text"], "- ")
    # An address that is broken over lines leads nowhere.
    return f"{text}\n  {phrases['pay']}: {row['pay_url']}" if row["pay_url"] else text


def _footer(facts: dict[str, Any]) -> str:
    return _phrase(facts["phrases"]["footer"]).render(**facts)


def _wrap(text: str, first: str = "") -> str:
    return textwrap.fill(
        text,
        TEXT_COLUMNS,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
