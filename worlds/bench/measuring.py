"""The bench of cash application, whole: make, match, score, and show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from rich.console import Console
from rich.table import Table

from flows.match_file.run import Files, match_files
from rules.matching.policy import Mode
from worlds.bench.large import write_large
from worlds.bench.scoring import score_all
from worlds.bench.speed import Speed, measure
from worlds.bench.stored import Stored, measure_stored
from worlds.bench.tables import WIDTH, show
from worlds.bench.writing import LEDGER, PAYMENTS, write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

ALLOCATIONS = "allocations.jsonl"
PAYMENTS_MAX = 1_000
Measured = TypeVar("Measured", Speed, Stored)


class Asked(NamedTuple):
    """Which businesses are made, and how sure their payments have to be."""

    seed: int
    payments: int
    names: tuple[str, ...]
    mode: str
    strict: bool


def show_quality(folder: Path, asked: Asked, *, as_json: bool) -> None:
    """Make the businesses in a folder, match each by the code of `dunnock match`, and score."""
    for made in write_all(folder, asked.seed, asked.payments, asked.names, hard=asked.strict):
        files = Files(made / LEDGER, made / PAYMENTS, made / ALLOCATIONS)
        match_files(files, Mode(asked.mode))
    show(score_all(folder, ALLOCATIONS), as_json=as_json)


def show_speed(folder: Path, seed: int, sizes: Iterable[int], *, as_json: bool) -> None:
    """Make a ledger of each size, measure it, and leave no file of it behind."""
    _show([*_measured(folder, seed, sizes, measure)], table, as_json=as_json)


def show_stored(folder: Path, seed: int, sizes: Iterable[int], *, as_json: bool) -> None:
    """Do the same for payments that are matched one by one from a store."""
    _show([*_measured(folder, seed, sizes, measure_stored)], stored_table, as_json=as_json)


def _measured(
    folder: Path, seed: int, sizes: Iterable[int], measuring: Callable[[Path, int], Measured]
) -> Iterator[Measured]:
    for size in sizes:
        made = folder / str(size)
        write_large(made, seed, size, min(size, PAYMENTS_MAX))
        yield measuring(made, size)
        for path in made.iterdir():
            path.unlink()


def _show(
    measured: list[Measured], shown: Callable[[list[Measured]], Table], *, as_json: bool
) -> None:
    console = Console(width=WIDTH)
    if as_json:
        console.print_json(json.dumps([one._asdict() for one in measured]))
    else:
        console.print(shown(measured))


def table(measured: list[Speed]) -> Table:
    """Show what was measured, a line for each ledger."""
    shown = Table(
        *("open invoices", "payments", "whole process s", "load s", "load / reading the file"),
        *("a payment ms", "a payment / a look-up", "peak MB"),
    )
    for one in measured:
        shown.add_row(
            f"{one.invoices:,}",
            f"{one.payments:,}",
            f"{one.process_seconds:.2f}",
            f"{one.load_seconds:.2f}",
            f"{one.load_ratio:.0f}",
            f"{one.a_payment_milliseconds:.2f}",
            f"{one.look_ups_a_payment:.0f}",
            f"{one.peak_megabytes:.0f}",
        )
    return shown


def stored_table(measured: list[Stored]) -> Table:
    """Show how long payments took that were matched one by one."""
    shown = Table(
        *("open invoices", "payments", "save s", "middle ms", "95th of 100 ms"),
        *("worst ms", "95th, processor ms"),
    )
    for one in measured:
        taken = (one.middle_seconds, one.p95_seconds, one.worst_seconds, one.p95_processor_seconds)
        shown.add_row(
            f"{one.invoices:,}",
            f"{one.payments:,}",
            f"{one.save_seconds:.2f}",
            *(f"{1000 * seconds:.1f}" for seconds in taken),
        )
    return shown
