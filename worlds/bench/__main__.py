"""Write labelled data, and score answers about it, from the shell."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from worlds.bench import tables
from worlds.bench.business import BUSINESSES
from worlds.bench.scoring import Score, read_truth, score
from worlds.bench.writing import read_rows, write_all


@click.group()
def main() -> None:
    """Labelled data for cash application."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True, help="The seed everything is made from.")
@click.option("--payments", default=500, show_default=True, help="Lines of each statement.")
@click.option(
    "--business", type=click.Choice(list(BUSINESSES)), multiple=True, help="Only this kind."
)
def write(folder: Path, seed: int, payments: int, business: tuple[str, ...]) -> None:
    """Write each business into a folder of its own below FOLDER."""
    for made in write_all(folder, seed, payments, business):
        click.echo(str(made))


@main.command("score")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("name", default="allocations.jsonl")
@click.option("--mistakes", is_flag=True, help="List the payments applied wrongly.")
def score_folder(folder: Path, name: str, *, mistakes: bool) -> None:
    """Score the file NAME in each business's folder below FOLDER."""
    scores: dict[str, Score] = {}
    whole = Score()
    for answers in sorted(folder.glob(f"*/{name}")):
        one = scores[answers.parent.name] = score(read_truth(answers.parent), read_rows(answers))
        one.mistakes = [f"{answers.parent.name} {line}" for line in one.mistakes]
        whole.add(one)
    console = Console(width=160)
    console.print(tables.of_businesses({**scores, "all": whole}))
    console.print(tables.of_cases(whole))
    for line in [*whole.breaches[:20], *(whole.mistakes if mistakes else [])]:
        click.echo(line)


if __name__ == "__main__":
    main()
