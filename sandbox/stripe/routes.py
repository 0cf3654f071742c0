"""Every endpoint that writes, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe import (
    cash,
    catalog,
    customers,
    intents,
    invoices,
    methods,
    payouts,
    reversals,
)

if TYPE_CHECKING:
    from sandbox.stripe.ask import Route

ROUTES: tuple[Route, ...] = (
    *cash.ROUTES,
    *catalog.ROUTES,
    *customers.ROUTES,
    *intents.ROUTES,
    *invoices.ROUTES,
    *methods.ROUTES,
    *payouts.ROUTES,
    *reversals.ROUTES,
)


def find(verb: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Give the route of a request with the ids in its path; None when there is none."""
    for route in ROUTES:
        ids = route.ids(verb, path)
        if ids is not None:
            return route, ids
    return None
