"""What a connection's provider can do in the role the connection has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector import PROVIDERS
from connector.protocol import Role

if TYPE_CHECKING:
    from connector.protocol import Ability
    from store.connections import ConnectionRow


def can(connection: ConnectionRow, ability: Ability) -> bool:
    """Whether a connection is good for something."""
    return ability in PROVIDERS[connection.provider].roles[Role(connection.role)]
