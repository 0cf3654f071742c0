"""Id tokens as a vendor signs them: RS256, under a key that its JWKS names."""

from __future__ import annotations

from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
_BITS = 2048


@cache
def _key(vendor: str, number: int) -> rsa.RSAPrivateKey:
    """Make a key once per process: it takes longer than most tests."""
    del vendor, number
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


class Signer:
    """One vendor's signing keys. The newest signs; those before it stay in the JWKS."""

    def __init__(self, vendor: str) -> None:
        """Begin with the first key; none is made before it is needed."""
        self.vendor = vendor
        self.newest = 1
        # How many of the keys, from the newest back, the JWKS tells of.
        self.told = 2

    def turn(self) -> None:
        """Sign with a new key from now on."""
        self.newest += 1

    def sign(self, claims: dict[str, Any]) -> str:
        """Write a signed token."""
        name = self._name(self.newest)
        return jwt.encode(claims, self._private(), algorithm=ALGORITHM, headers={"kid": name})

    def keys(self) -> dict[str, Any]:
        """Give the JWKS document."""
        first = max(self.newest - self.told + 1, 1)
        return {"keys": [self._public(number) for number in range(first, self.newest + 1)]}

    def _private(self) -> rsa.RSAPrivateKey:
        return _key(self.vendor, self.newest)

    def _public(self, number: int) -> dict[str, Any]:
        shown = RSAAlgorithm.to_jwk(_key(self.vendor, number).public_key(), as_dict=True)
        named = {"kid": self._name(number), "use": "sig", "alg": ALGORITHM}
        return {name: value for name, value in shown.items() if name != "key_ops"} | named

    def _name(self, number: int) -> str:
        return f"{self.vendor}-{number}"
