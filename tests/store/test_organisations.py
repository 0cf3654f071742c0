"""Organisations, their ledger's words, and the people in them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from ledger.documents import Organisation, Purpose
from store import organisations

LEDGER = Organisation(
    name="Reed & Sons",
    currency="GBP",
    zone="Europe/London",
    country="GB",
    currencies=("GBP", "EUR"),
    locked_until=date(2025, 12, 31),
    warnings=("no bank account",),
    denied=("apply a receipt",),
    legal_name="Reed & Sons Ltd",
)


def test_a_new_organisation_is_not_live_and_has_no_ledger(s, ours, now):
    row = organisations.get(s, ours)
    assert (row.name, row.public_id, row.created_at) == ("Reed & Sons", "pub-reed", now)
    assert row.ledger is None
    assert row.live_since is None
    assert row.accounts == {}


@pytest.mark.parametrize("ledger", [LEDGER, Organisation("Weir", "USD", "America/New_York")])
def test_the_ledgers_words_come_back_whole(s, ours, ledger):
    organisations.save_ledger(s, ours, ledger)
    assert organisations.get(s, ours).ledger == ledger


def test_settings_are_kept(s, ours, today):
    organisations.set_live(s, ours, today)
    organisations.set_accounts(s, ours, {Purpose.STRIPE: "acc-9"})
    organisations.rename(s, ours, "Reed")
    row = organisations.get(s, ours)
    assert (row.live_since, row.accounts, row.name) == (today, {Purpose.STRIPE: "acc-9"}, "Reed")
    organisations.set_live(s, ours, None)
    assert organisations.get(s, ours).live_since is None


def test_it_is_found_by_what_stands_in_addresses(s, ours, theirs):
    found = organisations.by_public_id(s, "pub-weir")
    assert found is not None
    assert found.id == theirs
    assert organisations.by_public_id(s, "pub-nobody") is None
    assert organisations.all_ids(s) == [ours, theirs]


def test_a_public_id_is_given_once(s, ours, now):
    with pytest.raises(IntegrityError):
        organisations.create(s, "Copy", organisations.get(s, ours).public_id, now)


def test_an_unknown_organisation_is_an_error(s):
    with pytest.raises(LookupError, match="no organisation 404"):
        organisations.get(s, 404)
    with pytest.raises(LookupError, match="no organisation 404"):
        organisations.rename(s, 404, "x")


def test_a_person_may_belong_to_several_organisations(s, ours, theirs, now):
    anna = organisations.add_member(s, ours, "Anna@Reed.example ", "Anna", "owner", now)
    again = organisations.add_member(s, theirs, "anna@reed.example", "Anna R", "viewer", now)
    assert anna == again
    assert [one.id for one in organisations.organisations_of(s, anna)] == [ours, theirs]
    assert organisations.role_of(s, ours, anna) == "owner"
    assert organisations.role_of(s, theirs, anna) == "viewer"


def test_a_role_can_change_and_a_person_can_leave(s, ours, now):
    anna = organisations.add_member(s, ours, "anna@reed.example", "Anna", "viewer", now)
    organisations.add_member(s, ours, "anna@reed.example", "Anna", "owner", now)
    assert [(one.member.email, one.role) for one in organisations.seats(s, ours)] == [
        ("anna@reed.example", "owner")
    ]
    assert organisations.remove_member(s, ours, anna)
    assert not organisations.remove_member(s, ours, anna)
    assert organisations.organisations_of(s, anna) == []
    assert organisations.role_of(s, ours, anna) is None


def test_a_password_is_kept_hashed_and_never_shown(s, ours, now):
    anna = organisations.add_member(s, ours, "anna@reed.example", "Anna", "owner", now)
    organisations.set_password_hash(s, anna, "scrypt:abc")
    row = organisations.member(s, anna)
    assert row is not None
    assert row.password_hash == "scrypt:abc"
    assert "scrypt" not in repr(row)
    assert organisations.member_by_email(s, "ANNA@reed.example") == row
    assert organisations.member(s, 404) is None
