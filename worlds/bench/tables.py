"""The scores as tables a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from worlds.bench.scoring import Score


def of_businesses(scores: dict[str, Score]) -> Table:
    """Show the measures, a line for each business and one for all."""
    table = Table(
        *("business", "receipts", "STP %", "decidable %", "recall %", "precision %", "wrong bp"),
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
