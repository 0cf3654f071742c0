"""Dunnock as a machine runs it: its own processes, started by the command, on a free port."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

HOME = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, str(HOME / "app.py")]
# Long, for a machine that is busy with other things; an idle one needs a tenth.
PATIENCE_SECONDS = 150.0


def free_port() -> int:
    """Find a port below those that outgoing calls are given, so that none takes it meanwhile."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no free port between 20000 and 32000")


def wait_for(happened: Callable[[], object], what: str) -> None:
    """Wait until something is so; fails with its name when it takes too long."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.1)


def environment() -> dict[str, str]:
    """Give this environment without settings of Dunnock's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DUNNOCK_")}


def get(port: int, path: str) -> tuple[int, dict[str, str], str]:
    """Ask for a page; gives status (0: nobody there), headers in lower case, and text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read().decode()
    except OSError:
        return 0, {}, ""
    finally:
        connection.close()


class Running:
    """`dunnock run` in a folder of its own."""

    def __init__(self, home: Path, port: int, log: IO[str]) -> None:
        self.home = home
        self.port = port
        self.process = subprocess.Popen(
            [*COMMAND, "run"],
            cwd=home,
            env=environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    @property
    def said(self) -> str:
        return (self.home / "log").read_text("utf-8")

    def answers(self) -> bool:
        assert self.process.poll() is None, self.said
        return get(self.port, "/livez")[0] == 200

    def parts(self) -> dict[str, int]:
        """Give the process ids of the parts, by the command that each is."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_text("utf-8").split("\0")
                parent = int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == self.process.pid:
                found[next(one for one in words if one in ("serve", "work"))] = int(folder.name)
        return found

    def end(self, patience: float = PATIENCE_SECONDS) -> int:
        """Ask it to end, as a machine does that shuts down; gives the exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience)


@contextmanager
def running(home: Path, settings: str = "") -> Iterator[Running]:
    """Start `dunnock run` with these settings besides its address; nothing of it is left behind."""
    port = free_port()
    address = f'[server]\nport = {port}\npublic_url = "http://127.0.0.1:{port}"\n'
    (home / "config.toml").write_text(f"{address}{settings}", "utf-8")
    with (home / "log").open("w", encoding="utf-8") as log:
        house = Running(home, port, log)
        try:
            wait_for(house.answers, "the pages to answer")
            yield house
        finally:
            # Asked first: it ends what it has started, each in a group of its own.
            house.end()
