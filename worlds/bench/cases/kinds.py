"""Lines that are no plain receipts: duplicates, returns, refunds, payouts; and strangers' money."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from worlds.bench import bank, people
from worlds.bench.numbering import Numbering
from worlds.bench.records import Settled
from worlds.bench.scene import Claim, Scene, Seen

if TYPE_CHECKING:
    from worlds.bench.records import Past

RETURN_WORDS = (
    *("RETURNED PAYMENT", "UNPAID ITEM", "NSF RETURNED CHECK", "R01 INSUFFICIENT FUNDS"),
    *("RETOURE", "REJET DE VIREMENT", "RECALL", "REVERSAL"),
)
# Payouts of one amount within so many days are taken for each other.
PAYOUT_DAYS = 3


def paid_again(scene: Scene) -> bool:
    """Pay once more what a payment of before has paid."""
    past = _paid_once(scene)
    if past is None:
        return False
    document, customer = past.documents[0], past.customer
    text = document.number if scene.rng.likely(0.85) else ""
    if text and len(past.documents) > 1:
        text = " ".join(one.number for one in past.documents)
    channel = scene.channel(text, without=("wire",))

    def verdict(seen: Seen) -> bool:
        open_ones = scene.pool([customer])
        sure = scene.meant(seen) == [customer] and all(
            one.open != past.payment.amount for one in open_ones
        )
        return bool(text) or (sure and past.payment.payer_account == seen.account)

    claim = Claim("duplicate of before", [], past.payment.amount, text, None, channel)
    claim.seen = Seen(past.payment.payer_name, past.payment.payer_account)
    claim.customer, claim.decidable = customer, verdict
    claim.settled = Settled(on_account={customer.id: past.payment.amount})
    scene.post(claim)
    return True


def paid_already(scene: Scene) -> bool:
    """Name a document that was paid otherwise, of which no payment is on record."""
    known = {one.id for past in scene.books.past for one in past.documents}
    paid = [one for one in scene.books.documents if not one.open and one.id not in known]
    paid = [one for one in paid if not one.taken]
    if not paid:
        return False
    document = scene.take([scene.rng.choice(paid)])[0]
    channel = scene.channel(document.number, without=("wire",))
    claim = Claim("paid already", [], document.total, document.number, None, channel)
    claim.customer = document.customer
    claim.settled = Settled(on_account={document.customer.id: document.total})
    scene.post(claim)
    return True


def paid_twice(scene: Scene) -> bool:
    """Pay one document twice within the batch, mostly naming it each time."""
    documents = scene.pick()
    if not documents:
        return False
    document, day, rng = documents[0], scene.day(), scene.rng
    seen = scene.seen(document.customer)
    text = document.number if rng.likely(0.85) else ""
    channel = scene.channel(text, without=("wire",))
    first = Claim("number: clean", documents, document.open, text, seen, channel, day)
    again = Claim("duplicate in the batch", [], document.open, text, seen, channel)
    if not text:
        first.case = "payer and amount"
        first.decidable = scene.by_amount(document.open, day, documents)
        again.decidable = False
    scene.post(first)
    again.day = min(day + timedelta(days=rng.randint(0, 2)), scene.last_day)
    again.customer = document.customer
    again.settled = Settled(on_account={document.customer.id: document.open})
    scene.post(again)
    return True


def returned(scene: Scene) -> bool:
    """Take back a payment of before: returned by the bank, a check without funds."""
    past = _paid_once(scene)
    if past is None:
        return False
    rng, was = scene.rng, past.payment
    text = rng.choice(RETURN_WORDS)
    if rng.likely(0.6) and past.documents:
        text += f" {past.documents[0].number}"
    like = [
        one
        for one in scene.books.past
        if one.payment.amount == was.amount and one.payment.currency == was.currency
    ]
    named = past.documents[0].number in bank.carried(text, was.channel)
    same = [one for one in like if one.customer is past.customer]

    def verdict(seen: Seen) -> bool:
        if named or len(like) == 1:
            return True
        return scene.meant(seen) == [past.customer] and len(same) == 1

    claim = Claim(
        "returned payment", [], -was.amount, text, Seen(was.payer_name, was.payer_account)
    )
    claim.channel, claim.customer, claim.kind = was.channel, past.customer, "reversal"
    claim.settled, claim.refers_to, claim.decidable = Settled(), past.id, verdict
    payment = scene.post(claim)
    if text not in payment.description:
        payment.description = f"{text} {payment.description}"
    return True


def _paid_once(scene: Scene) -> Past | None:
    """Give a payment of before that the batch has not come back to yet."""
    used = {label.refers_to for label in scene.labels}
    for _ in range(20):
        if not scene.books.past:
            return None
        past = scene.rng.choice(scene.books.past)
        if past.id not in used and not past.documents[0].taken:
            past.documents[0].taken = True
            return past
    return None


def refunded(scene: Scene) -> bool:
    """Pay a credit note out to the customer."""
    notes = [one for one in scene.books.documents if one.credit and one.open and not one.taken]
    if not notes:
        return False
    rng = scene.rng
    credit = scene.take([rng.choice(notes)])[0]
    customer = credit.customer
    text = f"{rng.choice(('REFUND', 'CREDIT', 'Gutschrift', 'avoir'))} {credit.number}"
    channel = scene.channel(text)
    if rng.likely(0.3) or len(text) > bank.CHANNELS[channel].text_max:
        text = "REFUND"

    def verdict(seen: Seen) -> bool:
        own = [one for one in scene.pool([customer]) if one.credit and one.open == credit.open]
        return credit.number in text or (scene.meant(seen) == [customer] and own == [credit])

    claim = Claim("refund paid out", [credit], -credit.open, text, None, channel, kind="refund")
    claim.settled, claim.decidable = Settled({credit.id: -credit.open}), verdict
    scene.post(claim)
    return True


def payout(scene: Scene) -> bool:
    """Receive a payout of Stripe; two alike that may both have come cannot be told apart."""
    waiting = [one for one in scene.books.payouts if not one.taken]
    if not waiting:
        return False
    rng = scene.rng
    found = rng.choice(waiting)
    found.taken = True
    day = min(found.arrival + timedelta(days=rng.choice((0, 0, 0, 1))), scene.last_day)
    like = [
        one
        for one in scene.books.payouts
        if one.amount == found.amount and abs((one.arrival - found.arrival).days) <= PAYOUT_DAYS
    ]
    named = rng.likely(0.1)
    text = found.id if named else rng.choice(("STRIPE", "STRIPE PAYOUT", "TRANSFER STRIPE"))
    channel = scene.channel(text)
    scene.post(
        Claim(
            "payout" if len(like) == 1 else "payout, equal amounts",
            [],
            found.amount,
            text,
            Seen(
                rng.choice(("STRIPE PAYMENTS UK LTD", "STRIPE", "Stripe Technology Europe Ltd")),
                None,
            ),
            channel,
            day,
            settled=Settled(),
            decidable=named or len(like) == 1,
            kind="payout",
            refers_to=found.id,
            currency=found.currency,
            customer=scene.books.customers[0],
        )
    )
    return True


OWN = ("TRANSFER FROM SAVINGS", "OWN ACCOUNT TRANSFER", "UMBUCHUNG", "SWEEP", "Interne overboeking")
STATE = (
    "VAT REPAYMENT",
    "TAX REFUND {}",
    "HMRC VTR",
    "FINANZAMT ERSTATTUNG",
    "IRS TREAS 310 TAX REF",
)
BANKS = ("CREDIT INTEREST", "INTEREST PAID GROSS", "ZINSEN", "ACCOUNT BONUS", "FEE REVERSAL")
COSTS = (
    "CARD FEES {}",
    "MONTHLY SERVICE CHARGE",
    "DIRECT DEBIT PAYROLL",
    "SUPPLIER PMT {}",
    "LOHN",
)
# Numbers of other companies, which we never gave out.
FOREIGN = (
    Numbering("SINV/{y}/{n}", 6, ("invoice",)),
    Numbering("X{n}", 8, ("inv",)),
    Numbering("KS-{n}-B", 4, ("Rg",)),
)


def not_ours(scene: Scene) -> bool:
    """See money that no customer owes: own transfers, interest, tax, fees, wages."""
    rng = scene.rng
    name, text, amount = rng.choice(
        (
            (_own_name(scene), rng.choice(OWN), rng.randrange(5, 500) * 10_000),
            (None, rng.choice(BANKS), rng.randrange(20, 9_000)),
            ("HMRC" if scene.trade.base == "GBP" else "TAX OFFICE", rng.choice(STATE), 0),
            (None, rng.choice(COSTS), -rng.randrange(1_000, 900_000)),
        )
    )
    text = text.format(rng.randrange(10**5, 10**7))
    _outside(
        scene, "not receivables", Seen(name, None), text, amount or rng.randrange(9_000, 3_000_000)
    )
    return True


def _own_name(scene: Scene) -> str:
    name = scene.rng.choice(scene.trade.own_names)
    return scene.rng.choice((name, people.plain(name), people.plain(name)[:18].strip()))


def strangers(scene: Scene) -> bool:
    """Receive a stranger's payment of another company's invoice, or without a word."""
    rng, seen = scene.rng, scene.stranger()
    style = rng.choice(FOREIGN)
    number = style.number(rng.randrange(10 ** (style.digits - 1), 10**style.digits), scene.last_day)
    amount = scene.rng.randrange(1_000, 2_000_000)
    open_ones = {one.open for one in scene.books.documents}
    while amount in open_ones:
        amount += 7
    text = number if rng.likely(0.8) else ""
    _outside(scene, "stranger's payment", seen, text, amount)
    return True


def _outside(scene: Scene, case: str, seen: Seen, text: str, amount: int) -> None:
    claim = Claim(case, [], amount, text, seen, scene.channel(text), kind="not_ar")
    claim.settled, claim.customer = Settled(), scene.books.customers[0]
    claim.currency = scene.trade.base
    scene.post(claim)
