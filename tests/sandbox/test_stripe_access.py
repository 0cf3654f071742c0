"""The Stripe stand-in's door: consent, keys, lists, metadata, idempotency, limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe

from tests.sandbox.stripe_world import START, code_of, new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as opened:
        yield opened


@pytest.fixture
def world(door):
    return new_world(door)


def test_consent_gives_a_token_that_opens_one_account_for_an_hour(world):
    pair = world.install()
    assert pair["stripe_user_id"] == world.shop
    client = world.client(pair["access_token"])
    assert client.v1.accounts.retrieve_current().id == world.shop
    world.clock.forward(hours=1)
    with pytest.raises(stripe.AuthenticationError) as caught:
        client.v1.accounts.retrieve_current()
    assert code_of(caught.value) == "api_key_expired"


def test_a_refresh_token_works_once_and_rotates(world):
    first = world.install()
    second = world.exchange(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    again = world.exchange(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again["error"] == "invalid_grant"
    assert world.exchange(grant_type="refresh_token")["error"] == "invalid_request"
    assert world.exchange(grant_type="password")["error"] == "unsupported_grant_type"
    wrong = world.stand_in.app.test_client().post("/v1/oauth/token", auth=("sk_test_other", ""))
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_client")


def test_a_code_dies_with_its_first_use_and_after_five_minutes(world):
    code = world.stand_in.access.code(world.shop)
    world.clock.forward(minutes=5)
    assert world.exchange(grant_type="authorization_code", code=code)["error"] == "invalid_grant"


def test_cancelling_and_a_foreign_app_are_told_apart(world):
    browser = world.stand_in.app.test_client()
    query = "client_id=ca_1&state=s&redirect_uri=https://dunnock.test/cb?a=1"
    back = browser.post(f"/oauth/v2/chnlink_1/authorize?{query}", data={"cancel": "1"})
    assert "a=1&error=access_denied" in back.headers["Location"]
    wrong = query.replace("ca_1", "ca_2")
    assert browser.get(f"/oauth/v2/authorize?{wrong}").status_code == 400


def test_lists_page_in_both_directions_newest_first(world):
    ids = []
    for _ in range(7):
        ids.append(world.stand_in.take_payment(world.shop, 100, "gbp"))
        world.clock.forward(seconds=1)
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    listed = client.v1.payment_intents.list({"limit": 3})
    assert [one.id for one in listed.data] == ids[:3:-1]
    assert listed.has_more
    assert [one.id for one in listed.auto_paging_iter()] == ids[::-1]
    newer = client.v1.payment_intents.list({"limit": 2, "ending_before": ids[2]})
    assert [one.id for one in newer.data] == [ids[4], ids[3]]
    assert [one.id for one in newer.auto_paging_iter()] == ids[3:]
    since = int((START + timedelta(seconds=5)).timestamp())
    found = client.v1.payment_intents.list({"created": {"gte": since}})
    assert [one.id for one in found.data] == [ids[6], ids[5]]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("payment_intents?colour=red", "parameter_unknown"),
        ("payment_intents?limit=0", "parameter_invalid"),
        ("payment_intents?limit=x", "parameter_invalid_integer"),
        ("payment_intents?starting_after=pi_9", "resource_missing"),
        ("payment_intents?starting_after=a&ending_before=b", "parameter_invalid"),
        ("payment_intents/pi_9", "resource_missing"),
        ("payment_intents?created[gte]=soon", "parameter_invalid"),
        ("payment_intents?a[b][c][d][e][f][g]=1", "parameter_invalid"),
        ("events?types=charge.updated", "parameter_invalid_array"),
        ("invoice_payments?payment[payment_intent]=pi_1", "parameter_invalid"),
        ("nothing", "url_invalid"),
    ],
)
def test_bad_requests_are_refused_in_stripes_words(world, path, code):
    key = world.stand_in.add_restricted_key(world.shop)
    head = {"Authorization": f"Bearer {key}"}
    answer = world.stand_in.app.test_client().get(f"/v1/{path}", headers=head)
    assert answer.status_code in {400, 404}
    assert answer.get_json()["error"]["code"] == code
    assert answer.headers["Request-Id"].startswith("req_")


def test_keys_open_their_own_account_only(world):
    other = world.stand_in.add_account("Other", "usd")
    secret = world.stand_in.take_payment(other, 100, "usd")
    mine = world.stand_in.add_restricted_key(world.shop)
    with pytest.raises(stripe.InvalidRequestError) as unseen:
        world.client(mine).v1.payment_intents.retrieve(secret)
    assert unseen.value.http_status == 404
    with pytest.raises(stripe.PermissionError):
        world.client(mine, other).v1.payment_intents.list()
    with pytest.raises(stripe.PermissionError) as foreign:
        world.client("sk_test_app", world.shop).v1.payment_intents.list()
    assert code_of(foreign.value) == "account_invalid"
    with pytest.raises(stripe.AuthenticationError):
        world.client("rk_test_nobody").v1.payment_intents.list()
    world.install()
    assert world.client("sk_test_app", world.shop).v1.payment_intents.list().data == []
    assert world.client("sk_test_app").v1.accounts.retrieve_current().id == "acct_platform"
    basic = world.stand_in.app.test_client().get("/v1/account", auth=(mine, ""))
    assert basic.get_json()["id"] == world.shop
    assert world.stand_in.app.test_client().get("/v1/account").status_code == 401


def test_metadata_is_merged_bounded_and_removed_by_emptiness(world):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp", metadata={"a": "1", "b": "2"})
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    client.v1.payment_intents.update(intent, {"metadata": {"b": "", "ar_note": "x" * 500}})
    assert world.stand_in.metadata(intent) == {"a": "1", "ar_note": "x" * 500}
    for bad in ({"k" * 41: "1"}, {"k": "v" * 501}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.update(intent, {"metadata": bad})
    many = {f"k{at}": "v" for at in range(49)}
    with pytest.raises(stripe.InvalidRequestError, match="50 metadata keys"):
        client.v1.payment_intents.update(intent, {"metadata": many})
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: amount"):
        client.v1.payment_intents.update(intent, {"amount": 1})


def test_an_idempotency_key_replays_for_a_day(world):
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    options: stripe.RequestOptions = {"idempotency_key": "k-1"}
    first = client.v1.customers.create({"name": "Ada"}, options)
    second = client.v1.customers.create({"name": "Ada"}, options)
    assert second.id == first.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "Bob"}, options)
    world.clock.forward(hours=25)
    assert client.v1.customers.create({"name": "Bob"}, options).id != first.id
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "k" * 256})


def test_a_refused_write_leaves_its_key_free_and_a_500_keeps_it(world):
    key = world.stand_in.add_restricted_key(world.shop)
    browser = world.stand_in.app.test_client()
    head = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k"}

    def post(form, fault=""):
        return browser.post(
            "/v1/customers", data=form, headers=head, environ_overrides={"sandbox.fault": fault}
        )

    assert post({"colour": "red"}).status_code == 400
    assert post({"name": "Ada"}, "503").status_code == 503
    assert post({"name": "Ada"}, "429").headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    locked = post({"name": "Ada"}, "lock_timeout")
    assert locked.get_json()["error"]["code"] == "lock_timeout"
    assert "Stripe-Rate-Limited-Reason" not in locked.headers
    assert post({"name": "Ada"}, "500").status_code == 500
    assert post({"name": "Ada"}).status_code == 500
    assert world.stand_in.books.all(world.shop, "customer") == []


def test_each_account_has_its_own_rate_on_the_stand_ins_clock(world):
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    for _ in range(25):
        client.v1.accounts.retrieve_current()
    with pytest.raises(stripe.RateLimitError) as caught:
        client.v1.accounts.retrieve_current()
    assert (caught.value.headers or {})["Stripe-Rate-Limited-Reason"] == "global-rate"
    world.clock.forward(seconds=1)
    client.v1.accounts.retrieve_current()


def test_a_withheld_permission_is_a_403_of_its_own(world):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    token = world.install()["access_token"]
    world.stand_in.withhold(world.shop, "payment_intent_write")
    client = world.client(token)
    client.v1.payment_intents.retrieve(intent)
    with pytest.raises(stripe.PermissionError) as caught:
        client.v1.payment_intents.update(intent, {"metadata": {"a": "1"}})
    assert code_of(caught.value) == "more_permissions_required_for_application"


def test_every_request_is_logged_with_account_key_and_answer(world):
    key = world.stand_in.add_restricted_key(world.shop)
    client = world.client(key)
    client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k-1"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.retrieve("cus_none")
    write, read = world.stand_in.requests()
    assert (write.method, write.path, write.tenant, write.token, write.key, write.status) == (
        "POST",
        "/v1/customers",
        world.shop,
        key,
        "k-1",
        200,
    )
    assert write.body == b"name=Ada"
    assert (read.method, read.status) == ("GET", 404)
    assert world.stand_in.requests(after=write.seq) == [read]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"metadata": "red"}, "parameter_invalid_hash"),
        ({"metadata[a[b]": "1"}, "parameter_invalid"),
        ({"metadata": "x", "metadata[a]": "1"}, "parameter_invalid"),
        ({"colour": "red"}, "parameter_unknown"),
    ],
)
def test_a_bad_form_is_refused(world, form, code):
    key = world.stand_in.add_restricted_key(world.shop)
    head = {"Authorization": f"Bearer {key}"}
    answer = world.stand_in.app.test_client().post("/v1/customers", data=form, headers=head)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize("header", ["Basic ???", "Basic /w==", "Digest x"])
def test_a_header_that_is_no_key_is_no_key(world, header):
    answer = world.stand_in.app.test_client().get("/v1/account", headers={"Authorization": header})
    assert answer.status_code == 401


def test_writes_to_what_is_not_there_are_refused(world):
    client = world.client(world.stand_in.add_restricted_key(world.shop))
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        client.v1.payment_intents.update("pi_none", {"metadata": {"a": "1"}})
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        client.v1.refunds.create({"payment_intent": "pi_none"})
    customer = client.v1.customers.create({"name": "Ada", "metadata": {"a": "1"}})
    cleared = client.v1.customers.update(customer.id, {"metadata": ""})
    assert cleared.to_dict()["metadata"] == {}
    assert client.v1.customers.list({"email": "nobody@example.com"}).data == []


def test_a_key_of_another_environment_is_known_and_of_no_use(world):
    world.stand_in.access.other_keys.add("sk_test_sandbox")
    code = world.stand_in.access.code(world.shop)
    form = {"grant_type": "authorization_code", "code": code}
    browser = world.stand_in.app.test_client()
    wrong = browser.post("/v1/oauth/token", data=form, auth=("sk_test_sandbox", ""))
    assert (wrong.status_code, wrong.get_json()["error"]) == (400, "invalid_grant")
    assert "does not belong to you" in wrong.get_json()["error_description"]
    # The code is still good for the key it belongs to.
    assert world.exchange(**form)["stripe_user_id"] == world.shop


def test_before_it_is_published_an_app_is_reached_by_its_channel_alone(world):
    world.stand_in.access.channel = "chnlink_1"
    browser = world.stand_in.app.test_client()
    query = "client_id=ca_1&state=s&redirect_uri=https://dunnock.test/cb"
    paths = {"/oauth/v2/authorize": 400, "/oauth/v2/chnlink_2/authorize": 400}
    for path, status in (paths | {"/oauth/v2/chnlink_1/authorize": 200}).items():
        assert browser.get(f"{path}?{query}").status_code == status


def test_an_install_link_leads_to_no_other_app_and_shows_the_accounts(world):
    browser = world.stand_in.app.test_client()
    query = "?state=s&redirect_uri=https://dunnock.test/cb"
    assert browser.get(f"/apps/install/link/ca_2{query}").status_code == 400
    page = browser.get(f"/apps/install/link/ca_1{query}")
    assert world.shop in page.text
