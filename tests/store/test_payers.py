"""What people taught is counted, and what they took apart stays apart."""

from __future__ import annotations

from rules.facts import Payer
from store import payers


def test_confirmations_are_counted(s, ours):
    payers.confirm(s, ours, "acme ltd", "c-1")
    payers.confirm(s, ours, "acme ltd", "c-1")
    payers.confirm(s, ours, "acme ltd", "c-2")
    assert payers.known(s, ours) == (Payer("acme ltd", "c-1", 2), Payer("acme ltd", "c-2", 1))


def test_a_confirmation_can_be_taken_back(s, ours):
    payers.confirm(s, ours, "acme", "c-1")
    payers.unconfirm(s, ours, "acme", "c-1")
    payers.unconfirm(s, ours, "acme", "c-1")
    assert payers.known(s, ours) == ()
    payers.confirm(s, ours, "acme", "c-1")
    assert payers.known(s, ours) == (Payer("acme", "c-1", 1),)


def test_an_undone_pair_is_remembered_once(s, ours):
    payers.remember_undone(s, ours, "p-1", "i-1")
    payers.remember_undone(s, ours, "p-1", "i-1")
    payers.remember_undone(s, ours, "p-1", "i-2")
    assert payers.undone(s, ours) == {("p-1", "i-1"), ("p-1", "i-2")}


def test_what_was_learnt_of_a_merged_customer_counts_for_the_other(s, ours):
    payers.confirm(s, ours, "acme ltd", "c-1")
    payers.confirm(s, ours, "acme", "c-1")
    payers.confirm(s, ours, "acme", "c-9")
    payers.follow(s, ours, "c-1", "c-9")
    assert payers.known(s, ours) == (Payer("acme", "c-9", 2), Payer("acme ltd", "c-9", 1))
    payers.follow(s, ours, "c-9", "c-9")
    payers.follow(s, ours, "c-1", "c-9")
    assert len(payers.known(s, ours)) == 2


def test_forms_are_forgotten_of_one_customer_alone(s, ours):
    for customer in ("c-1", "c-2"):
        payers.confirm(s, ours, "acme", customer)
    payers.forget(s, ours, ["acme", "acme ltd"], "c-1")
    assert payers.known(s, ours) == (Payer("acme", "c-2", 1),)


def test_forms_are_handed_over_with_what_was_confirmed(s, ours):
    for customer in ("c-1", "c-1", "c-2"):
        payers.confirm(s, ours, "acme", customer)
    payers.confirm(s, ours, "birch", "c-1")
    payers.move(s, ours, ["acme"], "c-1", "c-2")
    payers.move(s, ours, ["acme"], "c-2", "c-2")
    assert payers.known(s, ours) == (Payer("acme", "c-2", 3), Payer("birch", "c-1", 1))


def test_who_pays_for_others_is_remembered_until_it_is_taken_back(s, ours):
    payers.share(s, ours, ["a", "b"])
    payers.share(s, ours, ["b"])
    assert payers.shared(s, ours) == {"a", "b"}
    payers.unshare(s, ours, ["b", "c"])
    assert payers.shared(s, ours) == {"a"}


def test_a_pair_kept_apart_may_be_allowed_once(s, ours):
    payers.remember_undone(s, ours, "p-1", "i-1")
    payers.remember_undone(s, ours, "p-1", "i-2")
    assert payers.allow_again(s, ours, "p-1", "i-1")
    assert not payers.allow_again(s, ours, "p-1", "i-1")
    assert payers.undone(s, ours) == {("p-1", "i-2")}
