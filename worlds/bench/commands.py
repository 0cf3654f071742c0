"""Commands of the bench: write labelled data, score answers, measure the product's own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

NAMES = (
    *("uk_services", "us_distribution", "eu_manufacturing"),
    *("saas", "structured_references", "long_projects"),
)
# What --speed measures, and --stored.
SIZES = (1_000, 10_000, 100_000, 1_000_000)
STORED = (100_000,)
seed_option = click.option(
    "--seed", default=1, show_default=True, help="The seed that everything is made from."
)
payments_option = click.option(
    "--payments",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Lines of each business's statement; three times as many invoices are open.",
)
strict_option = click.option(
    "--strict", is_flag=True, help="The businesses on a bad day: poor lines, careless payers."
)
business_option = click.option(
    "--business", "names", type=click.Choice(NAMES), multiple=True, help="Only this kind."
)


@click.group(epilog="Example: dunnock bench matching --payments 200")
def bench() -> None:
    """Measure cash application on made-up businesses whose truth is known."""


@bench.command(epilog="Example: dunnock bench write /tmp/books --seed 7")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@seed_option
@payments_option
@business_option
@strict_option
@click.option("--large", type=click.IntRange(8), help="Instead: one ledger of so many invoices.")
def write(
    folder: Path,
    names: tuple[str, ...],
    large: int | None,
    *,
    seed: int,
    payments: int,
    strict: bool,
) -> None:
    """Write ledger, payments and labels of each business into folders below FOLDER."""
    from worlds.bench.large import write_large  # noqa: PLC0415 - other commands start without it
    from worlds.bench.writing import write_all  # noqa: PLC0415

    if large:
        write_large(folder, seed, large, payments)
        click.echo(str(folder))
        return
    for made in write_all(folder, seed, payments, names, hard=strict):
        click.echo(str(made))


@bench.command("score", epilog="Example: dunnock bench score /tmp/books --mistakes")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("name", default="allocations.jsonl")
@click.option("--mistakes", is_flag=True, help="List every payment that was applied wrongly.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score_folder(folder: Path, name: str, *, mistakes: bool, as_json: bool) -> None:
    """Score the file NAME, made by `dunnock match`, in each business's folder below FOLDER."""
    from worlds.bench.scoring import score_all  # noqa: PLC0415
    from worlds.bench.tables import show  # noqa: PLC0415

    scores = score_all(folder, name)
    if len(scores) == 1:
        raise click.UsageError(f"no folder below {folder} has a file {name}; run dunnock match")
    show(scores, as_json=as_json)
    for line in scores["all"].mistakes if mistakes else []:
        click.echo(line)


@bench.command(epilog="Example: dunnock bench matching --payments 200 --mode balanced")
@seed_option
@payments_option
@business_option
@strict_option
@click.option(
    "--mode",
    type=click.Choice(["safe", "balanced"]),
    default="safe",
    show_default=True,
    help="How sure an answer has to be before it is applied.",
)
@click.option("--speed", is_flag=True, help="Measure time and memory instead.")
@click.option("--stored", is_flag=True, help="Measure payments matched one by one from a store.")
@click.option(
    "--invoices",
    "sizes",
    type=click.IntRange(8),
    multiple=True,
    help="Open invoices of the ledgers that --speed and --stored measure; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def matching(
    *,
    speed: bool,
    stored: bool,
    sizes: tuple[int, ...],
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - the fields of Asked
) -> None:
    """Make businesses up, match their payments as `dunnock match` does, and score the answers."""
    from worlds.bench import measuring  # noqa: PLC0415

    with TemporaryDirectory(prefix="dunnock-bench-") as folder:
        if stored:
            measuring.show_stored(Path(folder), asked["seed"], sizes or STORED, as_json=as_json)
        elif speed:
            measuring.show_speed(Path(folder), asked["seed"], sizes or SIZES, as_json=as_json)
        else:
            measuring.show_quality(Path(folder), measuring.Asked(**asked), as_json=as_json)
