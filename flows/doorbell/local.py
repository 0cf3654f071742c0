"""One machine: APScheduler polls for due rows and drains them on its thread pool."""

from __future__ import annotations

import threading
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from flows.clock import tick
from flows.watch import Watch
from flows.work import drain
from store import connections, due, exceptions

if TYPE_CHECKING:
    from flows.tools import Tools

log = structlog.get_logger()

# A burst of webhooks about one connection is worth one read, so the drain waits this long.
COALESCE = timedelta(seconds=2)
POLL_SECONDS = 0.5
# Twice as long a bank file lies still before it is read.
WATCH_SECONDS = 15
THREADS = 4


class LocalDoorbell:
    """The engine of the default set-up: one worker process with its own poll and clock."""

    def __init__(self, tools: Tools) -> None:
        """Prepare the scheduler; nothing runs before `run`."""
        self._tools = tools
        self._stopped = threading.Event()
        # What is being drained stays due until it is done, and needs no second job meanwhile.
        self._busy: set[int] = set()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(THREADS)},
            job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1},
        )

    def run(self) -> None:
        """Work until `stop` is called; blocks."""
        with self._tools.sessions.begin() as s:
            connections.free_leases(s)
        self._scheduler.add_job(self._poll, "interval", seconds=POLL_SECONDS, id="poll")
        self._scheduler.add_job(self._nightly, "cron", hour=2, id="nightly")
        if self._tools.watch_folder is not None:
            watch = Watch(self._tools, self._tools.watch_folder)
            every = {"seconds": WATCH_SECONDS}
            self._scheduler.add_job(self._watch, "interval", args=[watch], id="watch", **every)
        self._scheduler.start()
        self._nightly()
        self._stopped.wait()
        self._scheduler.shutdown(wait=True)

    def stop(self) -> None:
        """Finish what is under way and return from `run`."""
        self._stopped.set()

    def _poll(self) -> None:
        now = self._tools.clock()
        with self._tools.sessions.begin() as s:
            found = due.now_due(s, now)
        for connection_id in found:
            job_id = f"drain:{connection_id}"
            if connection_id not in self._busy and self._scheduler.get_job(job_id) is None:
                self._scheduler.add_job(
                    self._drain,
                    "date",
                    run_date=now + COALESCE,
                    args=[connection_id],
                    id=job_id,
                    replace_existing=True,
                )

    def _drain(self, connection_id: int) -> None:
        self._busy.add(connection_id)
        try:
            drain(self._tools, connection_id)
        except Exception:
            log.exception("drain failed", connection=connection_id)
        finally:
            self._busy.discard(connection_id)

    def _watch(self, watch: Watch) -> None:
        try:
            watch.look()
        except Exception:
            # The files stay where they are, and the next look begins anew.
            log.exception("watching failed")

    def _nightly(self) -> None:
        now = self._tools.clock()
        try:
            tick(self._tools, "nightly", now.date().isoformat())
        except Exception as error:
            # A night's upkeep may fail; the day's work must not.
            log.exception("upkeep failed")
            with self._tools.sessions.begin() as s:
                exceptions.open_exception(
                    s,
                    None,
                    kind="upkeep_failed",
                    subject="upkeep",
                    title="A fault in Dunnock stopped the nightly upkeep",
                    detail=repr(error),
                    fix="It is tried again tomorrow. The log tells the whole.",
                    now=now,
                )
