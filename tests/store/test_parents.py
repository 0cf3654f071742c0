"""Who is billed in customers' stead, up to the top."""

from __future__ import annotations

from ledger.documents import Customer, Kind, Ref
from store import parents


def customer(key, parent=None):
    return Customer(Ref(Kind.CUSTOMER, key), key, parent_id=parent)


def test_parents_come_nearest_first_and_end_where_they_go_in_circles(s, ours, save):
    save(customer("shop", "chain"), customer("chain", "group"), customer("group"))
    save(customer("hen", "egg"), customer("egg", "hen"))
    asked = [customer("stall", "shop"), customer("hen", "egg"), customer("alone")]
    found = parents.above(s, ours, asked)
    told = {key: [one.name for one in chain] for key, chain in found.items()}
    assert told == {"stall": ["shop", "chain", "group"], "hen": ["egg"], "alone": []}


def test_a_parent_that_the_mirror_lacks_is_left_out(s, ours):
    assert parents.above(s, ours, [customer("stall", "shop")]) == {"stall": ()}
