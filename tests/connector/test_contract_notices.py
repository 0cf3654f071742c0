"""However a provider's notices come, or do not: in the end the mirror says what the books say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from ledger.documents import Source
from sandbox.shelf import Post
from sandbox.story.hands import QuickBooksBookkeeper, XeroBookkeeper
from store import connections, mirror
from store.connections import ConnectionRow
from tests.connector.bench import Bench, every

OK = 200

# What becomes of the notices on their way, in the order in which they arrive.
WAYS: dict[str, Callable[[Sequence[Post]], list[Post]]] = {
    "in order": list,
    "reordered": lambda posts: list(reversed(posts)),
    "duplicated": lambda posts: [post for post in posts for _ in range(3)],
    "both": lambda posts: [*reversed(posts), *posts],
    "half missing": lambda posts: list(posts[::2]),
    "all missing": lambda _posts: [],
}


def happens(bench: Bench) -> dict[str, int]:
    """Let things happen in the books; gives what is left of each document then, in minor units."""
    scene = bench.scene
    if bench.name == "stripe":
        kept, back = scene.card(7_000), scene.card(8_000)
        scene.town.stripe.refund(back, 3_000)
        return {kept: 7_000, back: 5_000}
    keeper = scene.keeper
    assert isinstance(keeper, XeroBookkeeper | QuickBooksBookkeeper)
    paid, part, void = (scene.invoice(f"AA-100{number}") for number in (1, 2, 3))
    keeper.pay(paid, 10_000, scene.today)
    keeper.pay(part, 4_000, scene.today)
    keeper.void(void)
    return {paid: 0, part: 6_000, void: 0}


def row(bench: Bench) -> ConnectionRow:
    return bench.scene.stripe if bench.name == "stripe" else bench.scene.books


def held(bench: Bench, key: str) -> int | None:
    """Say what the mirror holds of a document as left."""
    scene = bench.scene
    if bench.name != "stripe":
        with scene.tools.sessions() as s:
            found = mirror.invoice(s, scene.organisation_id, key)
        return None if found is None else found.balance.minor if found.is_open else 0
    with scene.tools.sessions() as s:
        money = mirror.receipt(s, scene.organisation_id, Source.STRIPE, key)
    return None if money is None else money.unapplied.minor


def arrive(bench: Bench, posts: Sequence[Post]) -> None:
    carry = bench.scene.town.carrier(bench.name)
    assert [carry(post) for post in posts] == [OK] * len(posts)


@every
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_in_the_end_the_mirror_says_what_the_books_say(
    bench: Bench, way: Callable[[Sequence[Post]], list[Post]]
) -> None:
    left = happens(bench)
    posts = bench.posts()
    assert posts
    bench.scene.town.clock.wait(60)
    arrive(bench, way(posts))
    bench.scene.drain(row(bench))
    if len(way(posts)) >= len(posts):
        assert {key: held(bench, key) for key in left} == left
    # What never came is found by the sweep.
    with bench.scene.tools.sessions.begin() as s:
        now = bench.scene.now
        connections.set_next(s, row(bench).id, sync_at=now, sweep_at=now)
    bench.scene.town.clock.wait(60)
    bench.scene.drain(row(bench))
    assert {key: held(bench, key) for key in left} == left
    # News that come late, when all is long known, change nothing.
    arrive(bench, posts)
    bench.scene.town.clock.wait(60)
    bench.scene.drain(row(bench))
    assert {key: held(bench, key) for key in left} == left
    assert bench.scene.exceptions() == []
