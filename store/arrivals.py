"""What the inbox takes in: a vendor's notice, or a wish of our own to read something again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.documents import Kind


class Arrival(Protocol):
    """What the door keeps of one changed object; `connector.protocol.Notice` is one."""

    @property
    def event_id(self) -> str:
        """The vendor's id of the event, or one made so that a repeat has the same."""

    @property
    def tenant_id(self) -> str:
        """The vendor's id of the organisation."""

    @property
    def kind(self) -> Kind:
        """What sort of object changed."""

    @property
    def object_id(self) -> str:
        """The vendor's id of the object."""

    @property
    def part(self) -> str:
        """Tells apart what one vendor keeps in several lists."""

    @property
    def verb(self) -> str:
        """What happened to it, in the vendor's word."""

    @property
    def at(self) -> datetime | None:
        """When it happened, if the vendor says."""

    @property
    def live(self) -> bool:
        """False for test data."""

    @property
    def ends_connection(self) -> bool:
        """Whether the consent itself ended."""

    @property
    def echo_of(self) -> str:
        """The key of a write of our own that comes back."""

    @property
    def raw(self) -> str:
        """The vendor's own JSON."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish of our own to read a document again, in the shape of an arrival."""

    event_id: str
    tenant_id: str
    kind: Kind
    object_id: str
    part: str
    verb: str = "read_again"
    at: datetime | None = None
    live: bool = True
    ends_connection: bool = False
    echo_of: str = ""
    raw: str = ""
