"""Logs are JSON lines without secrets and without what was in local variables."""

from __future__ import annotations

import json

import pytest
import structlog

import logs


@pytest.fixture(autouse=True)
def own_configuration():
    """Leave no configuration behind for other tests."""
    yield
    structlog.reset_defaults()


def test_an_event_is_one_json_line_without_secrets(capsys):
    logs.set_up()
    structlog.get_logger().warning("renewed", access_token="at-1", Client_Secret="cs-1", tenant="t")
    told = json.loads(capsys.readouterr().err)
    assert told.pop("timestamp")
    assert told == {
        "event": "renewed",
        "level": "warning",
        "access_token": "hidden",
        "Client_Secret": "hidden",
        "tenant": "t",
    }


def test_a_fault_tells_where_and_not_what_was_in_the_variables(capsys):
    logs.set_up()
    try:
        stumble("rt-" + "canary")
    except RuntimeError:
        structlog.get_logger().exception("fault")
    said = capsys.readouterr().err
    assert "the door is stuck" in said
    assert "test_logs.py" in said
    assert said.count("\n") == 1
    assert "rt-canary" not in said


def stumble(refresh_token):
    assert refresh_token
    raise RuntimeError("the door is stuck")
