"""Payments that name several documents: lists, shorthand, ranges, lists cut off, notes netted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worlds.bench import bank, numbering, reading
from worlds.bench.policy import GRACE_DAYS
from worlds.bench.scene import Claim, Scene, Seen

if TYPE_CHECKING:
    from worlds.bench.records import Document


def listed(scene: Scene) -> bool:
    """Name each of several documents in full, or all but the first without the prefix."""
    documents = scene.pick(scene.rng.choice((2, 2, 3, 4)))
    if not documents:
        return False
    style, rng = scene.books.style, scene.rng
    numbers = [one.number for one in documents]
    if rng.likely(0.5):
        numbers = [numbers[0], *(style.tail(number) for number in numbers[1:])]
    text = rng.choice((" ", ", ", " + ", "/", "; ")).join(numbers)
    _post(scene, "several numbers", documents, text)
    return True


def listed_discounted(scene: Scene) -> bool:
    """Name several documents, and take the discount of those that have one."""
    day = scene.day()
    documents = scene.pick(scene.rng.choice((2, 3, 3, 4)))
    off = sum(one.discount_on(day, 0) for one in documents)
    # One that could still be taken in the days of grace, and is not, makes it anybody's guess.
    grace = sum(one.discount_on(day, GRACE_DAYS) for one in documents)
    text = " ".join(one.number for one in documents)
    channel = scene.channel(text, without=("wire",))
    if not off or off != grace or len(text) > bank.CHANNELS[channel].text_max:
        for one in documents:
            one.taken = False
        return False
    paid = sum(one.open for one in documents) - off
    name = "several numbers, discounts taken"
    scene.post(Claim(name, documents, paid, text, None, channel, day))
    return True


def short_list(scene: Scene) -> bool:
    """Name several close numbers by the ends of the later ones."""
    documents = _close(scene)
    if not documents:
        return False
    style = scene.books.style
    tails = [int(style.tail(one.number)) for one in documents]
    ranged = tails == list(range(tails[0], tails[0] + len(tails))) and scene.rng.likely(0.5)
    numbers = [one.number for one in documents]
    text = numbering.shorthand(style, numbers, ranged=ranged)
    _post(
        scene,
        "several numbers, a range" if ranged else "several numbers, shorthand",
        documents,
        text,
    )
    return True


def _close(scene: Scene) -> list[Document]:
    """Take documents of one customer that were written within a hundred numbers."""
    style = scene.books.style
    for _ in range(30):
        first = scene.rng.choice(scene.books.documents)
        if first.taken or not first.open or first.credit or first.customer.locked:
            continue
        start = int(style.tail(first.number))
        near = [
            one
            for one in scene.books.free(first.customer)
            if not one.credit
            and style.head(one.number) == style.head(first.number)
            and start <= int(style.tail(one.number)) < start + 90
        ]
        near.sort(key=lambda one: one.number)
        if near[1:]:
            return scene.take(near[: scene.rng.randint(2, min(5, len(near)))])
    return []


def cut_off(scene: Scene) -> bool:
    """Name more documents than the channel can hold: the last ones are lost."""
    narrow = min(scene.trade.channels, key=lambda name: bank.CHANNELS[name].text_max or 999)
    size = bank.CHANNELS[narrow].text_max
    length = len(scene.books.documents[0].number) + 1
    documents = scene.pick(min(size // length + scene.rng.choice((1, 1, 2, 3)), 9))
    text = " ".join(one.number for one in documents)
    if not documents or len(text) <= size:
        return False
    named = _left_whole(scene, documents, bank.carried(text, narrow))
    rest = [one for one in documents if one not in named]
    if not named:
        return False
    left, day = sum(one.open for one in rest), scene.day()
    meant = frozenset(one.id for one in rest)

    def verdict(_seen: Seen) -> bool:
        pool = [one for one in scene.pool([documents[0].customer]) if one not in named]
        return not rest or reading.sole(pool, left, day) == meant

    paid = sum(one.open for one in documents)
    scene.post(Claim("list cut off", documents, paid, text, None, narrow, day, decidable=verdict))
    return True


def _left_whole(scene: Scene, documents: list[Document], text: str) -> list[Document]:
    """Give the documents a cut list still names; the last one when its beginning is enough."""
    named = [one for one in documents if one.number in text]
    begun = text.rsplit(maxsplit=1)[-1]
    own = scene.books.owned[documents[0].customer.id]
    like = [one for one in own if one.open and one.number.startswith(begun)]
    return named + [one for one in like if len(like) == 1 and one not in named]


def and_more(scene: Scene) -> bool:
    """Name one of several documents that are paid, as if the rest were on account."""
    documents = scene.pick(scene.rng.choice((2, 2, 3)))
    if not documents:
        return False
    claim = Claim("one number for several", documents, sum(one.open for one in documents))
    claim.text, claim.decidable = documents[0].number, False
    scene.post(claim)
    return True


def netted(scene: Scene) -> bool:
    """Pay documents less a credit note that is named too, or only taken off."""
    credit, documents = _with_credit(scene)
    if credit is None:
        return False
    customer, paid = credit.customer, sum(one.open for one in documents) - credit.open
    scene.take([*documents, credit])
    whole, day = [*documents, credit], scene.day()
    named = scene.rng.likely(0.55)
    text = " ".join(one.number for one in (whole if named else documents))
    if named:
        _post(scene, "credit note netted, named", whole, text)
        return True
    channel = scene.channel(text, without=("wire",))
    if len(text) > bank.CHANNELS[channel].text_max:
        return False

    def verdict(_seen: Seen) -> bool:
        rest = [one for one in scene.pool([customer]) if one.credit and one.open == credit.open]
        return len(rest) == 1

    scene.post(
        Claim(
            "credit note netted, silent", whole, paid, text, None, channel, day, decidable=verdict
        )
    )
    return True


def _with_credit(scene: Scene) -> tuple[Document | None, list[Document]]:
    """Find a credit note, and invoices of its customer that are worth more."""
    notes = [one for one in scene.books.documents if one.credit and one.open and not one.taken]
    scene.rng.shuffle(notes)
    for note in notes:
        free = [one for one in scene.books.free(note.customer) if not one.credit]
        chosen = scene.rng.sample(free, min(len(free), scene.rng.choice((1, 1, 2))))
        if not note.customer.locked and sum(one.open for one in chosen) > note.open:
            return note, chosen
    return None, []


def _post(scene: Scene, case: str, documents: list[Document], text: str) -> None:
    """Post a list that a channel carries whole; without one, name only what fits."""
    channel = scene.channel(text)
    paid = sum(one.signed for one in documents)
    fits = len(text) <= bank.CHANNELS[channel].text_max
    scene.post(
        Claim(
            case if fits else "list cut off", documents, paid, text, None, channel, decidable=fits
        )
    )
