"""What any test makes the product ask is heard, and judged once."""

from __future__ import annotations

import pytest

from sandbox.shelf import LISTENERS, Shelf
from tests.conftest import NOW
from tests.recorded import Recorder


@pytest.fixture
def recorders():
    """Give two of one process: what is asked wrongly here is not the first one's matter."""
    before = list(LISTENERS)
    elsewhere = Recorder()
    LISTENERS.clear()
    yield elsewhere, Recorder()
    LISTENERS[:] = before


@pytest.fixture
def recorder(recorders):
    return recorders[1]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/api.xro/2.0/Invoises", "unknown path"),
        ("GET", "/v3/company/1/query", "no query"),
        ("POST", "/v1/payment_intent", "unknown path"),
    ],
)
def test_a_request_that_no_vendor_describes_is_told_once(recorder, method, path, said):
    shelf = Shelf()
    shelf.log(NOW, method, path)
    [finding] = recorder.findings()
    assert said in finding
    shelf.log(NOW, method, path)
    assert recorder.findings() == []


def test_what_vendors_describe_and_what_is_ours_are_let_pass(recorder):
    shelf = Shelf()
    shelf.log(NOW, "GET", "/v1/payment_intents", query="limit=1")
    shelf.log(NOW, "GET", "/o/nobody/today")
    assert recorder.findings() == []


def test_what_is_asked_wrongly_on_purpose_is_not_held_against_others(recorders):
    Shelf().log(NOW, "POST", "/v1/payment_intent")
    assert [bool(one.findings()) for one in recorders] == [False, True]


def test_what_is_forgotten_is_not_judged(recorder):
    Shelf().log(NOW, "POST", "/v1/payment_intent")
    recorder.forget()
    assert recorder.findings() == []
