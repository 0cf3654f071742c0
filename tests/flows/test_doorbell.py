"""The engine of one machine: rows that are due are found, worked off, and it ends when told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.doorbell import local
from flows.doorbell.local import LocalDoorbell
from flows.tools import Tools
from flows.watch import Watch
from store import connections, exceptions, inbox, organisations, ticks
from store.connections import ConnectionRow
from tests.flows.scene import Scene
from tests.flows.test_perform import faulty, raising

# Only to notice a hang; a passing test takes a second or two.
PATIENCE_SECONDS = 20.0


@contextmanager
def running(tools: Tools) -> Iterator[LocalDoorbell]:
    """Run the engine in a thread, as the worker process does, and stop it."""
    bell = LocalDoorbell(tools)
    thread = threading.Thread(target=bell.run)
    thread.start()
    try:
        yield bell
    finally:
        bell.stop()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    """Wait for something that the engine does in its own time."""
    for _ in range(int(PATIENCE_SECONDS / 0.05)):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for work more often than in life."""
    monkeypatch.setattr(local, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(local, "COALESCE", local.COALESCE / 20)


def of_today(scene: Scene) -> Tools:
    """Give tools on the machine's own clock, which APScheduler goes by."""
    return replace(scene.tools, clock=lambda: datetime.fromtimestamp(time.time(), UTC))


@pytest.mark.usefixtures("soon")
def test_a_webhook_leads_to_a_read_and_stop_ends_it(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    scene.keeper.pay(invoice, 10_000, scene.today)
    with running(of_today(scene)):
        scene.town.deliver()
        until(lambda: scene.mirrored(invoice) == 0)
    with scene.tools.sessions() as s:
        assert inbox.counts(s).get("new", 0) == 0


@pytest.mark.usefixtures("soon")
def test_a_lease_of_a_dead_worker_is_no_hindrance(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    tools = of_today(scene)
    assert connections.take_lease(tools.sessions, scene.books.id, "dead", tools.clock(), 9e5)
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.town.deliver()
    with running(tools):
        until(lambda: scene.mirrored(invoice) == 0)


@pytest.mark.usefixtures("soon")
def test_a_fault_in_one_drain_is_logged_and_the_engine_goes_on(
    scene: Scene, logged: list[dict[str, object]]
) -> None:
    scene.connect()
    wrong = faulty(scene, sync=raising(KeyError("Currency")))
    tools = replace(of_today(scene), open_books=wrong.open_books)
    with running(tools) as bell:
        until(lambda: any(line["event"] == "drain failed" for line in logged))
        until(lambda: bool(scene.exceptions("work_failed")))
        assert not bell._stopped.is_set()


@pytest.mark.usefixtures("soon")
def test_one_connection_is_worked_on_once_at_a_time(scene: Scene) -> None:
    """A drain that takes long is not begun a second time by the next looks for work."""
    scene.connect()
    inside: list[int] = []
    most: list[int] = []
    seen = threading.Event()
    real = scene.tools.open_books

    def opened(row: ConnectionRow) -> object:
        inside.append(row.id)
        most.append(len(inside))
        time.sleep(0.5)
        inside.pop()
        seen.set()
        return real(row)

    with running(replace(of_today(scene), open_books=opened)):  # type: ignore[arg-type]
        assert seen.wait(PATIENCE_SECONDS)
        time.sleep(0.3)
    assert max(most) == 1


@pytest.mark.usefixtures("soon")
def test_the_slot_of_the_night_is_taken_at_the_start(scene: Scene) -> None:
    tools = of_today(scene)
    with running(tools):
        until(lambda: not slot_is_free(tools))


@pytest.mark.usefixtures("soon")
def test_a_fault_of_the_night_is_shown_and_the_day_goes_on(
    scene: Scene, logged: list[dict[str, object]]
) -> None:
    invoice = scene.invoice("AA-1001")
    scene.connect()
    scene.keeper.pay(invoice, 10_000, scene.today)

    def broken() -> None:
        raise KeyError("keys_uri")

    with running(replace(of_today(scene), upkeep=broken)):
        scene.town.deliver()
        until(lambda: scene.mirrored(invoice) == 0)
    assert any(line["event"] == "upkeep failed" for line in logged)
    with scene.tools.sessions() as s:
        [row] = exceptions.list_open(s, None, "upkeep_failed")
    assert "keys_uri" in row.detail


def slot_is_free(tools: Tools) -> bool:
    with tools.sessions() as s:
        free = ticks.first(s, "nightly", tools.clock().date().isoformat())
        s.rollback()
    return free


@pytest.mark.usefixtures("soon")
def test_a_file_in_the_watched_folder_is_taken_in(
    scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: list[dict[str, object]],
) -> None:
    scene.connect()
    monkeypatch.setattr(local, "WATCH_SECONDS", 0.1)
    with scene.tools.sessions() as s:
        name = organisations.get(s, scene.organisation_id).public_id
    (tmp_path / "drop" / name).mkdir(parents=True)
    (tmp_path / "drop" / name / "noise.sta").write_bytes(b"noise")
    with running(replace(of_today(scene), watch_folder=tmp_path / "drop")):
        until(lambda: bool(scene.exceptions("bank_file")))
        # A fault in one look is logged, and the next one comes.
        monkeypatch.setattr(Watch, "look", raising(KeyError("x")))
        until(lambda: any(line["event"] == "watching failed" for line in logged))
