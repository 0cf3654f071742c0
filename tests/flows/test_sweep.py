"""The sweep: cut off and gone on with, and what it does not take for a difference."""

from __future__ import annotations

from connector.protocol import Page
from flows import sync
from store import mirror
from tests.flows.scene import Scene
from tests.flows.test_perform import faulty
from tests.flows.test_sync import OWED, held, many, pages, standin, sweep


def test_a_sweep_goes_on_where_a_crash_cut_it_off(either: Scene) -> None:
    """What was listed before the crash is not asked for again, and what is missing is found."""
    many(either)
    either.connect()
    either.live(minutes=5)
    paid = either.invoice("AA-9999")
    either.live(minutes=1)
    tools = faulty(either, sync=lambda cursor: Page((), cursor, more=False))
    either.keeper.pay(paid, 10_000, either.today)
    after = standin(either).requests()[-1].seq
    with either.dying("K23", 2):
        sweep(either, tools)
    sweep(either, faulty(either, sync=lambda cursor: Page((), cursor, more=False)))
    assert either.mirrored(paid) == 0
    assert held(either) == OWED
    assert either.books.sweep_cursor == ""
    walked = [one for one in pages(either, after) if is_open_list(one)]
    assert len(walked) == 1
    assert either.exceptions() == []


def is_open_list(asked: str) -> bool:
    """Say whether a page was one of the list of open invoices."""
    return ("/Invoices" in asked and "AUTHORISED" in asked) or "FROM Invoice WHERE Balance" in asked


def test_a_sweep_cut_off_long_ago_begins_again(scene: Scene) -> None:
    many(scene)
    scene.connect()
    scene.live(minutes=5)
    after = standin(scene).requests()[-1].seq
    with scene.dying("K23", 2):
        sweep(scene, scene.tools)
    scene.town.clock.wait(13 * 3600)
    sweep(scene, scene.tools)
    assert len([one for one in pages(scene, after) if is_open_list(one)]) == 2
    assert scene.books.sweep_cursor == ""


def test_what_is_raised_during_a_sweep_is_no_difference(scene: Scene) -> None:
    """It came behind the page it belongs to: open, known, and rightly not listed."""
    scene.invoice("AA-1001")
    scene.connect()
    books = scene.tools.open_books(scene.books)

    def busy(cursor: str) -> Page:
        page = books.open_documents(cursor)
        if not cursor:
            scene.town.clock.wait(60)
            scene.invoice("AA-1002")
            scene.town.deliver()
            sync.listen(scene.tools, scene.books, books)
        return page

    sweep(scene, faulty(scene, open_documents=busy))
    assert scene.mirrored(by_number(scene, "AA-1002")) == 10_000
    assert scene.exceptions() == []


def by_number(scene: Scene, number: str) -> str:
    with scene.tools.sessions() as s:
        [found] = mirror.invoices_numbered(s, scene.organisation_id, [number])
    return found.ref.id
