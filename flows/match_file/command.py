"""`dunnock match`: cash application over files."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules.matching.policy import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.match_file.problems import Problem
    from flows.match_file.run import Stage

EPILOG = """\b
Example: dunnock match --ledger ledger.jsonl --payments payments.jsonl --out allocations.jsonl

\b
Exit codes:
  0  every payment has a line in the output, whatever was wrong with the input
  1  a file cannot be read or written
  2  the command is wrong; nothing was begun"""
# So many lines that could not be used are named one by one.
NAMED_MAX = 100
# Takes back the line that tells how far it is.
CLEAR = "\r\x1b[K"

file_option = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog=EPILOG)
@click.option("--ledger", required=True, type=file_option, help="Documents, customers, history.")
@click.option("--payments", required=True, type=file_option, help="Payments and advices.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the allocations.",
)
@click.option(
    "--mode",
    type=click.Choice([one.value for one in Mode]),
    default=Mode.SAFE.value,
    show_default=True,
    help="How sure an answer has to be before it is applied.",
)
def match(ledger: Path, payments: Path, out: Path, mode: str) -> None:
    """Say for every payment which documents it pays, and why, or leave it to a person.

    Files are lines of JSON (docs/match-files.md). Lines that cannot be used are named on standard
    error; everything else is processed. Nothing is sent anywhere.
    """
    if out.resolve() in (ledger.resolve(), payments.resolve()):
        raise click.UsageError("--out names an input file, which would be lost; name another")
    # Values of a ledger live until the end: looking for garbage among them is lost time.
    gc.disable()
    from flows.match_file.run import Files, match_files  # noqa: PLC0415 - --help needs none of it

    try:
        done = match_files(Files(ledger, payments, out), Mode(mode), _progress())
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    finally:
        gc.enable()
        if sys.stderr.isatty():
            click.echo(CLEAR, nl=False, err=True)
    _name(done.problems)
    click.echo(
        f"{done.payments} payments: {done.applied} applied,"
        f" {done.payments - done.applied} left to a person. Written to {out}",
        err=True,
    )


def _name(problems: tuple[Problem, ...]) -> None:
    for one in problems[:NAMED_MAX]:
        click.echo(str(one), err=True)
    if len(problems) > NAMED_MAX:
        click.echo(f"and {len(problems) - NAMED_MAX} more lines could not be used", err=True)


def _progress() -> Callable[[Stage, int, int], None]:
    """Tell how far it is: in one line on a terminal, not at all elsewhere."""
    if not sys.stderr.isatty():
        return lambda _stage, _done, _of: None
    return _tell


def _tell(stage: Stage, done: int, of: int) -> None:
    share = f" {100 * done // of} %" if of and done else ""
    click.echo(f"{CLEAR}{stage}{share} …", nl=False, err=True)
