"""The kinds of business the bench makes data of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worlds.bench.business.eu_manufacturing import EU_MANUFACTURING
from worlds.bench.business.long_projects import LONG_PROJECTS
from worlds.bench.business.saas import SAAS
from worlds.bench.business.structured_references import STRUCTURED_REFERENCES
from worlds.bench.business.uk_services import UK_SERVICES
from worlds.bench.business.us_distribution import US_DISTRIBUTION

if TYPE_CHECKING:
    from worlds.bench.mixture import Business

BUSINESSES: dict[str, Business] = {
    one.trade.key: one
    for one in (
        *(UK_SERVICES, US_DISTRIBUTION, EU_MANUFACTURING),
        *(SAAS, STRUCTURED_REFERENCES, LONG_PROJECTS),
    )
}
