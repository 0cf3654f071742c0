"""Payments that name one document: cleanly, in payers' spellings, by order or customer number."""

from __future__ import annotations

from datetime import timedelta

from worlds.bench import bank, numbering, people, reading
from worlds.bench.policy import BANK_FEE_MAX, GRACE_DAYS, ROUNDING_MAX
from worlds.bench.records import Document, Settled, money, share
from worlds.bench.scene import Claim, Scene, Seen

# Nobody pays less than this in parts, or less than the other in instalments.
LITTLE, MUCH = 5_000, 30_000


def clean(scene: Scene) -> bool:
    """Name one document as it is printed and pay it exactly."""
    documents = scene.pick()
    if not documents:
        return False
    scene.post(Claim("number: clean", documents, documents[0].open, phrase(scene, documents[0])))
    return True


def phrase(scene: Scene, document: Document) -> str:
    """Write the printed number, alone or in a short sentence, so that a channel can hold it."""
    number = document.number
    if scene.rng.likely(0.6):
        return number
    word = scene.rng.choice(scene.books.style.words)
    around = scene.rng.choice(
        (
            f"{word} {number}",
            f"{word} {number} {document.issued:%d.%m.%Y}",
            f"{number} {document.customer.number}",
            f"{number} {people.plain(document.customer.name)}",
            f"{word}: {number}, {scene.rng.choice(('thank you', 'merci', 'danke', 'thx'))}",
            f"{number} {document.currency} {money(document.open)}",
            f"{word} {number} {money(document.open).replace('.', ',')}",
        )
    )
    widest = max(bank.CHANNELS[name].text_max for name in scene.trade.channels)
    return around if len(around) <= widest else number


def spelled(scene: Scene) -> bool:
    """Name one document in a payer's own spelling and pay it exactly."""
    documents = scene.pick()
    if not documents:
        return False
    document = documents[0]
    text, way = numbering.spelled(scene.rng, scene.books.style, document.number)
    paid, channel = document.open, scene.channel(text)
    verdict = scene.by_tail(paid, document)
    scene.post(Claim(way, documents, paid, text, None, channel, decidable=verdict))
    return True


def embedded(scene: Scene) -> bool:
    """Name one document among other long figures: a telephone, an account, a date."""
    documents = scene.pick()
    if not documents:
        return False
    rng, number = scene.rng, documents[0].number
    decoy = rng.choice(
        (
            f"TEL 0{rng.randrange(10**9, 10**10)}",
            bank.iban(rng, "DE"),
            f"{rng.randint(1, 28):02d}.{rng.randint(1, 9):02d}.2026",
            f"MANDATE {rng.randrange(10**11, 10**12)}",
            f"KTO {rng.randrange(10**9, 10**10)}",
        )
    )
    text = rng.choice((f"{decoy} {number}", f"{number} {decoy}"))
    channel = scene.channel(text)
    if bank.CHANNELS[channel].text_max < len(text):
        text = number
    scene.post(Claim("number: among other figures", documents, documents[0].open, text))
    return True


def by_order(scene: Scene) -> bool:
    """Quote the purchase order and nothing else; a call-off order stands on several documents."""
    documents = scene.pick(test=lambda one: one.po is not None)
    if not documents:
        return False
    document = documents[0]
    text = scene.rng.choice(("{}", "PO {}", "Order {}", "Bestellung {}")).format(document.po)
    paid = document.open

    def verdict(_seen: Seen) -> bool:
        same = [one for one in scene.books.documents if one.po == document.po and one.open]
        return [one for one in same if one.open == paid] == [document]

    channel = scene.channel(text)
    text = text if len(text) <= bank.CHANNELS[channel].text_max else str(document.po)
    scene.post(Claim("order number only", documents, paid, text, None, channel, decidable=verdict))
    return True


def whole_order(scene: Scene) -> bool:
    """Quote a purchase order and pay everything that was called off under it."""
    first = scene.pick(test=lambda one: one.po is not None)
    if not first:
        return False
    free = scene.books.free(first[0].customer)
    documents = first + [one for one in free if one.po == first[0].po and not one.credit]
    text, paid = str(first[0].po), sum(one.open for one in documents)
    meant = frozenset(one.id for one in scene.take(documents))

    def verdict(_seen: Seen) -> bool:
        ordered = [one for one in scene.books.documents if one.po == text and one.open]
        return meant == {one.id for one in ordered}

    claim = Claim("order number only", documents, paid, text, decidable=verdict)
    claim.channel = scene.channel(text)
    scene.post(claim)
    return True


def by_customer_number(scene: Scene) -> bool:
    """Quote the customer number; the amount has to tell the rest."""
    documents = scene.pick(1 if scene.rng.likely(0.7) else 2)
    if not documents:
        return False
    customer = documents[0].customer
    text = scene.rng.choice(("{}", "Customer {}", "Acct {}", "Kd-Nr {}")).format(customer.number)
    paid, day = sum(one.open for one in documents), scene.day()
    meant = frozenset(one.id for one in documents)
    channel = scene.channel(text)

    def verdict(_seen: Seen) -> bool:
        return reading.sole(scene.pool([customer]), paid, day, [customer]) == meant

    scene.post(
        Claim(
            "customer number only",
            documents,
            paid,
            text,
            scene.seen(customer) if scene.rng.likely(0.6) else scene.stranger(),
            channel,
            day,
            decidable=verdict,
        )
    )
    return True


def damaged(scene: Scene) -> bool:
    """Name one document with a digit wrong or two swapped: often another valid number."""
    documents = scene.pick()
    if not documents:
        return False
    document, rng = documents[0], scene.rng
    number = numbering.damaged(rng, scene.books.style, document.number)
    seen = scene.seen(document.customer) if rng.likely(0.8) else scene.stranger()
    paid = document.open if rng.likely(0.85) else max(100, share(document.open, 9_000))

    def verdict(shown: Seen) -> bool:
        found = reading.repaired(scene.books, number, paid, scene.meant(shown))
        return found == document.id

    text = number if rng.likely(0.7) else number.replace("-", "")
    scene.post(
        Claim(
            "number: damaged", documents, paid, text, seen, scene.channel(text), decidable=verdict
        )
    )
    return True


def of_another(scene: Scene) -> bool:
    """Quote a number of somebody else by mistake while paying one's own document."""
    documents, others = scene.pick(), scene.pick()
    if not documents or not others or others[0].customer is documents[0].customer:
        return False
    others[0].taken = False
    seen = scene.seen(documents[0].customer)
    text = others[0].number
    scene.post(
        Claim("number: somebody else's", documents, documents[0].open, text, seen, decidable=False)
    )
    return True


def of_ones_own(scene: Scene) -> bool:
    """Quote the number of one open document while paying another of one's own exactly."""
    documents = scene.pick(2)
    if not documents or documents[0].open == documents[1].open:
        return False
    paid, named = documents
    named.taken = False
    claim = Claim("number: another of one's own", [paid], paid.open, named.number)
    claim.decidable = False
    scene.post(claim)
    return True


def for_another(scene: Scene) -> bool:
    """Pay somebody else's document exactly, naming it: a friend, a director, a money service."""
    documents = scene.pick()
    if not documents:
        return False
    rng, customer = scene.rng, documents[0].customer
    shared = rng.choice(list(scene.books.shared))
    seen = rng.choice(
        (
            Seen(people.plain(customer.person), bank.account(rng, customer.country)),
            Seen(shared, scene.books.shared[shared]),
            Seen(shared, scene.books.shared[shared]),
            scene.stranger(),
        )
    )
    text = phrase(scene, documents[0])
    scene.post(Claim("number: payer is another", documents, documents[0].open, text, seen))
    return True


def rounded(scene: Scene) -> bool:
    """Name one document and pay it but for a few cents."""
    documents = scene.pick()
    if not documents:
        return False
    cents = scene.rng.choice((-5, -4, -3, -2, -1, 1, 2, 3, 5))
    text = phrase(scene, documents[0])
    scene.post(Claim("amount: rounded", documents, documents[0].open + cents, text))
    return True


def discounted(scene: Scene) -> bool:
    """Take the early-payment discount: in time, within the days of grace, or too late."""
    day = scene.day()
    late = scene.rng.likely(0.2)

    def fits(one: Document) -> bool:
        if one.until is None:
            return False
        until = one.until + timedelta(days=GRACE_DAYS)
        return until < day <= until + timedelta(days=20) if late else day <= until

    documents = scene.pick(scene.rng.choice((1, 1, 1, 2)), test=fits)
    if not documents:
        return False
    off = sum(share(one.total, one.percent) for one in documents)
    text = " ".join(one.number for one in documents)
    channel = scene.channel(text, without=("wire",))
    if len(text) > bank.CHANNELS[channel].text_max:
        return False
    name = "amount: discount too late" if late else "amount: early discount"
    paid = sum(one.open for one in documents) - off
    scene.post(Claim(name, documents, paid, text, None, channel, day))
    return True


def withheld(scene: Scene) -> bool:
    """Name documents and pay them less the tax that the customer's country withholds."""
    documents = scene.pick(
        scene.rng.choice((1, 1, 2)), test=lambda one: bool(one.customer.withholding)
    )
    if not documents:
        return False
    rate = documents[0].customer.withholding[0]
    paid = sum(one.open - share(one.net, rate) for one in documents)
    text = " ".join(one.number for one in documents)
    channel = scene.channel(text)
    if len(text) > bank.CHANNELS[channel].text_max:
        return False
    scene.post(Claim("amount: tax withheld", documents, paid, text, None, channel))
    return True


def less_fee(scene: Scene) -> bool:
    """Name documents; banks on the way take their fee out of the wire."""
    if "wire" not in scene.trade.channels:
        return False
    documents = scene.pick(
        scene.rng.choice((1, 1, 1, 1, 2, 3)), test=lambda one: one.open > 5 * BANK_FEE_MAX
    )
    if not documents:
        return False
    fee = scene.rng.choice((1_000, 1_250, 1_500, 2_500, 3_000, scene.rng.randrange(800, 5_000)))
    claim = Claim("amount: bank fee", documents, sum(one.open for one in documents) - fee)
    claim.text = " ".join(one.number for one in documents)
    if not documents[1:]:
        claim.text = phrase(scene, documents[0])
    claim.channel, claim.charges = "wire", fee if scene.rng.likely(0.25) else None
    scene.post(claim)
    return True


def short(scene: Scene) -> bool:
    """Name one document and pay less of it, for whatever reason."""
    documents = scene.pick(test=lambda one: one.open > LITTLE)
    if not documents:
        return False
    document, rng = documents[0], scene.rng
    part = rng.choice((rng.uniform(0.3, 0.97), 0.5, 0.9, 0.8))
    paid = int(round(document.open * part, -2)) or 100
    channel = scene.channel(document.number, without=("wire",))
    scene.post(Claim("amount: short", documents, paid, document.number, None, channel))
    return True


def over(scene: Scene) -> bool:
    """Name one document and pay too much."""
    documents = scene.pick()
    if not documents:
        return False
    surplus = scene.rng.choice((100, 1_000, 990, 5_000, scene.rng.randrange(10, 20_000)))
    text = phrase(scene, documents[0])
    scene.post(Claim("amount: over", documents, documents[0].open + surplus, text))
    return True


def instalments(scene: Scene) -> bool:
    """Pay one document in two or three named payments of the batch."""
    documents = scene.pick(test=lambda one: one.open > MUCH)
    if not documents:
        return False
    document, count = documents[0], scene.rng.choice((2, 2, 3))
    part = document.open // count // 100 * 100
    days = sorted(scene.day() for _ in range(count))
    seen, left = scene.seen(document.customer), document.open
    whole = scene.rng.likely(0.6)
    for at, day in enumerate(days, start=1):
        paid = left if at == count and (whole or left - part <= ROUNDING_MAX) else part
        left -= paid
        text = scene.rng.choice((f"{document.number} {at}/{count}", document.number))
        channel = scene.channel(text, without=("wire",))
        if len(text) > bank.CHANNELS[channel].text_max:
            text = document.number
        claim = Claim("instalment", documents, paid, text, seen, channel, day)
        claim.settled = partly(document, paid)
        scene.post(claim)
    return True


def partly(document: Document, paid: int) -> Settled:
    """Clear a part of one document and nothing else."""
    return Settled({document.id: paid})
