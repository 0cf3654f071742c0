"""What every test shares: one fixed moment, and how hard hypothesis tries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.recorded import ROOMS, SPECS, Recorder

HERE = Path(__file__).parent
# A Tuesday in a plain week: no weekend, month end or clock change near it.
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)

settings.register_profile(
    "here", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def recorder() -> Recorder | None:
    """Hear what stand-ins are asked, where the vendors' files lie beside the checkout."""
    return Recorder() if SPECS.is_dir() else None


@pytest.fixture(autouse=True)
def _the_vendors_describe_what_they_are_asked(
    recorder: Recorder | None, request: pytest.FixtureRequest
) -> Iterator[None]:
    yield
    if recorder is None:
        return
    wrong_on_purpose = request.node.get_closest_marker("asks_wrongly")
    if not wrong_on_purpose and request.path.relative_to(HERE).parts[0] in ROOMS:
        assert recorder.findings() == []
    recorder.forget()


@pytest.fixture
def now() -> datetime:
    """Give the moment at which tests take place."""
    return NOW


@pytest.fixture
def today() -> date:
    """Give the day on which tests take place."""
    return NOW.date()
