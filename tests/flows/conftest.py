"""Every test of the flows gets a fresh organisation in a fresh town."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.flows.scene import QUICKBOOKS, XERO, Scene, raised


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """Give what was logged; nothing is printed."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a Xero organisation."""
    with raised(tmp_path, XERO) as one:
        yield one


@pytest.fixture(params=[XERO, QUICKBOOKS], ids=lambda company: company.provider)
def either(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give a Xero organisation, then a QuickBooks company."""
    with raised(tmp_path, request.param) as one:
        yield one
