"""The commands that need the sandbox: the demo and the simulator."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worlds import simulate as seeded
from worlds.show import show

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command(epilog="Example: dunnock demo --once")
@click.option("--once", is_flag=True, help="End after the table; do not keep the page open.")
@click.option("--days", default=60, show_default=True, help="Days of the story.")
@click.option(
    "--invoices",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replay a real receivables history (CSV) instead of the story.",
)
@click.option(
    "--provider",
    type=click.Choice(["xero", "quickbooks"]),
    default="xero",
    show_default=True,
    help="Whose books a replayed history goes through.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".dunnock/demo"),
    show_default=True,
    help="Where the demo keeps its state; one that was stopped goes on from there.",
)
def demo(once: bool, days: int, invoices: Path | None, provider: str, home: Path) -> None:  # noqa: FBT001
    """Live through sixty days with stand-ins of all three services, and tie the books out."""
    sys.exit(
        show(
            home,
            days=days,
            invoices=invoices,
            provider=provider,
            stay=not once and sys.stdout.isatty(),
            opened=webbrowser.open,
        )
    )


@click.command(epilog="Example: dunnock simulate --seeds 50 --days 60")
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="Worlds.")
@click.option("--days", type=click.IntRange(3), default=60, show_default=True, help="Days of each.")
@click.option("--first", default=1, show_default=True, help="The first seed.")
@click.option("--seed", type=int, help="Live this one seed again and tell every line.")
@click.option("--plant", type=str, help="Plant a bug: resend-after-crash or apply-twice.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="At once.")
def simulate(
    seeds: int, days: int, first: int, seed: int | None, plant: str | None, jobs: int
) -> None:
    """Live through seeded worlds full of faults and judge them by the vendors' own books.

    Ends with 0 when no invariant was broken, with 1 otherwise.
    """
    if plant is not None and plant not in seeded.PLANTS:
        raise click.BadParameter(f"{plant!r} is none of {', '.join(seeded.PLANTS)}")
    asked = seeded.Asked(days, plant)
    if seed is not None:
        tally = seeded.run_one(seed, asked, click.echo)
    else:
        wanted = range(first, first + seeds)
        tally = seeded.run(wanted, asked, jobs, click.echo, _progress())
    sys.exit(1 if tally.failed else 0)


def _progress() -> Callable[[str], None]:
    """Tell how far it is: in one line on a terminal, not at all elsewhere."""
    if not sys.stderr.isatty():
        return lambda _line: None
    return lambda line: click.echo(f"\r\x1b[K{line}", nl=False, err=True)
