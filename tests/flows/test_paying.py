"""Paying online: a link in the reminder that leads to what is open now, paid once, booked once."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from flows import paying
from flows.pay_links import LIFE, DeadLinkError, PayLinks
from store import connections, organisations
from tests.flows.scene import QUICKBOOKS, STRIPE, Scene, raised
from tests.flows.stripe_keeper import StripeBookkeeper

AUTO = {"mode": "auto", "min_days_since_delivery": 0}
LINK = re.compile(r"See and pay it online: (\S+)")
CHECKOUT = "https://checkout.stripe.com/c/pay/"


def reminded(scene: Scene, *, stripe: bool = True) -> str:
    """Have an invoice reminded of; gives the address in the letter."""
    scene.connect(stripe=stripe)
    scene.rules(dunning=AUTO, matching={"mode": "auto"})
    scene.live(days=4)
    found = LINK.search(scene.mail[0].text.replace("=\n", ""))
    assert found is not None
    return found[1]


def at_hand(scene: Scene, invoice: str, *, stripe: bool = True) -> str:
    """Connect, and give the link that a reminder of the invoice would carry."""
    scene.connect(stripe=stripe)
    with scene.tools.sessions() as s:
        ours = organisations.get(s, scene.organisation_id)
    links = scene.tools.pay_links
    assert links is not None
    return links.make(ours.public_id, invoice, scene.now)


def look(scene: Scene, link: str) -> requests.Response:
    """Open a link as a payer does, who is nobody to the product."""
    return scene.town.browser().get(link, allow_redirects=False)


def click(scene: Scene, link: str) -> requests.Response:
    """Open a link and press its button."""
    return scene.town.browser().post(link, allow_redirects=False)


def sessions(scene: Scene) -> list[dict[str, object]]:
    return scene.town.stripe.sessions(scene.account)


def test_the_link_leads_to_a_page_for_what_is_open_and_the_payment_finds_its_invoice(
    either: Scene,
) -> None:
    invoice = either.invoice("AA-1001", overdue=5)
    link = reminded(either)
    answer = click(either, link)
    assert answer.status_code == 303
    [session] = sessions(either)
    assert answer.headers["Location"] == f"{CHECKOUT}{session['id']}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert session["amount_total"] == 10_000
    assert session["metadata"] == {
        "ar_invoice_id": invoice,
        "ar_invoice_number": "AA-1001",
        "ar_org_id": either.keeper.tenant,
    }
    either.town.stripe.pay_session(str(session["id"]))
    either.live(hours=2)
    assert either.payments(invoice) == [10_000]
    assert either.balance(invoice) == 0
    letters = len(either.mail)
    either.live(days=15)
    assert len(either.mail) == letters
    paid = click(either, link)
    assert (paid.status_code, "This invoice is paid" in paid.text) == (200, True)
    assert "AA-1001" in paid.text
    assert len(sessions(either)) == 1


def test_opening_a_link_asks_nobody_and_pressing_its_button_leads_on(scene: Scene) -> None:
    """Programs that look into mail open every link; only a person presses a button."""
    invoice = scene.invoice("AA-1001", overdue=5)
    link = reminded(scene)
    scene.sky.stay("lost", "xero")
    scene.sky.stay("lost", "stripe")
    pages = [look(scene, link) for _ in range(10)]
    assert {one.status_code for one in pages} == {200}
    assert all(said in pages[0].text for said in ("AA-1001", "100.00", "Go to payment"))
    assert "form-action 'self' https:;" in pages[0].headers["Content-Security-Policy"]
    assert sessions(scene) == []
    scene.sky.clear()
    assert click(scene, link).status_code == 303
    scene.keeper.pay(invoice, 10_000, scene.today)
    scene.live(hours=13)
    paid = look(scene, link)
    assert "This invoice is paid" in paid.text
    assert "Go to payment" not in paid.text


def test_a_link_to_what_is_not_known_here_says_no_more_than_whose_it_is(scene: Scene) -> None:
    link = at_hand(scene, "nobody-knows")
    assert "Go to payment" in look(scene, link).text
    links = scene.tools.pay_links
    assert links is not None
    gone = links.make("gone", "nobody-knows", scene.now)
    assert "Not just now" in look(scene, gone).text
    assert click(scene, gone).status_code == 503


def test_the_page_asks_for_what_is_left_at_that_moment(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    scene.keeper.pay(invoice, 4_000, scene.today)
    click(scene, link)
    assert [one["amount_total"] for one in sessions(scene)] == [6_000]


def test_two_clicks_make_one_page_and_another_hour_makes_another(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    first, second = click(scene, link), click(scene, link)
    assert first.headers["Location"] == second.headers["Location"]
    scene.live(hours=1)
    third = click(scene, link)
    assert third.headers["Location"] != first.headers["Location"]
    # Stripe takes no session that ends within half an hour.
    for one in sessions(scene):
        lives = int(str(one["expires_at"])) - int(str(one["created"]))
        assert timedelta(minutes=30) <= timedelta(seconds=lives) <= timedelta(minutes=91)


@pytest.mark.parametrize("later", [False, True])
def test_money_on_its_way_is_not_asked_for_again(scene: Scene, later: bool) -> None:  # noqa: FBT001
    """Paid a moment ago and not booked: in suggest mode that waits for a person."""
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    click(scene, link)
    scene.town.stripe.pay_session(str(sessions(scene)[0]["id"]), later=later)
    scene.live(minutes=2)
    answer = click(scene, link)
    assert (answer.status_code, "Your payment has arrived" in answer.text) == (200, True)
    assert len(sessions(scene)) == 1


def test_a_payment_that_fails_later_is_booked_nowhere(scene: Scene) -> None:
    """Only what was paid counts; a session that was completed is not enough."""
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    click(scene, link)
    stripe = scene.town.stripe
    stripe.pay_session(str(sessions(scene)[0]["id"]), later=True)
    intent = stripe.payment_intents(scene.account)[-1]
    scene.live(minutes=1)
    assert scene.payments(invoice) == []
    stripe.books.keep(scene.account, {**intent, "status": "canceled"})
    scene.live(minutes=1)
    assert scene.payments(invoice) == []


def test_without_a_stripe_account_there_is_no_link_of_ours(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    assert reminded(scene, stripe=False) == f"https://in.xero.com/!ash/{invoice}"


def test_a_key_without_the_permission_leads_to_the_ledgers_own_page(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    scene.town.stripe.withhold(scene.account, "checkout_session_write")
    answer = click(scene, link)
    assert answer.headers["Location"] == f"https://in.xero.com/!ash/{invoice}"


def test_with_neither_page_the_payer_is_told_to_pay_another_way(tmp_path: Path) -> None:
    with raised(tmp_path, QUICKBOOKS) as scene:
        invoice = scene.invoice("EL-1001", overdue=5)
        link = at_hand(scene, invoice)
        scene.town.stripe.withhold(scene.account, "checkout_session_write")
        answer = click(scene, link)
        assert (answer.status_code, "Please pay another way" in answer.text) == (200, True)
        assert "EL-1001" in answer.text


def test_a_voided_invoice_is_nothing_to_pay(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    scene.keeper.void(invoice)
    answer = click(scene, link)
    assert (answer.status_code, "Nothing to pay" in answer.text) == (200, True)
    assert sessions(scene) == []


@pytest.mark.parametrize("word", ["429", "500", "lost"])
def test_a_ledger_that_does_not_answer_asks_for_patience(scene: Scene, word: str) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    scene.sky.stay(word, "xero")
    answer = click(scene, link)
    assert (answer.status_code, "Not just now" in answer.text) == (503, True)
    assert sessions(scene) == []


def test_a_ledger_that_let_nobody_in_asks_for_patience(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    with scene.tools.sessions.begin() as s:
        connections.set_state(s, scene.books.id, connections.NEEDS_RECONNECT, "ended")
    assert click(scene, link).status_code == 503


def test_a_link_that_was_changed_or_is_too_old_opens_nothing(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    for wrong in (link[:-1], link + "x", link.replace(".", "x", 1), link.rpartition("/")[0] + "/a"):
        for answer in (look(scene, wrong), click(scene, wrong)):
            assert (answer.status_code, "no longer works" in answer.text) == (410, True)
    scene.town.clock.wait(LIFE.total_seconds())
    assert click(scene, link).status_code == 410
    assert sessions(scene) == []


def test_a_link_opened_over_and_over_has_to_wait_a_minute(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    codes = [click(scene, link).status_code for _ in range(8)]
    assert codes == [303] * 6 + [429] * 2
    assert click(scene, link).headers["Retry-After"] == "60"
    scene.live(minutes=2)
    assert click(scene, link).status_code == 303


def test_looking_without_opening_costs_nothing(scene: Scene) -> None:
    invoice = scene.invoice("AA-1001", overdue=5)
    link = at_hand(scene, invoice)
    before = len(scene.town.xero.requests())
    answer = scene.town.browser().head(link, allow_redirects=False)
    assert (answer.status_code, len(scene.town.xero.requests())) == (200, before)
    assert sessions(scene) == []


def test_who_has_paid_is_thanked(scene: Scene) -> None:
    answer = look(scene, f"{scene.town.addresses.product}/pay/thanks")
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)


def test_where_stripe_keeps_the_books_the_link_leads_to_its_own_page(tmp_path: Path) -> None:
    with raised(tmp_path, STRIPE) as scene:
        invoice = scene.invoice("OK-1001", overdue=0)
        link = reminded(scene, stripe=False)
        assert urlsplit(link).path.startswith("/pay/")
        answer = click(scene, link)
        assert answer.headers["Location"] == f"https://invoice.stripe.com/i/{invoice}"
        assert isinstance(scene.keeper, StripeBookkeeper)
        scene.town.stripe.attach_payment(invoice, scene.card_of("Acme", 10_000))
        assert "This invoice is paid" in click(scene, link).text


def test_an_unknown_organisation_or_invoice_leads_nowhere(scene: Scene) -> None:
    gone = at_hand(scene, "00000000-0000-4000-8000-00000000dead")
    assert "Nothing to pay" in click(scene, gone).text
    assert paying.lead(scene.tools, "", "nobody", "x") == paying.Way(word=paying.LATER)


def test_a_link_of_another_house_is_dead(scene: Scene) -> None:
    mine, other = (PayLinks(secret, "https://x.example/") for secret in ("a", "b"))
    token = mine.make("org", "inv", scene.now).rpartition("/")[2]
    assert mine.read(token, scene.now) == ("org", "inv")
    with pytest.raises(DeadLinkError):
        other.read(token, scene.now)
    with pytest.raises(DeadLinkError):
        mine.read(token, scene.now + LIFE + timedelta(seconds=1))
    assert mine.thanks == "https://x.example/pay/thanks"
