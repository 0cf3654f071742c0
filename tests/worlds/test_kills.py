"""A demo killed at any moment goes on where it was and ends in the same table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

HOME = Path(__file__).resolve().parents[2]
DAYS = 4
KILLS = 30
# Between the moment a process has started to work and long before it would end.
SECONDS = (1.2, 3.2)


def demo(home: Path) -> subprocess.Popen[str]:
    """Start the demo as a person does; its output is no terminal, so it ends by itself."""
    return subprocess.Popen(
        [sys.executable, "app.py", "demo", "--once", "--days", str(DAYS), "--home", str(home)],
        cwd=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def table(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("│")]


def ended(home: Path) -> list[str]:
    """Let a demo come to its end and give its closing table."""
    running = demo(home)
    said, _ = running.communicate(timeout=600)
    assert running.returncode == 0, said[-3000:]
    assert "Everything ties out." in said
    return table(said)


def test_thirty_kills_at_random_moments_change_nothing(tmp_path):
    undisturbed = ended(tmp_path / "undisturbed")
    chance = Random(20261122)  # noqa: S311 - moments, not secrets
    killed, endings = 0, []
    while killed < KILLS:
        running = demo(tmp_path / "killed")
        try:
            said, _ = running.communicate(timeout=chance.uniform(*SECONDS))
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
            killed += 1
        else:
            # It came to its end between two kills: the next one begins anew.
            assert running.returncode == 0, said[-3000:]
            endings.append(table(said))
    endings.append(ended(tmp_path / "killed"))
    for one in endings:
        assert one == undisturbed, f"after {killed} kills, {len(endings)} ends between"
