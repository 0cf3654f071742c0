"""Signing in at the stand-ins: real signatures, checked by a library that is not ours."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from sandbox.openid import Signer
from sandbox.quickbooks import QuickBooksStandIn
from sandbox.shelf import Shelf
from sandbox.xero import XeroStandIn
from tests.conftest import NOW

BACK = "https://dunnock.example/back"
PATHS = {
    "xero": (
        "/identity/connect/authorize",
        "/connect/token",
        "/.well-known/openid-configuration",
    ),
    "quickbooks": (
        "/connect/oauth2",
        "/oauth2/v1/tokens/bearer",
        "/.well-known/openid_configuration/",
    ),
}


class Visit:
    """One person at one stand-in."""

    def __init__(self, name):
        self.name, self.moment = name, NOW
        made = {"client_id": "app", "client_secret": "secret", "webhook_key": "k"}
        self.standin = {"xero": XeroStandIn, "quickbooks": QuickBooksStandIn}[name](
            Shelf(), lambda: self.moment, **made, public_url="http://localhost"
        )
        self.http = self.standin.app.test_client()
        if name == "xero":
            self.standin.identity.add_person("p-1", "ann@x.example", "Ann Wren")
            self.choice, self.signer = {"user": "p-1"}, self.standin.identity.signer
        else:
            people = self.standin.consent.people
            self.choice = {"person": people.add("ann@x.example", "Ann", "Wren")}
            self.signer = people.signer

    def decide(self, **form):
        asked = {
            "client_id": "app",
            "response_type": "code",
            "scope": "openid profile email",
            "redirect_uri": BACK,
            "state": "s",
            "nonce": "n-1",
        }
        said = {"xero": {"decision": "allow"}, "quickbooks": {"decision": "connect"}}[self.name]
        return self.http.post(PATHS[self.name][0], query_string=asked, data=said | form)

    def tokens(self):
        came_back = dict(parse_qsl(urlsplit(self.decide(**self.choice).location).query))
        basic = base64.b64encode(b"app:secret").decode()
        form = {"grant_type": "authorization_code", "code": came_back["code"], "redirect_uri": BACK}
        headers = {"Authorization": f"Basic {basic}"}
        return came_back, self.http.post(PATHS[self.name][1], data=form, headers=headers).get_json()

    def read(self, token):
        told = self.http.get(PATHS[self.name][2]).get_json()
        keys = self.http.get(urlsplit(told["jwks_uri"]).path).get_json()
        key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
        return told, jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience="app",
            issuer=told["issuer"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )


@pytest.fixture(params=sorted(PATHS))
def visit(request):
    return Visit(request.param)


def test_an_id_token_is_signed_by_the_key_the_discovery_document_leads_to(visit):
    came_back, tokens = visit.tokens()
    assert "realmId" not in came_back
    _, claims = visit.read(tokens["id_token"])
    assert claims["nonce"] == "n-1"
    assert claims["exp"] > claims["iat"] == int(NOW.timestamp())
    assert "ann@x.example" not in claims["sub"]


def test_a_new_key_signs_and_the_one_before_still_checks(visit):
    _, before = visit.tokens()
    visit.signer.turn()
    _, after = visit.tokens()
    headers = [jwt.get_unverified_header(one["id_token"])["kid"] for one in (before, after)]
    assert headers[0] != headers[1]
    for one in (before, after):
        assert visit.read(one["id_token"])[1]["sub"]


def test_nobody_is_signed_in_as_a_stranger(visit):
    assert visit.decide(user="nobody", person="nobody").status_code == 400


def test_the_page_names_who_may_sign_in(visit):
    asked = {
        "client_id": "app",
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": BACK,
        "state": "s",
    }
    page = visit.http.get(PATHS[visit.name][0], query_string=asked)
    assert "ann@x.example" in page.text


def test_userinfo_tells_of_the_address_until_the_token_ends():
    visit = Visit("quickbooks")
    _, tokens = visit.tokens()
    path, headers = "/v1/openid_connect/userinfo", {}
    assert visit.http.get(path).status_code == 401
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = visit.http.get(path, headers=headers).get_json()
    assert (told["sub"], told["emailVerified"]) == (visit.choice["person"], True)
    visit.moment += timedelta(hours=1)
    assert visit.http.get(path, headers=headers).status_code == 401


def test_a_scope_nobody_knows_is_refused():
    visit = Visit("quickbooks")
    asked = {
        "client_id": "app",
        "response_type": "code",
        "scope": "openid com.intuit.quickbooks.payroll",
        "redirect_uri": BACK,
        "state": "s",
    }
    assert visit.http.get(PATHS["quickbooks"][0], query_string=asked).status_code == 400


def test_a_signer_tells_of_its_last_keys_only():
    signer = Signer("someone")
    for _ in range(3):
        signer.turn()
    assert [one["kid"] for one in signer.keys()["keys"]] == ["someone-3", "someone-4"]
    assert all("d" not in one for one in signer.keys()["keys"])
