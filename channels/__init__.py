"""Ways to reach a person and hear back."""

from __future__ import annotations

from channels.email import EmailChannel

CHANNELS = {"email": EmailChannel}

__all__ = ["CHANNELS", "EmailChannel"]
