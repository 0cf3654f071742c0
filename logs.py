"""Logs: one JSON object a line on standard error, without secrets and without local variables."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Names whose values are never written, wherever they turn up in an event.
HIDDEN = ("token", "secret", "password", "authorization", "api_key", "cookie", "verifier")


def hide(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blank the values of what is named like a secret."""
    for name in event:
        if any(word in name.lower() for word in HIDDEN):
            event[name] = "hidden"
    return event


def set_up() -> None:
    """Write logs as JSON lines; a fault shows where it happened, not what was in variables."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            hide,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
