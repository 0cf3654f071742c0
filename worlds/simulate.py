"""Many seeded worlds, judged one by one: what was injected, what was found, how to see it again."""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from worlds.judges import Violation, judge
from worlds.plants import PLANTS, planted
from worlds.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["PLANTS", "Asked", "Tally", "Verdict", "live", "run", "run_one"]

# Where memory is a disk: nothing of a simulated world has to outlive the machine.
SHM = Path("/dev/shm")  # noqa: S108 - a place for files of our own, made unguessable
# A run that fails everywhere needs no list of everything.
SHOWN_PER_SEED = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What to simulate."""

    days: int
    plant: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one seed."""

    seed: int
    trace: str
    violations: tuple[Violation, ...]
    faults: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    tenant_days: int = 0
    mails: int = 0


def live(seed: int, asked: Asked, say: Callable[[str], None] | None = None) -> Verdict:
    """Live one world through and judge it."""
    room = SHM if SHM.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="dunnock-", dir=room) as home, planted(asked.plant):
        world = World(seed, asked.days, Path(home), say or (lambda _line: None))
        try:
            trace = world.live()
            violations = tuple(judge(world))
        except Exception as error:  # a world that breaks off is a finding too
            if say is not None:
                raise
            trace, violations = "", (Violation("world broke off", f"{error!r}"),)
        finally:
            world.close()
    return Verdict(
        seed=seed,
        trace=trace,
        violations=violations,
        faults=world.storm.tally,
        crashes=world.doom.hit,
        passed=world.doom.passed,
        tenant_days=asked.days * len(world.cast.companies),
        mails=len(world.town.mailbox.messages()),
    )


def _live(task: tuple[int, Asked]) -> Verdict:
    # What was imported stays for ever: the collector need not look at it again.
    gc.freeze()
    return live(*task)


def campaign(seeds: Sequence[int], asked: Asked, jobs: int) -> Iterator[Verdict]:
    """Live many worlds, `jobs` at once, and give each verdict as it comes."""
    tasks = [(seed, asked) for seed in seeds]
    if jobs == 1 or len(tasks) == 1:
        yield from map(_live, tasks)
        return
    # Fresh interpreters: a forked one would share the parent's open database and its locks.
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs) as pool:
        yield from pool.imap_unordered(_live, tasks)


@dataclass
class Tally:
    """What a campaign has found so far."""

    asked: Asked
    worlds: int = 0
    tenant_days: int = 0
    mails: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    failed: dict[int, tuple[Violation, ...]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.worlds += 1
        self.tenant_days += verdict.tenant_days
        self.mails += verdict.mails
        self.faults += verdict.faults
        self.crashes += verdict.crashes
        if verdict.violations:
            self.failed[verdict.seed] = verdict.violations

    def left(self, of: int) -> str:
        """Say how long the rest will take, such as `1:05 left`."""
        spent = time.monotonic() - self.began
        seconds = int(spent / max(self.worlds, 1) * (of - self.worlds))
        return f"{seconds // 60}:{seconds % 60:02d} left"


def report(tally: Tally) -> Iterator[str]:
    """Write what a campaign found, line by line."""
    yield ""
    yield f"{'fault injected':<34}{'times':>8}"
    for name, count in sorted(tally.faults.items()):
        yield f"  {name:<32}{count:>8}"
    yield f"{'process killed at':<34}{'times':>8}"
    for name, count in sorted(tally.crashes.items(), key=lambda one: (len(one[0]), one[0])):
        yield f"  {name:<32}{count:>8}"
    yield ""
    for seed, violations in sorted(tally.failed.items()):
        for one in violations[:SHOWN_PER_SEED]:
            yield f"seed {seed}: {one.invariant}: {one.text}"
        if len(violations) > SHOWN_PER_SEED:
            yield f"seed {seed}: and {len(violations) - SHOWN_PER_SEED} more"
        yield f"  see it again: {replay(seed, tally.asked)}"
    total = tally.faults.total()
    yield (
        f"{tally.worlds} worlds, {tally.tenant_days} organisation-days, {tally.mails} reminders,"
        f" {total} faults, {tally.crashes.total()} crashes:"
        f" {sum(map(len, tally.failed.values()))} violations in {len(tally.failed)} worlds"
    )


def replay(seed: int, asked: Asked) -> str:
    """Give the one command that lives a seed again and tells everything."""
    plant = f" --plant {asked.plant}" if asked.plant else ""
    return f"python3 run.py simulate --seed {seed} --days {asked.days}{plant}"


def run(
    seeds: Sequence[int],
    asked: Asked,
    jobs: int,
    say: Callable[[str], None],
    progress: Callable[[str], None],
) -> Tally:
    """Run a campaign: `progress` hears each world end, `say` the report. Gives the tally."""
    tally = Tally(asked)
    for verdict in campaign(seeds, asked, jobs):
        tally.add(verdict)
        failed = f", {len(tally.failed)} failed" if tally.failed else ""
        progress(f"{tally.worlds} of {len(seeds)} worlds{failed}, {tally.left(len(seeds))}")
    for line in report(tally):
        say(line)
    return tally


def run_one(seed: int, asked: Asked, say: Callable[[str], None]) -> Tally:
    """Live one seed again, telling every line of its trace."""
    tally = Tally(asked)
    verdict = live(seed, asked, say)
    tally.add(verdict)
    say(f"trace {verdict.trace}")
    for line in report(tally):
        say(line)
    return tally
