"""What every test shares: one fixed moment, and how hard hypothesis tries."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, settings

# A Tuesday in a plain week: no weekend, month end or clock change near it.
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)

settings.register_profile(
    "here", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def now() -> datetime:
    """Give the moment at which tests take place."""
    return NOW


@pytest.fixture
def today() -> date:
    """Give the day on which tests take place."""
    return NOW.date()
