"""A payout is booked once, when it is whole and the accounts are chosen, and can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from flows import payouts, sync
from flows.tools import Tools
from flows.work import drain
from ledger.documents import Purpose
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from ledger.payouts import BookedPart, Payout
from store import actions, organisations
from store.connections import ConnectionRow
from tests.flows.scene import Scene
from tests.flows.test_perform import Faulty

ALL = {Purpose.STRIPE: "610", Purpose.PAYOUTS: "090", Purpose.FEES: "404"}


@dataclass
class Paper:
    """A ledger's page for payouts: what is written there, by the key it was written under."""

    written: dict[str, tuple[Payout, date]] = field(default_factory=dict)
    struck: list[str] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    # Writes, and then says that it does not know.
    forgets: bool = False

    def book_payout(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        if self.troubles:
            raise self.troubles.pop(0)
        assert key not in self.written
        self.written[key] = (payout, day)
        if self.forgets:
            raise UnknownOutcomeError("no answer")
        return self.parts(key)

    def parts(self, key: str) -> tuple[BookedPart, ...]:
        payout, _ = self.written[key]
        fee = BookedPart(f"fee {key}", "SPEND", payout.fees)
        return (BookedPart(f"transfer {key}", "transfer", payout.net), fee)

    def find_payout(self, _payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        return self.parts(key) if key in self.written else None

    def unbook_payout(self, parts: tuple[BookedPart, ...], _key: str) -> None:
        self.struck += [one.id for one in parts]


@pytest.fixture
def paper() -> Paper:
    return Paper()


def tools(scene: Scene, paper: Paper) -> Tools:
    real = scene.tools.open_books

    def opened(row: ConnectionRow) -> Any:
        return Faulty(
            real(row),
            book_payout=paper.book_payout,
            find_payout=paper.find_payout,
            unbook_payout=paper.unbook_payout,
        )

    return replace(scene.tools, open_books=opened)


def choose(scene: Scene, accounts: dict[Purpose, str] | None = None) -> None:
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        payouts.choose(s, ours, ALL if accounts is None else accounts, scene.now)


def connected(scene: Scene) -> None:
    scene.connect(stripe=True)
    scene.card(10_000)
    scene.card(5_000)


def paid_out(scene: Scene) -> str:
    """Have what came in paid out, and told of."""
    scene.town.clock.wait(3 * 86_400)
    key = scene.town.stripe.payout(scene.account)
    assert key is not None
    scene.town.clock.wait(3 * 86_400)
    told(scene)
    return key


def told(scene: Scene) -> None:
    scene.town.deliver()
    scene.drain(scene.stripe)


def work(scene: Scene, paper: Paper) -> None:
    drain(tools(scene, paper), scene.books.id)


def test_a_payout_is_booked_once_with_its_fees(scene: Scene, paper: Paper) -> None:
    connected(scene)
    choose(scene)
    key = paid_out(scene)
    for _ in range(3):
        work(scene, paper)
        scene.town.clock.wait(3600)
    [(payout, day)] = paper.written.values()
    assert (payout.ref.id, payout.net.minor, payout.fees.minor) == (key, 14_505, 495)
    assert day == payout.arrives
    row = scene.action("payout")
    assert (row.state, row.subject) == ("done", f"payout:{key}")
    assert scene.told(row.id) == ["decided", "attempted", "done"]
    assert len(row.outcome["parts"]) == 2
    assert scene.exceptions("payout") == []


def test_nothing_is_booked_until_the_accounts_are_chosen(scene: Scene, paper: Paper) -> None:
    connected(scene)
    paid_out(scene)
    work(scene, paper)
    assert scene.actions("payout") == []
    choose(scene)
    work(scene, paper)
    # What arrived before that day was booked by somebody, or is booked from the page.
    assert paper.written == {}
    assert scene.exceptions("payout_accounts") == []


def test_what_arrived_before_the_choice_is_booked_only_when_asked(
    scene: Scene, paper: Paper
) -> None:
    connected(scene)
    key = paid_out(scene)
    scene.town.clock.wait(86_400)
    choose(scene)
    work(scene, paper)
    assert paper.written == {}
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        payouts.book(s, ours, key, who="ann", now=scene.now)
    work(scene, paper)
    assert [payout.ref.id for payout, _ in paper.written.values()] == [key]


def test_an_answer_that_never_came_is_looked_up_before_it_is_repeated(
    scene: Scene, paper: Paper
) -> None:
    connected(scene)
    choose(scene)
    paid_out(scene)
    paper.forgets = True
    work(scene, paper)
    assert scene.action("payout").state == "unknown"
    scene.town.clock.wait(3600)
    work(scene, paper)
    assert scene.action("payout").state == "done"
    assert len(paper.written) == 1


@pytest.mark.parametrize("trouble", [RetryLaterError(5, "later"), RefusedError("no such account")])
def test_what_the_ledger_does_not_take_is_tried_again_or_shown(
    scene: Scene, paper: Paper, trouble: Exception
) -> None:
    connected(scene)
    choose(scene)
    paid_out(scene)
    paper.troubles = [trouble]
    work(scene, paper)
    assert paper.written == {}
    if isinstance(trouble, RefusedError):
        [shown] = scene.exceptions("refused")
        assert shown.title == "Booking a payout was refused"
        with scene.tools.sessions.begin() as s:
            action_id = scene.action("payout").id
            actions.retry(s, scene.organisation_id, action_id, who="ann", now=scene.now)
    scene.town.clock.wait(60)
    work(scene, paper)
    assert scene.action("payout").state == "done"


def test_a_locked_period_is_booked_today(scene: Scene, paper: Paper) -> None:
    connected(scene)
    choose(scene)
    paid_out(scene)
    scene.town.clock.wait(86_400)
    scene.town.xero.set_lock_date(scene.keeper.tenant, scene.today)
    scene.town.clock.wait(86_400)
    sync.read_settings(scene.tools, scene.books, scene.tools.open_books(scene.books))
    work(scene, paper)
    [(payout, day)] = paper.written.values()
    assert payout.arrives < day == scene.today


@pytest.mark.parametrize("category", ["other_adjustment", "nobody_knows"])
def test_what_nobody_knows_is_parked_for_a_person(
    scene: Scene, paper: Paper, category: str
) -> None:
    connected(scene)
    choose(scene)
    scene.town.stripe.move(scene.account, -7, category)
    key = paid_out(scene)
    work(scene, paper)
    assert scene.actions("payout") == []
    [shown] = scene.exceptions("payout")
    assert category in shown.detail
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        with pytest.raises(ValueError, match=category):
            payouts.book(s, ours, key, who="ann", now=scene.now)
        payouts.leave(s, ours.id, key, who="ann", now=scene.now)
    scene.look()
    work(scene, paper)
    assert scene.exceptions("payout") == []
    assert paper.written == {}


def test_one_paid_out_by_hand_is_left_to_a_person(scene: Scene, paper: Paper) -> None:
    connected(scene)
    choose(scene)
    key = scene.town.stripe.add_restricted_key(scene.account)
    made = scene.town.stripe.app.test_client().post(
        "/v1/payouts",
        data={"amount": 900, "currency": "gbp"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert made.status_code == 200
    scene.town.clock.wait(3 * 86_400)
    told(scene)
    work(scene, paper)
    [shown] = scene.exceptions("payout")
    assert "by hand" in shown.detail
    assert paper.written == {}


def test_a_booked_payout_that_comes_back_is_told_of_and_taken_back(
    scene: Scene, paper: Paper
) -> None:
    connected(scene)
    choose(scene)
    key = paid_out(scene)
    work(scene, paper)
    row = scene.action("payout")
    scene.town.stripe.return_payout(key)
    told(scene)
    work(scene, paper)
    [shown] = scene.exceptions("payout_returned")
    assert shown.action_id == row.id
    with scene.tools.sessions.begin() as s:
        payouts.undo(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    work(scene, paper)
    assert paper.struck == [one["id"] for one in row.outcome["parts"]]
    assert scene.exceptions("payout_returned") == []
    assert scene.action("payout").undone_at is not None
    # It is not booked again by itself, and nobody is told of it again.
    scene.look()
    work(scene, paper)
    assert len(paper.written) == 1
    assert scene.exceptions("payout_returned") == []


def test_a_booking_that_is_no_longer_right_is_dropped(scene: Scene, paper: Paper) -> None:
    connected(scene)
    choose(scene)
    key = paid_out(scene)
    paper.troubles = [RetryLaterError(5, "later")]
    work(scene, paper)
    scene.town.stripe.return_payout(key)
    told(scene)
    scene.town.clock.wait(60)
    work(scene, paper)
    assert scene.action("payout").state == "cancelled"
    assert paper.written == {}


def test_a_booking_waits_no_longer_when_an_account_is_taken_away(
    scene: Scene, paper: Paper
) -> None:
    connected(scene)
    choose(scene)
    paid_out(scene)
    paper.troubles = [RetryLaterError(5, "later")]
    work(scene, paper)
    choose(scene, {Purpose.STRIPE: "610"})
    scene.town.clock.wait(60)
    work(scene, paper)
    assert scene.action("payout").state == "cancelled"
    assert paper.written == {}


def rewritten(scene: Scene, key: str, **changed: Any) -> None:
    """Have Stripe tell of a payout in other words."""
    stripe = scene.town.stripe
    with stripe.shelf.change():
        doc = stripe.books.keep(scene.account, {**stripe.books.get("payout", key), **changed})
        stripe.books.emit(scene.account, "payout.updated", doc)
    told(scene)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"status": "dreaming"}, "not known here"),
        ({"amount": 14_506}, "does not add up"),
        ({"automatic": False}, "paid out by hand"),
    ],
)
def test_what_does_not_fit_parks_a_payout(
    scene: Scene, paper: Paper, changed: dict[str, Any], said: str
) -> None:
    connected(scene)
    choose(scene)
    rewritten(scene, paid_out(scene), **changed)
    work(scene, paper)
    assert paper.written == {}
    assert said in scene.exceptions("payout")[0].detail


def test_what_stopped_to_fit_is_not_booked(scene: Scene, paper: Paper) -> None:
    connected(scene)
    choose(scene)
    key = paid_out(scene)
    paper.troubles = [RetryLaterError(5, "later")]
    work(scene, paper)
    rewritten(scene, key, amount=14_506)
    scene.town.clock.wait(60)
    work(scene, paper)
    assert paper.written == {}
    assert scene.action("payout").state == "cancelled"
    scene.look()
    work(scene, paper)
    assert "does not add up" in scene.exceptions("payout")[0].detail


def test_only_what_is_booked_is_taken_back_and_by_hand_needs_no_ledger(
    scene: Scene, paper: Paper
) -> None:
    connected(scene)
    choose(scene)
    key = paid_out(scene)
    with scene.tools.sessions.begin() as s:
        ours = scene.organisation_id
        left = payouts.leave(s, ours, key, who="ann", now=scene.now)
        payouts.undo(s, ours, left.id, who="ann", now=scene.now)
        with pytest.raises(ValueError, match="undone already"):
            payouts.undo(s, ours, left.id + 1_000, who="ann", now=scene.now)
    work(scene, paper)
    assert paper.struck == []
    assert scene.action("payout").undone_at is not None
    assert paper.written == {}
