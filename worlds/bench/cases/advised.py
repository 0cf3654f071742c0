"""Payments explained by remittance lines: in the payment itself, or in an advice sent apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from worlds.bench import numbering, people
from worlds.bench.policy import oldest_first
from worlds.bench.records import Advice, Line, Settled, share
from worlds.bench.scene import Claim, Scene

if TYPE_CHECKING:
    from worlds.bench.records import Document


def lines_in_full(scene: Scene) -> bool:
    """Send a line for each document with the payment (CTX, lockbox)."""
    documents = _mixed(scene)
    channel = _bearing(scene)
    if not documents or not channel:
        return False
    rng, style = scene.rng, scene.books.style
    bare = rng.likely(0.3)
    lines = [Line(style.tail(one.number) if bare else one.number, one.signed) for one in documents]
    if rng.likely(0.15):
        text, _ = numbering.spelled(rng, style, documents[0].number)
        lines[0] = Line(text, lines[0].amount)
    _send(scene, Claim("remittance lines", documents, 0, channel=channel, lines=lines))
    return True


def lines_discounted(scene: Scene) -> bool:
    """Send lines that each say what was owed, what was taken off and what is paid."""
    day = scene.day()
    documents = scene.pick(
        scene.rng.choice((1, 2, 3)), test=lambda one: bool(one.discount_on(day, 0))
    )
    channel = _bearing(scene)
    if not documents or not channel:
        return False
    lines = []
    for one in documents:
        off = one.discount_on(day, 0)
        lines.append(Line(one.number, one.open - off, one.open, off))
    name = "remittance lines, discount"
    _send(scene, Claim(name, documents, 0, channel=channel, lines=lines, day=day))
    return True


def lines_deducted(scene: Scene) -> bool:
    """Send lines that pay a part of some documents: damaged goods, short shipments."""
    documents, channel = scene.pick(scene.rng.choice((1, 2, 3, 4))), _bearing(scene)
    if not documents or not channel:
        return False
    lines = [Line(one.number, one.open) for one in documents]
    at = scene.rng.randrange(len(documents))
    part = share(documents[at].open, scene.rng.randrange(7_000, 9_800))
    lines[at] = Line(documents[at].number, part)
    name = "remittance lines, deduction"
    _send(scene, Claim(name, documents, 0, channel=channel, lines=lines))
    return True


def lines_with_claim(scene: Scene) -> bool:
    """Send a line of its own for a deduction that no document of ours is behind."""
    documents, channel = scene.pick(scene.rng.choice((2, 3, 4))), _bearing(scene)
    if not documents or not channel:
        return False
    rng = scene.rng
    taken_off = share(documents[-1].open, rng.randrange(300, 4_000))
    claim = rng.choice(("CB{}", "DEDUCTION {}", "DM-{}", "SHORTAGE {}"))
    lines = [
        *(Line(one.number, one.open) for one in documents),
        Line(claim.format(rng.randrange(1_000, 99_999)), -taken_off),
    ]
    name = "remittance lines, claim of theirs"
    claimed = Claim(name, documents, 0, channel=channel, lines=lines, decidable=False)
    claimed.settled = Settled(oldest_first(documents, sum(line.amount for line in lines)))
    _send(scene, claimed)
    return True


def lines_misread(scene: Scene) -> bool:
    """Send lines of which one number was read or keyed wrong; its amount is right."""
    documents, channel = scene.pick(scene.rng.choice((2, 3, 4))), _bearing(scene)
    if not documents or not channel:
        return False
    at = scene.rng.randrange(len(documents))
    lines = [Line(one.number, one.open) for one in documents]
    wrong = numbering.damaged(scene.rng, scene.books.style, documents[at].number)
    lines[at] = Line(wrong, documents[at].open)
    amount = documents[at].open
    twins = [one for one in scene.books.owned[documents[at].customer.id] if one.open == amount]
    claim = Claim("remittance lines, one misread", documents, 0, channel=channel, lines=lines)
    claim.decidable = len(twins) == 1
    _send(scene, claim)
    return True


def advice(scene: Scene) -> bool:
    """Send an advice apart that lists the documents and the exact total."""
    documents = _mixed(scene)
    if not documents:
        return False
    advised(scene, Claim("advice apart", documents, 0))
    return True


def advices_alike(scene: Scene) -> bool:
    """Two payers send advices of the very same total; their names tell them apart."""
    first, second = scene.pick(), scene.pick()
    if not first or not second:
        return False
    one, other = first[0], second[0]
    if one.customer is other.customer or one.currency != other.currency:
        return False
    total = max(min(one.open, other.open) // 2, 100)
    day = scene.day()
    for document in (one, other):
        advised(scene, Claim("advice apart, equal totals", [document], 0, day=day), total)
    return True


def advice_twice(scene: Scene) -> bool:
    """One payer sends two advices of the same total for two payments of the same amount."""
    documents = scene.pick(2)
    if not documents:
        return False
    total = max(min(one.open for one in documents) // 2, 100)
    day = scene.day()
    for document in documents:
        claim = Claim("advice apart, equal and of one payer", [document], 0, day=day)
        claim.decidable = False
        advised(scene, claim, total)
    return True


def advised(scene: Scene, claim: Claim, total: int = 0) -> None:
    """Post a claim without numbers, and the advice that explains it.

    With a `total` only so much is paid, on the first of its documents; without one all are paid,
    less the discounts that may be taken.
    """
    rng, documents, day = scene.rng, claim.documents, claim.day or scene.day()
    claim.day = day
    lines = [Line(one.number, total or one.signed - one.discount_on(day, 0)) for one in documents]
    claim.listed = [line.amount for line in lines]
    claim.paid = sum(claim.listed)
    claim.settled = Settled({documents[0].id: total}) if total else None
    customer = documents[0].customer
    sent = Advice(
        id="",
        received=day + timedelta(days=rng.choice((-2, -1, 0, 0, 1))),
        sender=f"{rng.choice(('ap', 'payments', 'buchhaltung', 'compta'))}@{customer.domain}",
        payer_name=None if rng.likely(0.1) else people.written(rng, customer.name, 60),
        total=claim.paid,
        currency=customer.currency,
        paid_on=day + timedelta(days=rng.choice((0, 0, 0, -1, 1, -2))),
        lines=lines,
    )
    scene.advices.append(sent)
    if rng.likely(0.06):
        # Programs of payers send an advice once more.
        scene.advices.append(replace(sent, received=sent.received + timedelta(days=1)))
    claim.text = rng.choice(
        ("SEE ADVICE", "Sammelzahlung", "cf. avis", "", "as per advice", "AVIS")
    )
    claim.channel = scene.channel(claim.text, without=("wire",))
    scene.post(claim)


def _send(scene: Scene, claim: Claim) -> None:
    """Post a payment of what its lines add up to."""
    claim.listed = [line.amount for line in claim.lines]
    claim.paid = sum(claim.listed)
    scene.post(claim)


def _mixed(scene: Scene) -> list[Document]:
    """Take one to eight documents of a customer, with a credit note where there is one."""
    documents = scene.pick(scene.rng.choice((1, 2, 2, 3, 4, 5, 8)))
    if not documents:
        return []
    owner, total = documents[0].customer, sum(one.open for one in documents)
    notes = [one for one in scene.books.free(owner) if one.credit and one.open < total]
    if notes and scene.rng.likely(0.5):
        documents += scene.take(notes[:1])
    return documents


def _bearing(scene: Scene) -> str:
    """Give a channel of the business that carries remittance lines, or nothing."""
    bearing = [name for name in scene.trade.channels if name in ("ach_ctx", "lockbox")]
    return scene.rng.choice(bearing) if bearing else ""
