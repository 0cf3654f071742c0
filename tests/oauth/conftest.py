"""One desk per test; the addresses of the stand-ins stay the same for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oauth.desk import Desk, Stage, Stages, open_desk


@pytest.fixture(scope="session")
def stages() -> Iterator[Stages]:
    made = {name: Stage() for name in ("xero", "quickbooks", "stripe")}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def desk(tmp_path: Path, stages: Stages) -> Iterator[Desk]:
    with open_desk(tmp_path, stages) as opened:
        yield opened
