"""An id token proves who somebody is only when every part of it is right."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from oauth.id_token import BadIdTokenError, check, check_nonce
from sandbox.openid import Signer
from tests.conftest import NOW

AT = int(NOW.timestamp())
CLAIMS = {"iss": "https://id.example", "sub": "s-1", "aud": "app", "iat": AT, "exp": AT + 300}
SIGNER = Signer("test")


def read(token, keys=None, now=NOW):
    keys = SIGNER.keys() if keys is None else keys
    return check(token, keys, issuer="https://id.example", audience="app", now=now)


@pytest.mark.parametrize("aud", ["app", ["app"]])
def test_a_right_one_gives_its_claims(aud):
    assert read(SIGNER.sign(CLAIMS | {"aud": aud}))["sub"] == "s-1"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-app"},
        {"aud": ["another-app"]},
        {"aud": ["app", "another-app"]},
        {"aud": None},
        {"exp": AT - 121},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": AT + 121},
        {"iat": None},
        {"nbf": AT + 121},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_wrong_claim_is_refused(change):
    changed = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    with pytest.raises(BadIdTokenError):
        read(SIGNER.sign(changed))


def test_its_hours_are_those_of_our_own_clock():
    token = SIGNER.sign(CLAIMS)
    assert read(token, now=NOW + timedelta(seconds=419))
    with pytest.raises(BadIdTokenError, match="too old"):
        read(token, now=NOW + timedelta(seconds=420))
    with pytest.raises(BadIdTokenError, match="not valid yet"):
        read(token, now=NOW - timedelta(seconds=121))


def unsigned(algorithm, signature=b""):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    head = json.dumps({"alg": algorithm, "typ": "JWT", "kid": "test-1"}).encode()
    return ".".join(map(part, (head, json.dumps(CLAIMS).encode(), signature)))


def public_pem():
    key = SIGNER._private().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def with_public_key_as_secret():
    """Sign as HS256 with the vendor's public key: a checker that lets the token choose takes it."""
    signed = unsigned("HS256").rpartition(".")[0]
    mac = hmac.new(public_pem(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        unsigned("none"),
        unsigned("None"),
        unsigned("RS256"),
        unsigned("RS256", b"x" * 256),
        with_public_key_as_secret(),
        SIGNER.sign(CLAIMS) + "x",
        SIGNER.sign(CLAIMS)[:-8],
    ],
    ids=[
        "empty",
        "word",
        "noise",
        "none",
        "None",
        "bare",
        "noise-signed",
        "hs256",
        "longer",
        "shorter",
    ],
)
def test_what_the_vendor_did_not_sign_is_refused(token):
    with pytest.raises(BadIdTokenError):
        read(token)


def test_another_algorithm_of_the_same_key_is_refused():
    private = SIGNER._private()
    token = jwt.encode(CLAIMS, private, algorithm="RS512", headers={"kid": "test-1"})
    with pytest.raises(BadIdTokenError):
        read(token)


def test_a_strangers_key_is_refused_whatever_name_it_bears():
    stranger = Signer("stranger")
    theirs = [dict(one, kid="test-1") for one in stranger.keys()["keys"]]
    token = jwt.encode(
        CLAIMS, stranger._private(), algorithm="RS256", headers={"kid": theirs[0]["kid"]}
    )
    with pytest.raises(BadIdTokenError):
        read(token)


def test_a_short_key_is_refused():
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    shown = RSAAlgorithm.to_jwk(short.public_key(), as_dict=True) | {"kid": "short"}
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(CLAIMS, short, algorithm="RS256", headers={"kid": "short"})
    with pytest.raises(BadIdTokenError):
        read(token, {"keys": [shown]})


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": "x"}, {"keys": [7, None, {}]}])
def test_a_key_document_without_keys_opens_nothing(keys):
    with pytest.raises(BadIdTokenError):
        read(SIGNER.sign(CLAIMS), keys)


def test_a_token_that_names_no_key_needs_a_vendor_with_one_key():
    turned = Signer("turned")
    token = jwt.encode(CLAIMS, turned._private(), algorithm="RS256")
    assert read(token, turned.keys())["sub"] == "s-1"
    turned.turn()
    with pytest.raises(BadIdTokenError):
        read(token, turned.keys())


def test_an_error_tells_nothing_of_the_token():
    token = SIGNER.sign(CLAIMS | {"aud": "another"})
    with pytest.raises(BadIdTokenError) as error:
        read(token)
    assert "s-1" not in str(error.value)
    assert token not in str(error.value)


def test_the_nonce_has_to_be_ours():
    check_nonce({"nonce": "n"}, "n", must=True)
    check_nonce({}, "n", must=False)
    for claims, must in (
        ({}, True),
        ({"nonce": "m"}, True),
        ({"nonce": "m"}, False),
        ({"nonce": 7}, False),
    ):
        with pytest.raises(BadIdTokenError, match="another sign-in"):
            check_nonce(claims, "n", must=must)
