"""Whether a ledger is asked in the store or was read whole: every decision is the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.protocol import Found
from rules.facts import MatchFacts
from rules.matching import decide
from rules.matching.gathered import gather, read_whole
from rules.matching.placing import decide_batch
from rules.matching.values import ExpectedPayout, Past
from rules.parse import parse
from store import connections, mirror, payers
from store.connections import Consented
from store.matching_book import open_book
from tests.rules.matching.stories import Trusted
from tests.store.untidy import DAY, Untidy, untidy

RULES = parse({"matching": {"mode": "auto", "learn_payer_after": 2}}, version=1)


def _whole(books: Untidy) -> MatchFacts:
    """Give the facts with everything in them."""
    return MatchFacts(
        receipts=books.receipts,
        invoices=books.invoices,
        customers={one.ref.id: one for one in books.customers},
        payers=books.payers,
        credit_notes=books.credit_notes,
        spoken_for=books.spoken_for,
    )


def _in_memory(books: Untidy):
    placed = [
        Past(
            one.ref.id,
            one,
            one.customer_id or "",
            tuple((part.invoice_id, part.amount.minor) for part in one.allocations),
        )
        for one in books.placed
    ]
    payouts = [ExpectedPayout(one.ref.id, one.net, one.arrives) for one in books.payouts]
    merged = read_whole(_whole(books), 1).merged
    placed = [replace(one, customer_id=_living(merged, one.customer_id)) for one in placed]
    return read_whole(_whole(books), RULES.matching.learn_payer_after, payouts, placed)


def _living(merged, customer_id):
    for _ in range(10):
        customer_id = merged.get(customer_id, customer_id)
    return customer_id


def _keep(s, ours, now, books):
    to = connections.connect(s, ours, Consented("xero", "books", "t-1", "Reed"), now)
    documents = (
        *(*books.customers, *books.invoices, *books.credit_notes, *books.payouts),
        *(*books.placed, *books.receipts),
    )
    # In two parts, so that most keys replace others.
    changed = [replace(one, number=f"OLD-{one.ref.id}") for one in books.invoices]
    mirror.save(s, ours, to, [Found(one, "{}") for one in changed], now)
    mirror.save(s, ours, to, [Found(one, "{}") for one in documents], now)
    for one in books.payers:
        for _ in range(one.confirmations):
            payers.confirm(s, ours, one.form, one.customer_id)


@pytest.mark.parametrize("seed", range(25))
def test_a_ledger_that_is_asked_decides_as_one_that_was_read(s, ours, now, seed):
    books = untidy(seed)
    _keep(s, ours, now, books)
    asked = open_book(s, ours, RULES.matching.learn_payer_after, books.spoken_for)
    read = _in_memory(books)
    assert asked.merged == read.merged
    assert asked.number_example == read.number_example
    assert asked.large == read.large
    closed = tuple(one for one in books.invoices if one.status not in ("open", "paid"))
    facts = MatchFacts(receipts=books.receipts, invoices=closed, customers={})
    assert decide(facts, RULES, DAY, asked) == decide(_whole(books), RULES, DAY, read)


@pytest.mark.parametrize("seed", range(25))
def test_so_it_is_where_every_kind_of_evidence_is_trusted(s, ours, now, seed):
    books = untidy(1000 + seed)
    _keep(s, ours, now, books)
    asked = open_book(s, ours, RULES.matching.learn_payer_after, books.spoken_for)
    facts = _whole(books)
    decided = []
    for opened in (asked, _in_memory(books)):
        gathered = gather(facts, RULES.matching, DAY, opened)
        policy = replace(gathered.policy, confirmations=Trusted(), large={})
        ready = [gathered.placed(one) for one in books.receipts]
        decided.append(decide_batch(gathered.book, ready, (), policy))
    assert decided[0] == decided[1]
