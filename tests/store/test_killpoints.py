"""Points of crash call a hook, or kill the process when the environment says so."""

from __future__ import annotations

import subprocess
import sys

from store import killpoints


def test_without_a_hook_nothing_happens():
    killpoints.reach("K9")


def test_the_hook_hears_every_point():
    heard: list[str] = []
    killpoints.set_hook(heard.append)
    try:
        killpoints.reach("K9")
        killpoints.reach("K10")
    finally:
        killpoints.set_hook(None)
    killpoints.reach("K11")
    assert heard == ["K9", "K10"]


def _run(crash):
    program = (
        "from store.killpoints import reach\n"
        "for turn in range(5):\n"
        "    reach('K1'); reach('K9'); print(turn, flush=True)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"DUNNOCK_CRASH": crash, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_the_environment_kills_at_the_wanted_pass():
    ran = _run("K9:3")
    assert ran.returncode == killpoints.KILLED
    assert ran.stdout.split() == ["0", "1"]


def test_without_a_count_the_first_pass_kills():
    ran = _run("K1")
    assert ran.returncode == killpoints.KILLED
    assert ran.stdout == ""


def test_only_the_wanted_point_is_counted(monkeypatch):
    ended: list[int] = []
    monkeypatch.setenv("DUNNOCK_CRASH", "K9:2")
    monkeypatch.setattr("os._exit", ended.append)
    hook = killpoints._from_environment()
    assert hook is not None
    for point in ("K9", "K1", "K1", "K9"):
        assert ended == []
        hook(point)
    assert ended == [killpoints.KILLED]
