"""Shows the demo to a person: progress as it goes, the closing table, and then the open page."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from sandbox.story.plan import write
from sandbox.story.replay import ReplayError, read
from worlds.demo import Demo

if TYPE_CHECKING:
    from sandbox.story.plan import Story
    from worlds.report import Line

START = date(2026, 9, 1)
SEED = 7


def _story(days: int, invoices: Path | None, provider: str) -> Story:
    if invoices is None:
        return write(Random(SEED), START, days)
    return read(invoices, provider)


def show(
    home: Path,
    *,
    days: int,
    invoices: Path | None,
    provider: str,
    stay: bool,
    opened: Callable[[str], object],
) -> int:
    """Run the demo; gives the exit code: 0 when every line of the table ties out.

    A file of invoices that cannot be read is told with its line and column, and ends with 1.
    """
    # Wide enough for the table where no terminal says otherwise.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    began = time.monotonic()
    try:
        story = _story(days, invoices, provider)
    except ReplayError as error:
        console.print(f"{invoices}: {error}", style="red", markup=False)
        return 1
    demo = Demo(story, home.resolve(), lambda said: console.print(f"  {said}"))
    if demo.position:
        console.print(f"Going on with the demo at event {demo.position} of {len(story.events)}.")
    demo.prepare()
    demo.tell()
    compared, misused = demo.compare()
    console.print(_table(compared))
    for one in misused[:20]:
        console.print(f"[red]{one}[/red]")
    ties = all(line.ties for line in compared) and not misused
    seconds = time.monotonic() - began
    said = "Everything ties out." if ties else "The books do not tie out."
    console.print(f"{said} ({story.days} days in {seconds:.0f} s)")
    if not ties:
        return 1
    if stay:
        _stay(demo, console, opened)
    demo.end()
    return 0


def _table(compared: list[Line]) -> Table:
    table = Table("organisation", "measure", "our journal", "their books", "")
    for line in compared:
        verdict = "ties out" if line.ties else "[red]DIFFERS[/red]"
        table.add_row(line.company, line.measure, line.ours, line.theirs, verdict)
    return table


def _stay(demo: Demo, console: Console, opened: Callable[[str], object]) -> None:
    """Keep the page open until Ctrl-C."""
    url = demo.town.addresses.product
    console.print(f"The page is at {url} (press “Sign in to the demo”). Stop with Ctrl-C.")
    if os.environ.get("DISPLAY") or os.name == "nt":
        opened(url)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("Bye.")
