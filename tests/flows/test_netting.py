"""A credit note used together with money, in one decision that is undone as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.protocol import Share
from flows import cash, netting
from ledger.differences import Adjustment, Difference
from ledger.documents import Source
from ledger.money import Money
from rules.actions import Apply, Portion, Why
from store import mirror, organisations
from store.actions import ActionRow
from tests.flows.scene import Scene


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def credit(scene: Scene, minor: int = 2_000, customer: str = "Acme") -> str:
    """Raise a credit note that nobody used; gives its id."""
    tenant, owner = scene.keeper.tenant, scene.customer(customer)
    if scene.company.provider == "xero":
        return scene.town.xero.raise_credit_note(tenant, owner, minor, "GBP", scene.today)
    return scene.town.quickbooks.raise_credit_memo(tenant, owner, minor, scene.today)


def number(scene: Scene, note: str) -> str:
    with scene.tools.sessions() as s:
        found = mirror.credit_notes_open(s, scene.organisation_id)
    return next(one.number for one in found if one.ref.id == note)


def left_of(scene: Scene, note: str) -> int:
    """Say what the ledger holds open on a credit note."""
    tenant = scene.keeper.tenant
    if scene.company.provider == "xero":
        found = scene.town.xero.credits(tenant, "CreditNotes")
        return int(next(one["remaining"] for one in found if one["id"] == note))
    memos = scene.town.quickbooks.credit_memos(tenant)
    return round(100 * float(next(one["Balance"] for one in memos if one["Id"] == note)))


def choose(scene: Scene, receipt: str, *portions: Portion) -> ActionRow:
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        return cash.apply_choice(
            s, ours, Source.LEDGER, receipt, portions, who="ann", now=scene.now
        )


@pytest.fixture
def netted(either: Scene) -> tuple[Scene, str, str, str]:
    """Have 80 of money and a credit note of 20 for an invoice of 100."""
    either.connect()
    invoice, note = either.invoice("AA-1001"), credit(either)
    money = either.receipt(8_000, "thanks")
    either.live(hours=7)
    return either, invoice, note, money


def use(scene: Scene, note: str, minor: int = 2_000) -> Portion:
    return Portion(note, number(scene, note), gbp(-minor))


def test_money_and_credit_pay_an_invoice_and_are_taken_back_together(
    netted: tuple[Scene, str, str, str],
) -> None:
    scene, invoice, note, money = netted
    row = choose(scene, money, scene.portion(invoice, 10_000), use(scene, note))
    scene.live(hours=1)
    assert (scene.balance(invoice), left_of(scene, note)) == (0, 0)
    assert sorted(scene.payments(invoice)) == [2_000, 8_000]
    assert scene.told(row.id)[-1] == "done"
    said = scene.notes(invoice)[0][:250]
    assert "100.00 GBP (together with credit note" in said
    assert scene.exceptions() == []
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), left_of(scene, note)) == (10_000, 2_000)
    assert scene.payments(invoice) == []


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_anywhere_uses_money_and_credit_once(
    netted: tuple[Scene, str, str, str], point: str
) -> None:
    scene, invoice, note, money = netted
    choose(scene, money, scene.portion(invoice, 10_000), use(scene, note))
    with scene.dying(point):
        scene.live(hours=1)
    scene.live(hours=3)
    assert (scene.balance(invoice), left_of(scene, note)) == (0, 0)
    assert sorted(scene.payments(invoice)) == [2_000, 8_000]


STEPS = {
    "xero": [("PUT", "Overpayments"), ("PUT", "CreditNotes")],
    "quickbooks": [("POST", "/payment")],
}


@pytest.mark.parametrize("word", ["unanswered", "lost", "429"])
@pytest.mark.parametrize("nth", [0, 1])
def test_either_step_in_any_weather_is_carried_out_once(
    netted: tuple[Scene, str, str, str], nth: int, word: str
) -> None:
    scene, invoice, note, money = netted
    choose(scene, money, scene.portion(invoice, 10_000), use(scene, note))
    steps = STEPS[scene.company.provider]
    method, part = steps[min(nth, len(steps) - 1)]
    if nth >= len(steps):
        scene.sky.next("calm", scene.company.provider, method, part)
    scene.sky.next(word, scene.company.provider, method, part)
    scene.live(hours=3)
    assert scene.sky.seen[word] == 1
    assert (scene.balance(invoice), left_of(scene, note)) == (0, 0)
    assert sorted(scene.payments(invoice)) == [2_000, 8_000]


def test_credit_that_is_used_otherwise_between_the_steps_is_told(scene: Scene) -> None:
    scene.connect()
    invoice, note = scene.invoice("AA-1001"), credit(scene)
    other = scene.invoice("AA-1002", 2_000)
    money = scene.receipt(8_000, "thanks")
    scene.live(hours=7)
    choose(scene, money, scene.portion(invoice, 10_000), use(scene, note))
    xero, tenant = scene.town.xero, scene.keeper.tenant

    def sky(_host: str, method: str, path: str) -> None:
        if method == "PUT" and "CreditNotes" in path and left_of(scene, note):
            xero.allocate(tenant, "CreditNotes", note, other, 2_000, scene.today)

    assert scene.town.streets is not None
    scene.town.streets.weather = sky
    scene.live(hours=1)
    assert scene.balance(invoice) == 2_000
    [told] = scene.exceptions(netting.LEFT)
    assert "was not used with it" in told.title
    scene.undo()
    scene.live(hours=1)
    assert scene.balance(invoice) == 10_000
    assert scene.exceptions(netting.LEFT) == []


def test_what_is_used_before_its_turn_drops_the_decision(scene: Scene) -> None:
    scene.connect()
    invoice, note = scene.invoice("AA-1001"), credit(scene)
    other = scene.invoice("AA-1002", 2_000)
    money = scene.receipt(8_000, "thanks")
    scene.live(hours=7)
    planned = choose(scene, money, scene.portion(invoice, 10_000), use(scene, note))
    scene.town.xero.allocate(scene.keeper.tenant, "CreditNotes", note, other, 2_000, scene.today)
    scene.drain()
    [row] = [one for one in scene.actions("apply") if one.id == planned.id]
    assert row.state == "cancelled"
    assert "credit note" in row.reason
    assert scene.balance(invoice) == 10_000


def test_credit_finds_only_invoices_of_its_customer(scene: Scene) -> None:
    scene.connect()
    invoice, note = scene.invoice("AA-1001"), credit(scene, customer="Birch")
    money = scene.receipt(8_000, "thanks")
    scene.live(hours=7)
    with pytest.raises(ValueError, match="fits no invoice of its customer"):
        choose(scene, money, scene.portion(invoice, 10_000), use(scene, note))
    with pytest.raises(ValueError, match=r"credit note \S+ has only"):
        choose(scene, money, scene.portion(invoice, 10_000), use(scene, note, 2_001))
    mine = credit(scene, 10_000)
    scene.live(hours=1)
    with pytest.raises(ValueError, match="so the money is not needed"):
        choose(scene, money, scene.portion(invoice, 10_000), use(scene, mine, 10_000))
    with pytest.raises(ValueError, match="credit note X is not open any more"):
        choose(scene, money, Portion("x", "X", gbp(-1)))


def apply(*portions: Portion, adjustments: tuple[Adjustment, ...] = ()) -> Apply:
    return Apply(Source.BANK, "line", "c", portions, gbp(0), True, Why("person", 0), adjustments)


def test_credit_leaves_something_to_money_where_a_part_is_adjusted() -> None:
    less = Adjustment("a", Difference.EARLY_DISCOUNT, gbp(200))
    action = apply(
        Portion("a", "A", gbp(1_000)),
        Portion("b", "B", gbp(1_000)),
        Portion("n", "N", gbp(-1_500)),
        adjustments=(less,),
    )
    found = netting.split(action, {"a": "c", "b": "c", "n": "c"})
    assert [(one.share.invoice_id, one.share.amount.minor) for one in found] == [
        ("a", 799),
        ("b", 701),
    ]
    assert netting.read({"netted": netting.written(found)}) == found
    assert netting.read({}) == []


@given(
    owed=st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from("xy")), min_size=1, max_size=4),
    given_=st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from("xy")), max_size=3),
    less=st.integers(0, 300),
)
def test_credit_is_used_to_the_unit_or_not_at_all(
    owed: list[tuple[int, str]], given_: list[tuple[int, str]], less: int
) -> None:
    invoices = [Portion(f"i{at}", f"I{at}", gbp(one)) for at, (one, _) in enumerate(owed)]
    notes = [Portion(f"n{at}", f"N{at}", gbp(-one)) for at, (one, _) in enumerate(given_)]
    adjusted = (Adjustment("i0", Difference.ROUNDING, gbp(less)),) if 0 < less < owed[0][0] else ()
    owners = {f"i{at}": whose for at, (_, whose) in enumerate(owed)}
    owners |= {f"n{at}": whose for at, (_, whose) in enumerate(given_)}
    action = apply(*invoices, *notes, adjustments=adjusted)
    try:
        found = netting.split(action, owners)
    except ValueError:
        return
    for note in notes:
        used = [one.share.amount.minor for one in found if one.credit_id == note.invoice_id]
        assert sum(used) == -note.amount.minor
    assert all(owners[one.credit_id] == owners[one.share.invoice_id] for one in found)
    shares = [Share(one.invoice_id, one.amount) for one in invoices]
    left = {one.invoice_id: one.amount for one in netting.in_money(shares, found)}
    assert all(one.minor > 0 for one in left.values())
    assert all(left[one.invoice_id] > one.amount for one in adjusted)
