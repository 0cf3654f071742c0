"""One house per module: pages that change something get a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.house import House, open_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house that tests only look at."""
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house that a test may change."""
    with open_house(tmp_path_factory.mktemp("fresh")) as opened:
        yield opened
