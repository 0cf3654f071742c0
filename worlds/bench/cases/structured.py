"""Payments that carry the payment reference printed on a document, whole or with a wrong digit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from worlds.bench import bank
from worlds.bench.check_digits import creditor
from worlds.bench.records import Document, share
from worlds.bench.scene import Claim, Scene, Seen

if TYPE_CHECKING:
    from worlds.bench.dice import Dice


def reference(scene: Scene) -> bool:
    """Pay one document exactly under its reference, in the field made for it."""
    documents = scene.pick(test=lambda one: one.reference is not None)
    if not documents:
        return False
    _post(scene, "structured reference", documents, documents[0].open, bare(documents[0]))
    return True


def bare(document: Document) -> str:
    """Give a printed reference as machines carry it: without signs and blanks."""
    return re.sub(r"[^0-9A-Z]", "", document.reference or "")


def reference_in_text(scene: Scene) -> bool:
    """Pay one document under its reference typed into the free text, in groups."""
    documents = scene.pick(test=lambda one: one.reference is not None)
    if not documents:
        return False
    text = grouped(scene.rng, documents[0])
    scene.post(Claim("structured reference in the text", documents, documents[0].open, text))
    return True


def grouped(rng: Dice, document: Document) -> str:
    """Write a reference as people type it off the paper."""
    whole = bare(document)
    if document.customer.country == "BE":
        sign = rng.choice(("+++", "***", ""))
        return f"{sign}{whole[:3]}/{whole[3:7]}/{whole[7:]}{sign}"
    size = 4 if whole.startswith("RF") else 5
    groups = [whole[at : at + size] for at in range(0, len(whole), size)]
    word = rng.choice(("", "KID ", "OCR ", "Viite ", "Ref. "))
    return word + (" ".join(groups) if rng.likely(0.6) else whole)


def as_creditor_reference(scene: Scene) -> bool:
    """Pay under the international form of a Finnish reference: RF, two digits, the reference."""
    documents = scene.pick(
        test=lambda one: one.reference is not None and one.customer.country == "FI"
    )
    if not documents:
        return False
    name, paid = "structured reference, RF for the national one", documents[0].open
    _post(scene, name, documents, paid, creditor(bare(documents[0])))
    return True


def short_or_over(scene: Scene) -> bool:
    """Pay another amount than the referenced document's."""
    documents = scene.pick(test=lambda one: one.reference is not None)
    if not documents:
        return False
    whole = documents[0].open
    paid = scene.rng.choice((whole + 100, whole + 9_990, share(whole, 5_000), share(whole, 9_000)))
    _post(scene, "structured reference, other amount", documents, paid, bare(documents[0]))
    return True


def wrong_digit(scene: Scene) -> bool:
    """Pay under a reference with one digit wrong: its check digit fails, or by chance does not."""
    documents = scene.pick(test=lambda one: one.reference is not None)
    if not documents:
        return False
    rng, document = scene.rng, documents[0]
    whole = bare(document)
    at = rng.randrange(2, len(whole))
    changed = whole[:at] + rng.choice("0123456789".replace(whole[at], "")) + whole[at + 1 :]
    paid = document.open if rng.likely(0.8) else share(document.open, 8_000)

    def verdict(_seen: Seen) -> bool:
        near = [one for one in scene.books.documents if _one_off(bare(one), changed)]
        fits = [one for one in near if one.open == paid]
        issued = any(bare(one) == changed for one in scene.books.documents)
        return fits == [document] and not issued

    claim = Claim("structured reference, digit wrong", documents, paid, structured=changed)
    claim.channel, claim.decidable = scene.channel(without=("wire",)), verdict
    scene.post(claim)
    return True


def _one_off(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def old_reference(scene: Scene) -> bool:
    """Pay this month's document from last month's template, under the paid one's reference."""
    documents = scene.pick(test=lambda one: one.reference is not None)
    if not documents:
        return False
    customer = documents[0].customer
    paid = [one for one in scene.books.owned[customer.id] if not one.open and not one.taken]
    if not paid or paid[-1].total == documents[0].open:
        documents[0].taken = False
        return False
    claim = Claim("structured reference of a paid document", documents, documents[0].open)
    claim.structured, claim.channel, claim.decidable = bare(paid[-1]), scene.channel(), False
    scene.post(claim)
    return True


def several(scene: Scene) -> bool:
    """Pay several documents at once, their references one after the other in the text."""
    documents = scene.pick(scene.rng.choice((2, 2, 3)), test=lambda one: one.reference is not None)
    text = " ".join(bare(one) for one in documents)
    channel = scene.channel(text)
    if not documents or len(text) > bank.CHANNELS[channel].text_max:
        return False
    paid = sum(one.open for one in documents)
    scene.post(Claim("several structured references", documents, paid, text, None, channel))
    return True


def _post(scene: Scene, case: str, documents: list[Document], paid: int, structured: str) -> None:
    channel = scene.channel(without=("wire",))
    scene.post(Claim(case, documents, paid, channel=channel, structured=structured))
