"""Only one worker works on a connection at a time, and it stops when it is not the one any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import connections

if TYPE_CHECKING:
    from flows.tools import Tools


class PauseError(Exception):
    """The connection has to rest; what was under way is written down and due again later."""

    def __init__(self, seconds: float) -> None:
        """Keep how long, in seconds."""
        super().__init__(f"rest {seconds:g} s")
        self.seconds = seconds


def take(tools: Tools, connection_id: int) -> bool:
    """Become the one who works on a connection; False while another is."""
    return connections.take_lease(
        tools.sessions, connection_id, tools.owner, tools.clock(), tools.pace.lease.total_seconds()
    )


def keep(tools: Tools, connection_id: int) -> None:
    """Prolong the lease before the next step; raises PauseError when another has taken over."""
    if not connections.renew(
        tools.sessions, connection_id, tools.owner, tools.clock(), tools.pace.lease.total_seconds()
    ):
        raise PauseError(tools.pace.lease.total_seconds())
