"""What a few days of the demo ask of the vendors is what the vendors' own files describe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from sandbox.shelf import Request
from sandbox.story.event import Event
from sandbox.story.plan import Story, write
from tests.judges.quickbooks_judge import QuickBooksJudge
from tests.judges.stripe_judge import StripeJudge
from tests.judges.xero_judge import XeroJudge
from worlds.demo import Demo

START = date(2026, 9, 1)
DAYS = 8
# Of each company and each kind of event, the story keeps this many invoices.
KEPT = 2
# A request without the parts that differ from one to the next.
_NAMES = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{9,}|(?<=/)(pi|ch|acct)_\w+")


def short_story() -> Story:
    """Keep a few invoices of every fate from the first days of the demo's story."""
    story = write(Random(7), START, 60)  # noqa: S311 - a story, not a secret
    end = datetime.combine(START, time(), UTC) + timedelta(days=DAYS)
    seen: Counter[tuple[str, str]] = Counter()
    kept: set[str] = set()
    for event in story.events:
        fate = (event.company, event.kind)
        if event.at < end and event.kind != "invoice" and seen[fate] < KEPT:
            seen[fate] += 1
            kept |= {*event.numbers, *event.pays}

    def belongs(event: Event) -> bool:
        return kept.issuperset({*event.numbers, *event.pays})

    # Matching is trusted from the first days on, so that it writes by itself too.
    early = [
        replace(one, at=one.at - timedelta(days=6)) if one.kind == "trust" else one
        for one in story.events
    ]
    events = sorted((one for one in early if belongs(one)), key=lambda one: one.at)
    return replace(
        story,
        days=DAYS,
        bills={number: story.bills[number] for number in kept},
        before=tuple(one for one in story.before if belongs(one)),
        events=tuple(one for one in events if one.at < end),
    )


def asked(requests: list[Request]) -> set[str]:
    return {f"{one.method} {_NAMES.sub('*', one.path)}" for one in requests}


# What the story makes us do at each vendor, at least: else nothing would have been judged.
EXPECTED = {
    "xero": {
        "PUT /api.xro/2.0/Payments",
        "PUT /api.xro/2.0/Overpayments/*/Allocations",
        "PUT /api.xro/2.0/Invoices/*/History",
        "GET /api.xro/2.0/Invoices",
        "GET /Connections",
        "POST /connect/token",
    },
    "quickbooks": {
        "POST /v3/company/*/payment",
        "POST /v3/company/*/attachable",
        "POST /v3/company/*/query",
        "GET /v3/company/*/cdc",
        "GET /v3/company/*/companyinfo/*",
        "POST /oauth2/v1/tokens/bearer",
    },
    "stripe": {
        "GET /v1/payment_intents",
        "GET /v1/payment_intents/*",
        "POST /v1/payment_intents/*",
        "GET /v1/events",
        "POST /v1/oauth/token",
    },
}


def test_the_vendors_are_asked_for_nothing_they_do_not_describe(
    tmp_path: Path, xero: XeroJudge, quickbooks: QuickBooksJudge, stripe: StripeJudge
) -> None:
    demo = Demo(short_story(), tmp_path, lambda _said: None)
    demo.prepare()
    demo.tell()
    judged: tuple[tuple[str, list[Request], Callable[[Request], list[str]]], ...] = (
        ("xero", demo.town.xero.requests(), xero.findings),
        ("quickbooks", demo.town.quickbooks.requests(), quickbooks.findings),
        ("stripe", demo.town.stripe.requests(), stripe.findings),
    )
    for name, requests, findings in judged:
        assert EXPECTED[name] - asked(requests) == set()
        assert {text for one in requests for text in findings(one)} == set()
