"""What oauth is handed by the wiring: the store, the vendors and our apps there, clock, chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.memory import Memory
from connector.pace import Gate
from connector.protocol import Provider, Wire
from ledger.days import Clock, Ids
from oauth.client import Client
from store.connections import ConnectionRow
from store.session import Sessions


@dataclass(frozen=True, slots=True)
class Opener:
    """Everything it takes to open a connection's books; made once by the wiring.

    The keys that seal tokens travel in the sessions (`store.session.open_sessions`).
    `secret` gives unguessable URL-safe text of at least 43 characters, `owner` names this process
    among those that share the database, and `wait` sleeps for so many seconds.
    """

    sessions: Sessions
    providers: Mapping[str, Provider]
    clients: Mapping[str, Client]
    wires: Mapping[str, Wire]
    clock: Clock
    ids: Ids
    secret: Callable[[], str] = field(repr=False)
    gate: Callable[[ConnectionRow], Gate]
    owner: str
    wait: Callable[[float], None]
    # By connection.
    memories: dict[int, Memory] = field(default_factory=dict, repr=False)

    def wire(self, provider: str) -> Wire:
        """Give the way to a vendor; with none set, the vendor's own addresses."""
        return self.wires.get(provider) or Wire()

    def memory(self, connection: ConnectionRow) -> Memory:
        """Give what this process remembers of a connection."""
        return self.memories.setdefault(connection.id, Memory())
