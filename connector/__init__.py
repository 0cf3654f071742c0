"""The systems of record: what every provider gives, and one folder per provider."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from connector import quickbooks, stripe, xero

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.protocol import Provider

# Adding a provider is its folder and its line here; buttons, tabs and tables are made from this.
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {one.name: one for one in (xero.PROVIDER, quickbooks.PROVIDER, stripe.PROVIDER)}
)
