"""What a provider remembers of a connection while this process lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


class Memory:
    """What a provider remembers of one connection between openings, until this process ends.

    Only for what saves a call and does no harm when it is forgotten.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._kept: dict[str, tuple[datetime, Any]] = {}

    def get(self, name: str, now: datetime) -> Any:  # noqa: ANN401 - the provider's own
        """Give what was kept under a name, or None; what is too old is forgotten."""
        self._kept = {one: kept for one, kept in list(self._kept.items()) if now < kept[0]}
        return self._kept.get(name, (now, None))[1]

    def keep(self, name: str, value: object, until: datetime) -> None:
        """Keep a value until a moment."""
        self._kept[name] = (until, value)
