"""One run over files: read the ledger and the payments, decide, write the allocations."""

from __future__ import annotations

from enum import StrEnum
from errno import ENOENT
from typing import TYPE_CHECKING, NamedTuple

from flows.match_file.ledger_file import read_ledger
from flows.match_file.payment_lines import read_payments
from flows.match_file.placed import put
from flows.match_file.problems import Problem
from flows.match_file.settings import policy, without_rate
from flows.match_file.writing import Writer
from rules.matching.placing import decide_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from flows.match_file.ledger_file import Ledger
    from flows.match_file.payment_lines import Batch
    from rules.matching.policy import Mode
    from rules.matching.values import Decision


class Stage(StrEnum):
    """What a run is doing."""

    LEDGER = "Reading the ledger"
    DECIDING = "Deciding"
    WRITING = "Writing"


class Files(NamedTuple):
    """What is read and what is written."""

    ledger: Path
    payments: Path
    out: Path


class Summary(NamedTuple):
    """What came of a run: payments in all, those applied, and lines that could not be used."""

    payments: int
    applied: int
    problems: tuple[Problem, ...]


def _silent(_stage: Stage, _done: int, _of: int) -> None:
    """Tell nobody."""


def match_files(
    files: Files, mode: Mode, told: Callable[[Stage, int, int], None] = _silent
) -> Summary:
    """Match payments to a ledger and write one line for each payment, in their order.

    `told` hears what is being done and how much of it. The result is whole or not there. Raises
    OSError where a file cannot be used.
    """
    if not files.out.parent.is_dir():
        raise FileNotFoundError(ENOENT, "there is no such folder; make it first", files.out.parent)
    size = files.ledger.stat().st_size
    with files.ledger.open("rb") as file:
        ledger = read_ledger(file, files.ledger.name, lambda done: told(Stage.LEDGER, done, size))
    with files.payments.open("rb") as file:
        batch = read_payments(file, files.payments.name, ledger.settings.as_of)
    told(Stage.DECIDING, 0, len(batch.payments))
    decisions = decide_batch(
        ledger.book, batch.payments, batch.advices, policy(ledger, batch, mode)
    )
    told(Stage.WRITING, 0, len(batch.order))
    put(files.out, written(ledger, batch, decisions))
    names = (files.ledger.name, files.payments.name)
    problems = sorted(
        (*ledger.problems, *without_rate(ledger, batch, names), *batch.problems),
        key=lambda one: (one.file == names[1], one.line),
    )
    return Summary(len(batch.order), sum(one.apply for one in decisions), tuple(problems))


def written(ledger: Ledger, batch: Batch, decisions: Iterable[Decision]) -> Iterable[bytes]:
    """Give the line of every payment once, in the order of the file, refused ones too."""
    writer = Writer(ledger.book)
    by_id = {one.payment_id: one for one in decisions}
    currencies = {one.ref.id: one.amount.currency for one in batch.payments}
    refused = {one.payment_id: one for one in batch.refused}
    for payment_id in batch.order:
        if payment_id in refused:
            yield writer.refused(refused[payment_id])
        else:
            yield writer.decision(by_id[payment_id], currencies[payment_id])
