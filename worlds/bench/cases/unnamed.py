"""Payments without any reference: the payer and the amount have to tell, if anything does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worlds.bench import bank, people, reading
from worlds.bench.records import Document, Settled, share
from worlds.bench.scene import Claim, Scene, Seen

if TYPE_CHECKING:
    from worlds.bench.records import Customer

WORDS = ("", "", "", "PAYMENT", "INVOICE", "THANK YOU", "Rechnung", "facture", "SUPPLIER PAYMENT")
LITTLE = 5_000
# Whoever has more open than this does not pay it all at once.
LUMP_MAX = 25


def name_only(scene: Scene) -> bool:
    """Pay one document exactly; the bank line holds a name in some form."""
    documents = scene.pick()
    if not documents:
        return False
    _unnamed(scene, "payer and amount", documents, documents[0].open)
    return True


def known_account(scene: Scene) -> bool:
    """Pay one document exactly from an account known of old, under a strange name or none."""
    documents = scene.pick(test=lambda one: one.customer.account in scene.books.accounts)
    if not documents:
        return False
    customer = documents[0].customer
    name = scene.rng.choice((None, people.plain(customer.person)))
    seen = Seen(name, customer.account)
    _unnamed(scene, "known account and amount", documents, documents[0].open, seen)
    return True


def reduced(scene: Scene) -> bool:
    """Pay one document less its discount or the tax withheld, without a reference."""
    day = scene.day()
    documents = scene.pick(
        test=lambda one: bool(one.discount_on(day, 0) or one.customer.withholding)
    )
    if not documents:
        return False
    document = documents[0]
    off = document.discount_on(day, 0) or share(document.net, document.customer.withholding[0])
    paid = document.open - off
    verdict = scene.by_amount(paid, day, documents)
    channel = scene.channel(without=("wire",))
    scene.post(
        Claim(
            "payer and reduced amount", documents, paid, "", None, channel, day, decidable=verdict
        )
    )
    return True


def short_unnamed(scene: Scene) -> bool:
    """Pay less than any open document without a word: nobody can say for what."""
    documents = scene.pick(test=lambda one: one.open > LITTLE)
    if not documents:
        return False
    # A part that is the whole of another would not be a part to anybody.
    whole = {one.open for one in scene.books.owned[documents[0].customer.id]}
    paid = share(documents[0].open, scene.rng.randrange(4_000, 9_500)) // 100 * 100
    while paid in whole:
        paid -= 100
    channel = scene.channel(without=("wire",))
    claim = Claim("short, no reference", documents, paid, "", None, channel, decidable=False)
    scene.post(claim)
    return True


def lump(scene: Scene) -> bool:
    """Pay several documents in a natural selection: the oldest, a month, all due, everything."""
    rng, day = scene.rng, scene.day()
    customer, free = _owner(scene, 3)
    if customer is None:
        return False
    choices = [run for run in reading.runs(free, day) if len(run) > 1]
    if not choices:
        return False
    chosen = scene.take(list(rng.choice(choices[-8:])))
    paid = sum(one.signed for one in chosen)
    if paid <= 0:
        return False
    customer.locked = rng.likely(0.7)
    _unnamed(scene, "lump sum, natural run", chosen, paid)
    return True


def some(scene: Scene) -> bool:
    """Pay two to six documents that follow no pattern."""
    documents = scene.pick(scene.rng.choice((2, 2, 3, 3, 4, 5, 6)))
    if not documents:
        return False
    _unnamed(scene, "lump sum, any documents", documents, sum(one.open for one in documents))
    return True


def unknown_payer(scene: Scene) -> bool:
    """Pay one document exactly as somebody nobody knows, without a reference."""
    documents = scene.pick()
    if not documents:
        return False
    rng, shared = scene.rng, list(scene.books.shared)
    who = rng.choice(shared)
    seen = rng.choice((scene.stranger(), Seen(None, None), Seen(who, scene.books.shared[who])))
    text = rng.choice(WORDS)
    scene.post(
        Claim("payer not identifiable", documents, documents[0].open, text, seen, decidable=False)
    )
    return True


def on_account(scene: Scene) -> bool:
    """Pay ahead: a deposit, in words, from a payer who can be told."""
    documents = scene.pick()
    if not documents:
        return False
    documents[0].taken = False
    rng, customer = scene.rng, documents[0].customer
    word = rng.choice(scene.trade.deposit_words)
    paid = rng.randrange(50, 900) * 1_000
    text = word if rng.likely(0.6) else f"{word} {customer.number}"
    channel = scene.channel(text)
    if len(text) > bank.CHANNELS[channel].text_max:
        text = word

    def verdict(seen: Seen) -> bool:
        return customer.number in text or scene.meant(seen) == [customer]

    claim = Claim("on account", [], paid, text, None, channel, customer=customer, decidable=verdict)
    claim.settled = _ahead(customer, paid)
    scene.post(claim)
    return True


def for_the_group(scene: Scene) -> bool:
    """Pay a subsidiary's documents as the parent, with or without their numbers."""
    documents = scene.pick(
        scene.rng.choice((1, 1, 2)), test=lambda one: one.customer.parent is not None
    )
    parent = documents[0].customer.parent if documents else None
    if parent is None:
        return False
    seen, paid = scene.seen(parent), sum(one.open for one in documents)
    text = " ".join(one.number for one in documents)
    channel = scene.channel(text)
    if scene.rng.likely(0.5) and len(text) <= bank.CHANNELS[channel].text_max:
        scene.post(Claim("parent pays, numbers", documents, paid, text, seen, channel))
    else:
        _unnamed(scene, "parent pays, no reference", documents, paid, seen)
    return True


def _owner(scene: Scene, count: int) -> tuple[Customer | None, list[Document]]:
    for _ in range(40):
        customer = scene.rng.choice(scene.books.documents).customer
        free = [] if customer.locked else scene.books.free(customer)
        if count <= sum(not one.credit for one in free) <= LUMP_MAX:
            return customer, free
    return None, []


def _unnamed(
    scene: Scene, case: str, documents: list[Document], paid: int, seen: Seen | None = None
) -> None:
    """Post a payment that only payer and amount can explain."""
    channel, day = scene.channel(without=("wire",)), scene.day()
    shown = seen or scene.seen(documents[0].customer, bank.CHANNELS[channel].name_max)
    verdict = scene.by_amount(paid, day, documents)
    text = scene.rng.choice(WORDS)
    scene.post(Claim(case, documents, paid, text, shown, channel, day, decidable=verdict))


def _ahead(customer: Customer, paid: int) -> Settled:
    return Settled(on_account={customer.id: paid})
