"""Every provider gets a fresh organisation in a fresh town."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connector.bench import Bench
from tests.flows.scene import QUICKBOOKS, XERO, raised


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Give a provider by name."""
    company = QUICKBOOKS if request.param == "quickbooks" else XERO
    with raised(tmp_path, company) as scene:
        scene.connect(stripe=True)
        scene.live(minutes=3)
        yield Bench(request.param, scene)
