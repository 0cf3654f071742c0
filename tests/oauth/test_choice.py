"""A consent over several organisations: a person says which, in the browser that asked."""

from __future__ import annotations

import pytest

from oauth import ConsentError
from oauth.consent import Choice, begin, choose, finish
from tests.oauth.desk import SESSION, Desk


def several(desk: Desk) -> tuple[Choice, str, str]:
    first = desk.xero.add_organisation(
        "First", "!first", "GBP", "GMTSTANDARDTIME", "GB", user="ada@example.com"
    )
    second = desk.xero.add_organisation(
        "Second", "!second", "EUR", "GMTSTANDARDTIME", "IE", user="ada@example.com"
    )
    desk.agree("xero", begin(desk.opener, "xero", SESSION, None), first)
    back = desk.come_back("xero", second)
    with desk.xero.shelf.change():
        documents = desk.xero.shelf.all("connections")
        for one in documents:
            one["authEventId"] = documents[-1]["authEventId"]
            desk.xero.shelf.put("connections", one["id"], one)
    found = finish(desk.opener, "xero", SESSION, desk.asker, back)
    assert isinstance(found, Choice)
    return found, first, second


def test_several_organisations_are_never_guessed_between(desk):
    found, first, second = several(desk)
    assert {one.id for one in found.tenants} == {first, second}
    assert desk.kept() == (1, 0)
    place = [one.id for one in found.tenants].index(first)
    made = choose(desk.opener, "xero", SESSION, desk.asker, found.state, place)
    assert made.tenant_id == first
    with pytest.raises(ConsentError):
        choose(desk.opener, "xero", SESSION, desk.asker, found.state, 1 - place)


@pytest.mark.parametrize("place", [-1, 2])
def test_a_choice_is_bound_to_its_browser_and_its_list(desk, place):
    found, _, _ = several(desk)
    with pytest.raises(ConsentError):
        choose(desk.opener, "xero", "browser-2:1", desk.asker, found.state, 0)
    with pytest.raises(ConsentError) as error:
        choose(desk.opener, "xero", SESSION, desk.asker, found.state, place)
    assert error.value.code == "other_tenant"
    assert desk.kept() == (1, 0)
