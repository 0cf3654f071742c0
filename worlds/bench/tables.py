"""The scores as tables a person reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from worlds.bench.scoring import Score


# Wide enough for every measure, also where no terminal says how wide it is.
WIDTH = 150
BREACHES_SHOWN = 20


def show(scores: dict[str, Score], *, as_json: bool) -> None:
    """Print the measures, what became of each class, and the invariants that were broken."""
    whole = scores["all"]
    console = Console(width=WIDTH)
    if as_json:
        found = {name: {**one.measures(), "cases": one.cases} for name, one in scores.items()}
        console.print_json(json.dumps(found))
        return
    console.print(of_businesses(scores))
    console.print(of_cases(whole))
    for line in whole.breaches[:BREACHES_SHOWN]:
        console.print(f"broken: {line}", markup=False, highlight=False)


def of_businesses(scores: dict[str, Score]) -> Table:
    """Show the measures, a line for each business and one for all."""
    table = Table(
        Column("business", no_wrap=True),
        *("receipts", "STP %", "decidable %", "recall %", "precision %", "wrong bp"),
        *("wrong customer bp", "top 3 %", "strangers applied", "breaches"),
    )
    for name, score in scores.items():
        found = score.measures()
        table.add_row(
            name,
            str(score.receipts),
            *(f"{found[one] * 100:.1f}" for one in ("stp", "decidable", "recall")),
            f"{found['precision'] * 100:.2f}",
            f"{found['wrong_bp']:.1f}",
            f"{found['wrong_customer_bp']:.1f}",
            f"{found['top3'] * 100:.0f}",
            f"{score.strangers_applied} of {score.strangers}",
            str(len(score.breaches)),
        )
    return table


def of_cases(score: Score) -> Table:
    """Show what became of each class of payments."""
    table = Table("class", "lines", "decidable", "right", "wrong", "reviewed")
    for case in sorted(score.cases):
        counts = score.cases[case]
        names = ("lines", "decidable", "right", "wrong", "reviewed")
        table.add_row(case, *(str(counts[one]) for one in names))
    return table
