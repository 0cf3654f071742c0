"""Keeping the mirror: first sync, webhooks in any order, sweeps, and the tie-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest

from connector.protocol import Found, Page
from flows.tools import Tools
from flows.work import drain
from ledger.documents import Invoice, Kind, Ref
from sandbox.shelf import Post
from store import connections, inbox, mirror, organisations
from tests.flows.scene import Scene
from tests.flows.test_perform import faulty, raising, turns

OK = 200
# More than one page at either vendor.
MANY = 230


def pages(scene: Scene, after: int = 0) -> list[str]:
    """List the pages of documents that the ledger was asked for since a point of its log."""
    found = []
    for one in standin(scene).requests(after):
        asked = f"{unquote_plus(one.query)} {unquote_plus(one.body.decode())}"
        # What only counts asks for pages of one, and settings come in a batch.
        paged = "pageSize=1000" in asked or "STARTPOSITION" in asked
        if one.status == OK and paged and not one.path.endswith("/batch"):
            found.append(f"{one.path} {asked}")
    return found


def standin(scene: Scene) -> Any:
    return scene.town.xero if scene.company.provider == "xero" else scene.town.quickbooks


def many(scene: Scene) -> None:
    for number in range(MANY):
        scene.invoice(f"AA-{number:04}", 1_000 + number)


def held(scene: Scene) -> int:
    with scene.tools.sessions() as s:
        found = mirror.open_invoices(s, scene.organisation_id)
    return sum(one.balance.minor for one in found)


OWED = sum(1_000 + number for number in range(MANY))


def test_a_first_sync_takes_everything_in(either: Scene) -> None:
    many(either)
    either.connect()
    either.live(minutes=4)
    assert held(either) == OWED
    row = either.books
    assert row.first_sync_done
    assert row.synced_at is not None
    assert row.seen >= MANY


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_first_sync_goes_on_where_a_crash_cut_it_off(either: Scene, page: int) -> None:
    """At most the page under way is read again."""
    many(either)
    with either.dying("K22", page):
        either.connect()
        either.live(minutes=5)
    either.organisation_id = 1
    cut_off = either.books
    assert not cut_off.first_sync_done
    either.live(minutes=5)
    assert held(either) == OWED
    assert either.books.first_sync_done
    asked = pages(either)
    assert len(asked) - len(set(asked)) == 1


def test_duplicates_and_disorder_of_webhooks_change_nothing(either: Scene) -> None:
    """The same news three times, the last first, and after what it tells is long known."""
    invoice = either.invoice("AA-1001")
    either.connect()
    posts: list[Post] = []
    name = either.company.provider
    carry = either.town.carrier(name)

    def keep(post: Post) -> int:
        posts.append(post)
        return 200

    either.keeper.pay(invoice, 4_000, either.today)
    either.live(seconds=1)
    either.keeper.pay(invoice, 6_000, either.today)
    standin(either).deliver(keep)
    assert posts
    for post in (*reversed(posts), *posts, *posts):
        assert carry(post) == 200
    with either.tools.sessions() as s:
        new = inbox.counts(s)["new"]
    either.drain()
    assert either.mirrored(invoice) == 0
    for post in posts:
        assert carry(post) == 200
    with either.tools.sessions() as s:
        counts = inbox.counts(s)
    assert counts.get("new", 0) == 0
    assert counts["done"] >= new
    assert either.exceptions() == []


def test_news_of_an_object_nobody_has_is_worked_off(either: Scene) -> None:
    """It was deleted before we came to read it."""
    either.connect()
    tell(either, Kind.INVOICE, "00000000-0000-4000-8000-000000000000")
    either.drain()
    with either.tools.sessions() as s:
        assert inbox.counts(s).get("new", 0) == 0
    assert either.exceptions() == []


def test_news_of_an_unknown_kind_is_kept_and_closed(scene: Scene) -> None:
    scene.connect()
    tell(scene, Kind.UNKNOWN, "x")
    scene.drain()
    with scene.tools.sessions() as s:
        [row] = [one for one in [inbox.get(s, 1)] if one.kind is Kind.UNKNOWN]
    assert (row.state, row.reason) == ("done", "nothing to read for this kind")


def tell(scene: Scene, kind: Kind, object_id: str) -> None:
    """Put news of a document into the inbox, as the door does."""
    with scene.tools.sessions.begin() as s:
        told = scene.now - inbox.ECHO
        inbox.read_again(s, scene.books, [Ref(kind, object_id)], why="told", now=told)


def test_news_that_cannot_be_read_backs_off_dies_and_is_shown(scene: Scene) -> None:
    """It blocks nothing: what came with it is taken in at once."""
    poison, good = scene.invoice("AA-1001"), scene.invoice("AA-1002")
    scene.connect()
    read = scene.tools.open_books(scene.books).read

    def wrong(refs: Sequence[Ref]) -> list[Found]:
        if any(ref.id == poison for ref in refs):
            raise KeyError("Currency")
        return read(refs)

    tools = faulty(scene, read=wrong)
    scene.keeper.pay(good, 10_000, scene.today)
    tell(scene, Kind.INVOICE, poison)
    scene.town.deliver()
    turns(scene, tools, 1)
    assert scene.mirrored(good) == 0
    turns(scene, tools, 40)
    [shown] = scene.exceptions("inbox_dead")
    assert "KeyError('Currency')" in shown.detail
    assert shown.title.startswith("A change in Ash & Alder Ltd")
    with scene.tools.sessions.begin() as s:
        [dead] = inbox.list_dead(s, scene.organisation_id)
        assert dead.attempts == tools.pace.attempts_max
        assert inbox.replay(s, dead.id, scene.now)
    scene.drain()
    assert scene.exceptions() == []


def test_a_limit_met_while_listening_loses_no_news(either: Scene) -> None:
    invoice = either.invoice("AA-1001")
    either.connect()
    either.keeper.pay(invoice, 10_000, either.today)
    either.sky.stay("429", either.company.provider)
    either.live(minutes=2)
    assert either.mirrored(invoice) == 10_000
    either.sky.clear()
    either.live(minutes=10)
    assert either.mirrored(invoice) == 0


def test_a_lost_webhook_is_repaired_by_the_sweep(either: Scene) -> None:
    """Nobody told, and the walk of changes is switched off: the sweep alone must find it."""
    paid, voided, kept = (either.invoice(f"AA-100{at}") for at in range(3))
    either.connect()
    tools = faulty(either, sync=lambda cursor: Page((), cursor, more=False))
    either.keeper.pay(paid, 10_000, either.today)
    either.keeper.void(voided)
    sweep(either, tools)
    assert [either.mirrored(one) for one in (paid, voided, kept)] == [0, 0, 10_000]
    assert either.exceptions() == []


def test_the_first_sweep_comes_by_itself_and_then_every_day(scene: Scene) -> None:
    scene.connect()
    scene.live(days=1, minutes=1)
    first = scene.books.swept_at
    assert first is not None
    scene.live(days=1)
    second = scene.books.swept_at
    assert second is not None
    assert (second - first).days == 1


def test_totals_that_differ_are_shown_until_they_tie_out(scene: Scene) -> None:
    """The ledger leaves an invoice out of its list, and yet gives it as open when asked."""
    scene.invoice("AA-1001")
    scene.invoice("AA-1002")
    scene.connect()
    books = scene.tools.open_books(scene.books)

    def short(cursor: str) -> Page:
        page = books.open_documents(cursor)
        return replace(page, found=tuple(one for one in page.found if not is_first(one)))

    sweep(scene, faulty(scene, open_documents=short))
    [shown] = scene.exceptions("tie_out")
    assert "AA-1001" in shown.detail
    assert "AA-1002" not in shown.detail
    sweep(scene, scene.tools)
    assert scene.exceptions() == []


def sweep(scene: Scene, tools: Tools) -> None:
    with scene.tools.sessions.begin() as s:
        connections.set_next(s, scene.books.id, sweep_at=scene.now)
    drain(tools, scene.books.id)


def is_first(found: Found) -> bool:
    return isinstance(found.document, Invoice) and found.document.number == "AA-1001"


def test_a_fault_of_our_own_is_shown_and_closes_when_it_is_over(scene: Scene) -> None:
    """A page that cannot be taken in stops the connection: a person has to know."""
    scene.connect()
    with scene.tools.sessions.begin() as s:
        connections.want_sync(s, scene.books.id, scene.now)
    with pytest.raises(KeyError):
        drain(faulty(scene, sync=raising(KeyError("Currency"))), scene.books.id)
    [shown] = scene.exceptions("work_failed")
    assert "KeyError('Currency')" in shown.detail
    scene.live(minutes=2)
    assert scene.exceptions() == []


def test_the_walk_is_known_from_its_begin(scene: Scene) -> None:
    """What happens while a page is read may be behind that page."""
    scene.connect()
    begun = scene.now
    books = scene.tools.open_books(scene.books)

    def slow(cursor: str) -> Page:
        page = books.sync(cursor)
        scene.town.clock.wait(600)
        return page

    with scene.tools.sessions.begin() as s:
        connections.want_sync(s, scene.books.id, scene.now)
    drain(faulty(scene, sync=slow, organisation=books.organisation), scene.books.id)
    synced = scene.books.synced_at
    assert synced is not None
    assert (synced - begun).total_seconds() < 600


def test_a_large_walk_lets_others_in_between(either: Scene) -> None:
    """And until it has ended, nothing is decided on what it found."""
    many(either)
    either.connect()
    books = either.books.id
    with either.tools.sessions.begin() as s:
        connections.save_cursor(s, books, cursor="", seen=0, total=None, done=False, now=either.now)
        connections.set_next(s, books, sync_at=either.now, match_at=either.now)
    tools = replace(either.tools, pace=replace(either.tools.pace, pages_max=2))
    begun, turns_taken = either.now, 0
    while (due := either.books.next_sync_at) is not None and due <= either.now:
        assert either.books.next_match_at is not None
        drain(tools, books)
        either.town.clock.wait(60)
        turns_taken += 1
    assert turns_taken > 1
    assert either.books.next_match_at is None
    # What was read first is as old as the begin of the walk.
    assert either.books.synced_at == begun


def test_settings_are_read_at_first_and_with_the_sweep(scene: Scene) -> None:
    scene.connect()
    after = standin(scene).requests()[-1].seq
    scene.town.xero.set_organisation(scene.keeper.tenant, name="Ash & Elm Ltd")
    scene.pulse()
    assert asked_settings(scene, after) == 0
    sweep(scene, scene.tools)
    assert asked_settings(scene, after) == 1
    with scene.tools.sessions() as s:
        ledger = organisations.get(s, scene.organisation_id).ledger
    assert ledger is not None
    assert ledger.name == "Ash & Elm Ltd"


def asked_settings(scene: Scene, after: int) -> int:
    return len(
        [one for one in standin(scene).requests(after) if one.path.endswith("/Organisation")]
    )


def test_a_days_calls_used_up_rest_the_connection_and_no_other(scene: Scene) -> None:
    """Xero says until when; nothing is asked before, and a person can see why."""
    invoice = scene.invoice("AA-1001")
    scene.connect(stripe=True)
    limits = scene.town.xero.limits
    limits.per_day = 0
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.live(minutes=1)
    after = standin(scene).requests()[-1].seq
    [shown] = scene.exceptions("vendor_limit")
    assert shown.title.startswith("Ash & Alder Ltd rests until")
    scene.card(5_000)
    scene.live(minutes=30)
    assert standin(scene).requests(after) == []
    with scene.tools.sessions() as s:
        assert len(mirror.receipts_to_match(s, scene.organisation_id)) == 1
    assert scene.mirrored(invoice) == 10_000
    limits.per_day = 5_000
    scene.live(days=1)
    assert scene.mirrored(invoice) == 0
    assert scene.exceptions("vendor_limit") == []
