"""Every endpoint that writes, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe import (
    cash,
    catalog,
    checkout,
    credit_notes,
    customers,
    intents,
    invoicing,
    methods,
    payouts,
    platform,
    reversals,
    subscriptions,
)

if TYPE_CHECKING:
    from sandbox.stripe.ask import Route

ROUTES: tuple[Route, ...] = (
    *cash.ROUTES,
    *catalog.ROUTES,
    *checkout.ROUTES,
    *credit_notes.ROUTES,
    *customers.ROUTES,
    *intents.ROUTES,
    *invoicing.ROUTES,
    *methods.ROUTES,
    *payouts.ROUTES,
    *platform.ROUTES,
    *reversals.ROUTES,
    *subscriptions.ROUTES,
)


def find(verb: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Give the route of a request with the ids in its path; None when there is none."""
    for route in ROUTES:
        ids = route.ids(verb, path)
        if ids is not None:
            return route, ids
    return None
