"""run.py: sets up once, notices an old or half-made .venv, passes words and exit code on."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOME = Path(__file__).resolve().parent.parent
RUN = HOME / "run.py"

# A stand-in for uv: notes each call, makes a .venv whose dunnock repeats its words, exits with 7.
UV = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
venv)
    mkdir -p "{home}/.venv/bin"
    ;;
pip)
    printf '#!/bin/sh\\necho "got $*"\\nexit 7\\n' > "{home}/.venv/bin/dunnock"
    chmod +x "{home}/.venv/bin/dunnock"
    ;;
esac
"""


class Checkout:
    """A copy of what run.py needs, with a stand-in for uv first on the path."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "uv.log"
        for name in ("run.py", "pyproject.toml", "requirements.txt"):
            shutil.copy(HOME / name, home)
        tools = home / "tools"
        tools.mkdir()
        (tools / "uv").write_text(UV.format(log=self.log, home=home), "utf-8")
        (tools / "uv").chmod(0o755)
        self.path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "run.py", *words],
            cwd=self.home,
            env={**os.environ, "PATH": self.path},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def setups(self) -> int:
        """Count how often a .venv was made."""
        calls = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return sum(call.startswith("venv") for call in calls)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_words_and_exit_code_are_passed_on(checkout: Checkout) -> None:
    done = checkout.run("preview", "--json")
    assert done.stdout == "got preview --json\n"
    assert done.returncode == 7


def test_without_a_word_it_is_the_demo(checkout: Checkout) -> None:
    assert checkout.run().stdout == "got demo\n"


def test_the_lock_is_installed_with_its_hashes(checkout: Checkout) -> None:
    checkout.run("doctor")
    calls = checkout.log.read_text("utf-8").splitlines()
    assert "--require-hashes -r" in calls[1]
    assert "--no-deps --no-build-isolation -e" in calls[2]


def test_a_second_run_sets_nothing_up(checkout: Checkout) -> None:
    checkout.run("doctor")
    again = checkout.run("doctor")
    assert checkout.setups() == 1
    assert "Setting up" not in again.stderr


def test_a_changed_lock_is_noticed(checkout: Checkout) -> None:
    checkout.run("doctor")
    with (checkout.home / "requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("# one more\n")
    checkout.run("doctor")
    assert checkout.setups() == 2


def test_a_changed_tool_setting_remakes_nothing(checkout: Checkout) -> None:
    checkout.run("doctor")
    with (checkout.home / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[tool.other]\n")
    checkout.run("doctor")
    assert checkout.setups() == 1


def test_a_half_made_venv_is_made_again(checkout: Checkout) -> None:
    leftover = checkout.home / ".venv" / "bin" / "leftover"
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    assert checkout.run("doctor").returncode == 7
    assert checkout.setups() == 1
    assert not leftover.exists()


def test_a_moved_checkout_is_noticed(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("doctor")
    stamp = (tmp_path / ".venv" / "dunnock-stamp").read_text("utf-8")
    moved = tmp_path / "moved"
    moved.mkdir()
    other = Checkout(moved)
    other.run("doctor")
    assert (moved / ".venv" / "dunnock-stamp").read_text("utf-8") != stamp


@pytest.mark.parametrize("version", [(3, 6), (3, 8), (3, 10)])
def test_old_pythons_can_read_it(version: tuple[int, int]) -> None:
    ast.parse(RUN.read_text("utf-8"), feature_version=version)


def test_an_old_python_is_told_so_in_one_sentence() -> None:
    old = "import sys; sys.version_info = (3, 10, 4); import run; sys.exit(run.main(['demo']))"
    done = subprocess.run(
        [sys.executable, "-c", old], cwd=HOME, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Dunnock needs Python 3.11 or newer; this is ")
    assert done.stderr.count("\n") == 1


def test_it_needs_the_standard_library_alone_and_ninety_lines() -> None:
    text = RUN.read_text("utf-8")
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    imported = {alias.name.split(".")[0] for node in statements for alias in node.names}
    assert imported <= sys.stdlib_module_names
    assert len(text.splitlines()) <= 90


def test_no_index_address_stands_in_the_repository() -> None:
    files = [RUN, HOME / "pyproject.toml", HOME / "requirements.txt", HOME / ".ci" / "run"]
    address = re.compile(r"(?:extra-)?index-url|find-links|trusted-host|https?://", re.IGNORECASE)
    assert [path.name for path in files if address.search(path.read_text("utf-8"))] == []


def pins() -> dict[str, str]:
    """Give every package of the lock by its normal name, with its whole line."""
    lock = (HOME / "requirements.txt").read_text("utf-8").replace("\\\n", "")
    lines = [line for line in lock.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    return {canonicalize_name(line.split("==")[0]): line for line in lines}


def test_every_locked_package_has_a_hash() -> None:
    assert len(pins()) > 20
    assert [line for line in pins().values() if "--hash=sha256:" not in line] == []


def test_the_lock_answers_what_the_project_asks_for() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["check"]]
    unanswered = [
        text
        for text in wanted
        for need in [Requirement(text)]
        for line in [pins().get(canonicalize_name(need.name), f"{need.name}==0")]
        if not need.specifier.contains(re.split(r"[\s;]", line.split("==")[1])[0])
    ]
    assert unanswered == []
