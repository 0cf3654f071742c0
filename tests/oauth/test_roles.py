"""What a connection is for: the page that asks decides, one system of record, and it stays so."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from connector import PROVIDERS
from connector.protocol import Role
from connector.stripe.provider import StripeProvider
from oauth import ConsentError
from oauth.consent import finish, paste_key
from oauth.disconnect import disconnect
from store import connections, organisations
from tests.oauth.desk import SESSION
from tests.oauth.test_consent import tenant_of


class TakesMoneyOnly(StripeProvider):
    """A provider that keeps no books."""

    roles = MappingProxyType({Role.PAYMENTS: StripeProvider.roles[Role.PAYMENTS]})


def test_who_asks_for_an_organisation_connects_its_books(desk):
    made = desk.connect("stripe", tenant_of(desk, "stripe"))
    with desk.sessions() as s:
        home = organisations.get(s, made.organisation_id)
        books = connections.books_of(s, home.id)
    assert (made.role, home.name) == ("books", "Wren Online")
    assert books is not None
    assert home.ledger is not None
    assert home.ledger.currency == "GBP"


def test_within_an_organisation_stripe_takes_payments(desk):
    books = desk.connect("xero", tenant_of(desk, "xero"))
    money = desk.connect("stripe", tenant_of(desk, "stripe"), books.organisation_id)
    assert (money.role, money.organisation_id) == ("payments", books.organisation_id)


def test_beside_books_at_stripe_another_account_takes_payments(desk):
    books = desk.connect("stripe", tenant_of(desk, "stripe"))
    other = desk.connect("stripe", tenant_of(desk, "stripe"), books.organisation_id)
    assert [books.role, other.role] == ["books", "payments"]
    with desk.sessions() as s:
        found = connections.books_of(s, books.organisation_id)
    assert found is not None
    assert found.id == books.id


def test_no_organisation_has_two_systems_of_record(desk):
    books = desk.connect("stripe", tenant_of(desk, "stripe"))
    back = desk.come_back("xero", tenant_of(desk, "xero"), books.organisation_id)
    with pytest.raises(ConsentError) as told:
        finish(desk.opener, "xero", SESSION, desk.asker, back)
    assert told.value.code == "taken"
    assert "Wren Online" in told.value.text


@pytest.mark.parametrize("role", ["books", "payments"])
def test_a_connection_that_is_known_keeps_its_role(desk, role):
    tenant = tenant_of(desk, "stripe")
    home = None
    if role == "payments":
        home = desk.connect("xero", tenant_of(desk, "xero")).organisation_id
    made = desk.connect("stripe", tenant, home)
    disconnect(desk.opener, made.organisation_id, made.id, "ada@example.com")
    # Asked for from the other page, where it would have been connected in the other role.
    again = desk.connect("stripe", tenant, made.organisation_id if role == "books" else None)
    assert (again.id, again.role) == (made.id, role)


def test_a_pasted_key_opens_books_too_and_is_proven_on_invoices(desk):
    account = tenant_of(desk, "stripe")
    key = desk.stripe.add_restricted_key(account)
    asker = replace(desk.asker, organisation_id=None)
    desk.stripe.withhold(account, "invoice_read")
    with pytest.raises(ConsentError) as told:
        paste_key(desk.opener, "stripe", asker, key)
    assert told.value.code == "proof"
    desk.stripe.withhold(account)
    made = paste_key(desk.opener, "stripe", asker, key)
    assert (made.role, made.strategy) == ("books", "restricted_key")


def test_money_alone_makes_no_organisation(desk):
    back = desk.come_back("stripe", tenant_of(desk, "stripe"))
    opener = replace(desk.opener, providers={**PROVIDERS, "stripe": TakesMoneyOnly()})
    with pytest.raises(ConsentError) as told:
        finish(opener, "stripe", SESSION, desk.asker, back)
    assert told.value.code == "no_books"
    assert desk.kept() == (1, 0)
