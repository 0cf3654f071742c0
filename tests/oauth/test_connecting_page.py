"""docs/connecting.md says what the code asks for, and nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from config import QuickBooks, Stripe, Xero
from connector import PROVIDERS
from connector.protocol import Wire

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "connecting.md").read_text("utf-8")
SECTIONS: dict[str, type[BaseModel]] = {"xero": Xero, "quickbooks": QuickBooks, "stripe": Stripe}


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_scope_key_and_address_is_on_the_page(name):
    consent = PROVIDERS[name].consent(Wire())
    wanted = [*consent.scopes, *consent.key_prefixes, f"[{name}]"]
    wanted += [f"/connect/{name}/callback", f"/webhooks/{name}"]
    wanted += [key for key in SECTIONS[name].model_fields if key != "addresses"]
    assert [one for one in wanted if one not in PAGE] == []


def test_the_pages_for_quickbooks_are_on_the_page():
    for path in ("launch", "disconnected", "reconnect"):
        assert f"/quickbooks/{path}" in PAGE
