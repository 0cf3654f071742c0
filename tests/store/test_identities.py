"""Who a vendor says a person is: one subject signs in one person, and an address none."""

from __future__ import annotations

from store import identities, organisations
from tests.conftest import NOW


def test_a_subject_signs_in_the_person_it_was_linked_to(sessions):
    with sessions.begin() as s:
        ann = organisations.add_person(s, "ann@x.example", "Ann", NOW)
        assert identities.link(s, ann, "xero", "sub-1", NOW)
        assert identities.link(s, ann, "xero", "sub-1", NOW)
        found = identities.member_of(s, "xero", "sub-1")
        assert found is not None
        assert found.id == ann
        assert identities.member_of(s, "quickbooks", "sub-1") is None
        assert identities.member_of(s, "xero", "ann@x.example") is None
        assert identities.providers_of(s, ann) == {"xero"}


def test_a_subject_is_never_taken_over(sessions):
    with sessions.begin() as s:
        ann = organisations.add_person(s, "ann@x.example", "Ann", NOW)
        eve = organisations.add_person(s, "eve@x.example", "Eve", NOW)
        assert identities.link(s, ann, "xero", "sub-1", NOW)
        assert not identities.link(s, eve, "xero", "sub-1", NOW)
        found = identities.member_of(s, "xero", "sub-1")
        assert found is not None
        assert found.id == ann


def test_what_is_unlinked_signs_nobody_in(sessions):
    with sessions.begin() as s:
        ann = organisations.add_person(s, "ann@x.example", "Ann", NOW)
        identities.link(s, ann, "xero", "sub-1", NOW)
        assert identities.unlink(s, ann, "xero")
        assert not identities.unlink(s, ann, "xero")
        assert identities.member_of(s, "xero", "sub-1") is None
