"""What is left of money is put on account of whoever a person names, once."""

from __future__ import annotations

from typing import Any

import pytest

from connector.protocol import Held
from flows import bodies, cash
from flows.kept_money import KEEP
from flows.perform import perform
from flows.work import _desk
from ledger.documents import Purpose, Receipt, Source
from ledger.money import Money
from rules.actions import Apply, Candidate, Portion, Why
from store import actions, applied, confirmations, mirror, organisations
from store.actions import ActionRow
from tests.flows.scene import Scene
from tests.flows.test_differences import LINE, choose_accounts, gbp, left, line
from tests.flows.test_perform import faulty


def choose(scene: Scene, keep_for: str, *portions: Portion, receipt_id: str = LINE) -> ActionRow:
    source = Source.BANK if receipt_id == LINE else Source.LEDGER
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        return cash.apply_choice(
            s, ours, source, receipt_id, portions, who="ann", now=scene.now, keep_for=keep_for
        )


def on_account(scene: Scene) -> list[tuple[str | None, Money]]:
    """Say who has what on account, as the mirror knows it of the ledger."""
    with scene.tools.sessions() as s:
        found = mirror.receipts_to_match(s, scene.organisation_id)
    held: list[Receipt] = [one for one in found if one.source is Source.LEDGER]
    return [(one.customer_id, one.unapplied) for one in held if one.unapplied.minor]


@pytest.fixture
def came(either: Scene) -> tuple[Scene, str, str]:
    """Have 95 from the bank, an invoice of 60 of Acme's, and Birch beside it."""
    either.connect()
    invoice = either.invoice("AA-1001", 6_000)
    either.invoice("AA-1002", 1_000, customer="Birch", email="pay@birch.example")
    for_money = next(
        one.id
        for one in either.tools.open_books(either.books).accounts()
        if Purpose.BANK in one.purposes and one.currency in {None, "GBP"}
    )
    choose_accounts(either, bank=for_money)
    either.live(hours=1)
    line(either)
    return either, invoice, either.customer("Birch")


def test_money_put_on_account_passes_over_what_was_offered(came: tuple[Scene, str, str]) -> None:
    scene, invoice, birch = came
    offered = Candidate(
        (Portion(invoice, "AA-1001", gbp(6_000)),),
        Why("reference_part", 1),
        evidence="digits/short",
    )
    with scene.tools.sessions.begin() as s:
        cash.apply_choice(
            *(s, organisations.get(s, scene.organisation_id), Source.BANK, LINE, ()),
            who="ann",
            now=scene.now,
            keep_for=birch,
            judging_of=offered,
        )
        found = confirmations.of_evidence(s, scene.organisation_id)
    assert {name: tuple(one) for name, one in found.items()} == {"digits/short": (0, 1)}


def test_money_that_pays_nothing_goes_on_account_once(came: tuple[Scene, str, str]) -> None:
    scene, _, birch = came
    row = choose(scene, birch)
    scene.live(hours=1)
    assert scene.told(row.id)[-1] == "done"
    assert on_account(scene) == [(birch, gbp(9_500))]
    assert left(scene) == 0
    assert "95.00 GBP from bank receipt line-1 kept on account" in scene.notes(birch)[0]
    with pytest.raises(ValueError, match="is not open any more"):
        choose(scene, birch)


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_anywhere_keeps_it_once(came: tuple[Scene, str, str], point: str) -> None:
    scene, _, birch = came
    choose(scene, birch)
    with scene.dying(point):
        scene.live(hours=1)
    scene.live(hours=3)
    assert on_account(scene) == [(birch, gbp(9_500))]
    assert left(scene) == 0


def test_two_who_hear_that_it_was_kept_count_it_once(came: tuple[Scene, str, str]) -> None:
    """The first was slow to hear it, so that another looked it up meanwhile."""
    scene, _, birch = came
    planned = choose(scene, birch)
    books = scene.tools.open_books(scene.books)

    def slow(*what: Any) -> Held:
        held = books.keep(*what)
        scene.town.clock.wait(300)
        [row] = scene.actions("keep", "doing")
        perform(_desk(scene.tools, scene.books, books), KEEP, row)
        return held

    late = faulty(scene, keep=slow).open_books(scene.books)
    perform(_desk(scene.tools, scene.books, late), KEEP, planned)
    assert scene.told(planned.id) == ["decided", "attempted", "done"]
    with scene.tools.sessions() as s:
        [counted] = applied.of(s, scene.organisation_id, [LINE])
    assert counted.applied == gbp(9_500)


@pytest.mark.parametrize("word", ["unanswered", "lost", "429"])
def test_in_any_weather_it_is_kept_once(came: tuple[Scene, str, str], word: str) -> None:
    scene, _, birch = came
    choose(scene, birch)
    path = {"xero": "BankTransactions", "quickbooks": "/payment"}[scene.company.provider]
    scene.sky.next(word, scene.company.provider, path=path)
    scene.live(hours=3)
    assert scene.sky.seen[word] == 1
    assert on_account(scene) == [(birch, gbp(9_500))]


def test_what_an_invoice_of_another_leaves_goes_to_the_one_named(
    came: tuple[Scene, str, str],
) -> None:
    """Acme's invoice is paid, and what is left is Birch's, because a person says so."""
    scene, invoice, birch = came
    choose(scene, birch, scene.portion(invoice, 6_000))
    scene.live(hours=1)
    assert (scene.balance(invoice), left(scene)) == (0, 0)
    assert on_account(scene) == [(birch, gbp(3_500))]
    # Taken apart, what is on account stays there.
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), left(scene)) == (6_000, 6_000)
    assert on_account(scene) == [(birch, gbp(3_500))]


def test_what_is_left_is_the_payers_own_in_one_entry(came: tuple[Scene, str, str]) -> None:
    scene, invoice, _ = came
    acme = scene.customer("Acme")
    choose(scene, acme, scene.portion(invoice, 6_000))
    scene.live(hours=1)
    assert on_account(scene) == [(acme, gbp(3_500))]
    assert scene.actions("keep") == []


def test_one_deposit_pays_two_customers_and_leaves_a_rest(scene: Scene) -> None:
    """As a parent pays for its subsidiaries."""
    scene.connect()
    mine = scene.invoice("AA-1001", 6_000)
    theirs = scene.invoice("AA-1002", 1_000, customer="Birch", email="pay@birch.example")
    xero, tenant = scene.town.xero, scene.keeper.tenant
    bank = xero.add_account(tenant, "Business", "092")
    choose_accounts(scene, bank=bank)
    scene.live(hours=1)
    line(scene)
    choose(
        scene,
        scene.customer("Acme"),
        scene.portion(mine, 6_000),
        scene.portion(theirs, 1_000),
    )
    scene.live(hours=1)
    assert [scene.balance(one) for one in (mine, theirs)] == [0, 0]
    assert on_account(scene) == [(scene.customer("Acme"), gbp(2_500))]
    assert xero.balance(tenant, bank) == 9_500


def test_what_cannot_be_kept_is_said(came: tuple[Scene, str, str]) -> None:
    scene, _, birch = came
    with pytest.raises(ValueError, match="is not in the ledger any more"):
        choose(scene, "nobody")
    choose(scene, birch)
    with pytest.raises(ValueError, match="being applied already"):
        choose(scene, birch)
    money = scene.receipt(1_000, "thanks")
    scene.live(hours=1)
    with pytest.raises(ValueError, match="on account in the ledger already"):
        choose(scene, birch, receipt_id=money)


def test_money_that_changed_meanwhile_is_not_kept(came: tuple[Scene, str, str]) -> None:
    scene, _, birch = came
    row = choose(scene, birch)
    with scene.tools.sessions.begin() as s:
        mirror.record_applied(s, scene.organisation_id, Source.BANK, LINE, gbp(500))
    scene.drain()
    [found] = [one for one in scene.actions("keep") if one.id == row.id]
    assert (found.state, found.reason) == (
        "cancelled",
        "90.00 GBP of the receipt is unapplied, not 95.00 GBP",
    )
    assert on_account(scene) == []


@pytest.mark.parametrize("automatic", [True, False])
def test_no_rule_puts_a_rest_on_account_of_another_by_itself(
    scene: Scene, *, automatic: bool
) -> None:
    """It stays where it is until somebody agreed."""
    scene.connect()
    invoice = scene.invoice("AA-1001", 6_000)
    birch = scene.customer("Birch", "pay@birch.example")
    bank = scene.town.xero.add_account(scene.keeper.tenant, "Business", "092")
    choose_accounts(scene, bank=bank)
    scene.live(hours=1)
    line(scene)
    action = Apply(
        source=Source.BANK,
        receipt_id=LINE,
        customer_id=scene.customer(),
        portions=(scene.portion(invoice, 6_000),),
        left=gbp(3_500),
        automatic=automatic,
        why=Why("remittance_complete", 0),
        keep_for=birch,
    )
    with scene.tools.sessions.begin() as s:
        actions.plan(
            s,
            scene.organisation_id,
            connection_id=scene.books.id,
            key=action.key,
            kind="apply",
            subject=f"receipt:bank:{LINE}",
            body=bodies.application(action),
            claims=action.claims,
            state="planned",
            next_at=scene.now,
            day=None,
            now=scene.now,
            who="dunnock",
            why="the rules",
        )
    scene.drain()
    scene.drain()
    assert scene.balance(invoice) == 0
    assert [row.kind for row in scene.actions("keep")] == ([] if automatic else ["keep"])
