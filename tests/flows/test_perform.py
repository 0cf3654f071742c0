"""How an action goes: patience, refusal, poison, and two workers at one connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.protocol import Books
from flows.applying import APPLY
from flows.lease import PauseError, keep, take
from flows.perform import perform
from flows.tools import Tools
from flows.work import _desk, drain
from ledger.errors import StaleError
from store import actions, connections
from store.connections import ConnectionRow
from tests.flows.scene import QUICKBOOKS, Scene, raised

AUTO = {"mode": "auto"}


class Faulty:
    """Real books of which some questions or writes go wrong in a way nobody foresaw."""

    def __init__(self, real: Books, **wrong: Callable[..., Any]) -> None:
        self._real = real
        self._wrong = wrong

    def __getattr__(self, name: str) -> Any:
        return self._wrong.get(name) or getattr(self._real, name)


def faulty(scene: Scene, **wrong: Callable[..., Any]) -> Tools:
    """Give tools whose books go wrong."""
    real = scene.tools.open_books

    def opened(row: ConnectionRow) -> Any:
        return Faulty(real(row), **wrong)

    return replace(scene.tools, open_books=opened)


def raising(error: Exception) -> Callable[..., Any]:
    def wrong(*_: object) -> Any:
        raise error

    return wrong


def paid(scene: Scene, number: str = "AA-1001", minor: int = 10_000) -> str:
    """Have an invoice and money that names it."""
    invoice = scene.invoice(number, minor)
    scene.receipt(minor, number)
    return invoice


def ready(scene: Scene) -> str:
    scene.connect()
    scene.rules(matching=AUTO)
    return paid(scene)


def turns(scene: Scene, tools: Tools, count: int) -> None:
    """Let a worker with these tools look again and again, as time passes."""
    for _ in range(count):
        drain(tools, scene.books.id)
        scene.town.clock.wait(3600)


def test_a_limit_leaves_the_action_planned_and_the_connection_at_rest(scene: Scene) -> None:
    invoice = ready(scene)
    scene.sky.stay("429", "xero", "PUT")
    scene.pulse()
    row = scene.action("apply")
    assert row.state == "planned"
    assert row.next_at > scene.now
    assert scene.payments(invoice) == []
    scene.sky.clear()
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    assert scene.told(row.id) == ["decided", "attempted", "attempted", "done"]


def test_what_the_ledger_refuses_is_shown_and_not_decided_again(scene: Scene) -> None:
    invoice = ready(scene)
    scene.town.xero.set_organisation(scene.keeper.tenant, not_allowed=["CreateAllocations"])
    scene.town.xero.set_lock_date(scene.keeper.tenant, scene.today)
    scene.live(hours=12)
    row = scene.action("apply")
    assert row.state == "refused"
    [shown] = scene.exceptions("refused")
    assert shown.action_id == row.id
    assert shown.detail
    assert scene.payments(invoice) == []
    assert scene.told(row.id) == ["decided", "attempted", "refused"]


def test_a_refused_action_goes_on_when_the_cause_is_mended(scene: Scene) -> None:
    invoice = ready(scene)
    scene.town.xero.set_lock_date(scene.keeper.tenant, scene.today)
    scene.live(hours=1)
    row = scene.action("apply")
    scene.town.xero.set_lock_date(scene.keeper.tenant, None)
    with scene.tools.sessions.begin() as s:
        assert actions.retry(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    scene.live(hours=1)
    assert scene.payments(invoice) == [10_000]
    assert scene.exceptions() == []


@pytest.mark.parametrize("call", ["apply", "read", "note"])
def test_a_poison_action_backs_off_and_ends_with_a_person(scene: Scene, call: str) -> None:
    """Whichever question or write has the fault, the other work goes on."""
    invoice = ready(scene)
    tools = faulty(scene, **{call: raising(KeyError("nobody foresaw this"))})
    scene.town.deliver()
    turns(scene, tools, 20)
    kind = "note" if call == "note" else "apply"
    row = scene.action(kind)
    assert row.state == "refused"
    assert tools.pace.attempts_max - 1 <= row.attempts <= tools.pace.attempts_max
    [shown] = scene.exceptions("refused")
    assert "nobody foresaw this" in shown.detail
    assert scene.payments(invoice) == ([10_000] if call == "note" else [])


def test_a_poison_action_does_not_stop_the_queue(scene: Scene) -> None:
    """The first application cannot be carried out, the second one can."""
    first = ready(scene)
    second = paid(scene, "AA-1002", 2_500)
    apply = scene.tools.open_books(scene.books).apply

    def wrong(receipt: Any, *rest: Any) -> Any:
        if receipt.amount.minor == 10_000:
            raise KeyError(receipt.ref.id)
        return apply(receipt, *rest)

    tools = faulty(scene, apply=wrong)
    scene.town.deliver()
    with scene.tools.sessions.begin() as s:
        connections.want_sync(s, scene.books.id, scene.now)
    turns(scene, tools, 1)
    assert scene.payments(first) == []
    assert scene.payments(second) == [2_500]


def test_an_application_in_doubt_is_refused_only_when_it_is_not_there(scene: Scene) -> None:
    """The write went through each time and its answer broke: it is found, not given up."""
    invoice = ready(scene)
    apply = scene.tools.open_books(scene.books).apply

    def wrong(*given: Any) -> Any:
        apply(*given)
        raise KeyError("the answer broke")

    tools = faulty(scene, apply=wrong)
    scene.town.deliver()
    with scene.tools.sessions.begin() as s:
        connections.want_sync(s, scene.books.id, scene.now)
    turns(scene, tools, 5)
    assert scene.action("apply").state == "done"
    assert scene.payments(invoice) == [10_000]


def test_two_workers_at_one_connection_are_never_both_at_work(scene: Scene) -> None:
    invoice = ready(scene)
    second = replace(scene.tools, owner="second worker")
    met: list[bool] = []
    real = scene.tools.open_books

    def opened(row: ConnectionRow) -> Books:
        met.append(drain(second, row.id))
        return real(row)

    scene.town.deliver()
    with scene.tools.sessions.begin() as s:
        connections.want_sync(s, scene.books.id, scene.now)
    assert drain(replace(scene.tools, open_books=opened), scene.books.id)
    assert met == [False]
    assert scene.payments(invoice) == [10_000]


def test_a_worker_whose_lease_ran_out_stops_before_the_next_step(scene: Scene) -> None:
    scene.connect()
    second = replace(scene.tools, owner="second worker")
    assert take(scene.tools, scene.books.id)
    scene.town.clock.wait(scene.tools.pace.lease.total_seconds() + 1)
    assert take(second, scene.books.id)
    with pytest.raises(PauseError):
        keep(scene.tools, scene.books.id)
    keep(second, scene.books.id)


def counted(
    scene: Scene, error: Exception, meanwhile: Callable[[], object]
) -> tuple[Tools, list[int]]:
    """Give tools whose ledger says each time that it changed, after something changed in it."""
    met: list[int] = []

    def wrong(*_: object) -> Any:
        met.append(1)
        meanwhile()
        raise error

    return faulty(scene, apply=wrong), met


def test_what_keeps_changing_is_decided_again_three_times_and_then_shown(scene: Scene) -> None:
    invoice = ready(scene)
    tools, met = counted(scene, StaleError("somebody else was quicker"), lambda: None)
    scene.town.deliver()
    turns(scene, tools, 8)
    row = scene.action("apply")
    assert (row.state, len(met)) == ("refused", 4)
    assert scene.told(row.id) == ["decided", *["attempted"] * 4, "refused"]
    [shown] = scene.exceptions("refused")
    assert "somebody else was quicker" in shown.detail
    assert scene.payments(invoice) == []


def test_what_changed_meanwhile_is_decided_anew_and_not_repeated(scene: Scene) -> None:
    """The invoice is paid by hand while it is written: the application is right no more."""
    invoice = ready(scene)
    keeper = scene.keeper
    tools, met = counted(
        scene,
        StaleError("the invoice was changed"),
        lambda: keeper.pay(invoice, 10_000, scene.today),
    )
    scene.town.deliver()
    turns(scene, tools, 3)
    assert len(met) == 1
    assert scene.action("apply").state == "cancelled"
    assert scene.exceptions("refused") == []
    assert scene.payments(invoice) == [10_000]


def test_a_question_whose_answer_is_out_of_date_is_asked_again(scene: Scene) -> None:
    invoice = ready(scene)
    met: list[int] = []
    read = scene.tools.open_books(scene.books).read

    def wrong(refs: Any) -> Any:
        if scene.actions("apply", "planned") and len(met) < 2:
            met.append(1)
            raise StaleError("it is no longer there")
        return read(refs)

    scene.town.deliver()
    turns(scene, faulty(scene, read=wrong), 4)
    assert scene.action("apply").state == "done"
    assert scene.payments(invoice) == [10_000]


def test_the_vendors_own_id_of_a_write_is_kept_with_what_came_of_it(tmp_path: Path) -> None:
    with raised(tmp_path, QUICKBOOKS) as scene:
        scene.connect()
        scene.rules(matching=AUTO)
        invoice = paid(scene)
        scene.live(hours=1)
        assert scene.payments(invoice) == [10_000]
        told = [scene.action(kind).outcome["trace"] for kind in ("apply", "note")]
        assert len(set(told)) == 2
        assert all(one.startswith("1-") for one in told)


def test_an_action_somebody_else_began_is_left_alone(scene: Scene) -> None:
    """Two workers read the same row and the same ledger; the one that comes second does nothing."""
    invoice = ready(scene)
    scene.sky.next("429", "xero", "PUT", "/Allocations")
    scene.pulse()
    [row] = scene.actions("apply", "planned")
    scene.town.clock.wait(120)
    books = scene.tools.open_books(scene.books)
    turn: list[int] = []

    def slow(refs: Any) -> Any:
        found = books.read(refs)
        turn.append(1)
        if len(turn) == LAST_READ:
            perform(_desk(scene.tools, scene.books, books), APPLY, row)
        return found

    late = faulty(scene, read=slow).open_books(scene.books)
    perform(_desk(scene.tools, scene.books, late), APPLY, row)
    assert len(turn) == LAST_READ
    assert scene.payments(invoice) == [10_000]
    assert scene.told(row.id) == ["decided", "attempted", "attempted", "done"]


# The receipt and its invoices are read again, at once, before money is set against them.
LAST_READ = 1
