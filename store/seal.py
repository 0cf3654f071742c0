"""Sealing: what a reader of the database file must not see is AES-256-GCM text under our keys.

A sealed value is ``v1|key id|nonce|ciphertext``; table, row and column go in as associated data,
so that a ciphertext moved elsewhere does not open. Several keys may be known: the first seals,
all open, and `store.reseal` brings old rows under the first.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"v1"
SETTING = "DUNNOCK_MASTER_KEYS"


class SealError(Exception):
    """A sealed value does not open: unknown key, wrong place, or changed bytes."""


class KeyFileError(Exception):
    """The key file or setting is missing, unreadable or holds no keys; the text names the fix."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives; it opens nowhere else."""

    table: str
    row: str | int
    column: str

    @property
    def bound(self) -> bytes:
        """The associated data."""
        return f"{self.table}|{self.row}|{self.column}".encode()


@lru_cache(maxsize=64)
def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(
        master
    )


@lru_cache(maxsize=64)
def _cipher(master: bytes, purpose: str) -> AESGCM:
    return AESGCM(_derived(master, purpose))


@dataclass(frozen=True)
class Keys:
    """Master keys, the newest first. `nonces` gives so many random bytes."""

    masters: tuple[bytes, ...] = field(repr=False)
    nonces: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    def __post_init__(self) -> None:
        if not self.masters or any(len(one) != KEY_BYTES for one in self.masters):
            msg = f"a master key has {KEY_BYTES} bytes, and there must be at least one"
            raise KeyFileError(msg)

    @staticmethod
    def key_id(master: bytes) -> bytes:
        """Name a key without giving it away: eight hex digits."""
        return hashlib.sha256(b"dunnock key id" + master).hexdigest()[:8].encode()

    def seal(self, text: str, place: Place) -> bytes:
        """Seal text under the first key, for one place."""
        master = self.masters[0]
        nonce = self.nonces(NONCE_BYTES)
        hidden = _cipher(master, f"seal {place.table}").encrypt(nonce, text.encode(), place.bound)
        parts = (VERSION, self.key_id(master), nonce.hex().encode(), hidden)
        return b"|".join(parts)

    def open(self, sealed: bytes, place: Place) -> str:
        """Open what was sealed for this place; raises SealError."""
        master, nonce, hidden = self._read(sealed)
        try:
            plain = _cipher(master, f"seal {place.table}").decrypt(nonce, hidden, place.bound)
        except (InvalidTag, ValueError):
            msg = f"{place.table}.{place.column} of row {place.row} does not open with its key"
            raise SealError(msg) from None
        return plain.decode()

    @property
    def prefix(self) -> bytes:
        """What a value sealed under the first key begins with."""
        return VERSION + b"|" + self.key_id(self.masters[0]) + b"|"

    def mac(self, text: str, purpose: str) -> str:
        """Give the keyed digest by which a sealed value is found again."""
        return self.macs(text, purpose)[0]

    def macs(self, text: str, purpose: str) -> list[str]:
        """Give the digest under every key, the first key's first: rows may be under an old one."""
        return [
            hmac.new(_derived(master, f"mac {purpose}"), text.encode(), "sha256").hexdigest()
            for master in self.masters
        ]

    def _read(self, sealed: bytes) -> tuple[bytes, bytes, bytes]:
        parts = sealed.split(b"|", 3)
        known = {self.key_id(master): master for master in self.masters}
        try:
            version, key_id, nonce, hidden = parts
            read = bytes.fromhex(nonce.decode())
            # One text for one value: not the same nonce in capitals.
            if version == VERSION and read.hex().encode() == nonce:
                return known[key_id], read, hidden
        except KeyError:
            msg = f"sealed under key {parts[1].decode(errors='replace')}, which is not in the keys"
            raise SealError(msg) from None
        except ValueError:
            pass
        msg = "this is no sealed value"
        raise SealError(msg)


def load_keys(
    path: Path,
    settings: Mapping[str, str] | None = None,
    chance: Callable[[int], bytes] = os.urandom,
) -> tuple[Keys, bool]:
    """Give the keys of `settings` (DUNNOCK_MASTER_KEYS, comma between them), else of the file.

    The file holds one base64 key a line, the newest first; at first start it is made, readable by
    its owner alone, and True comes back as second value: the person must be told to back it up
    apart from the database. Raises KeyFileError.
    """
    given = (settings or {}).get(SETTING, "")
    if given:
        return Keys(_read_keys(given.split(","), SETTING)), False
    made = _make_file(path, chance)
    if path.stat().st_mode & 0o077:
        msg = f"{path} can be read by others; run: chmod 600 {path}"
        raise KeyFileError(msg)
    return Keys(_read_keys(path.read_text().splitlines(), str(path))), made


def new_key(chance: Callable[[int], bytes] = os.urandom) -> str:
    """Make a master key, as the file and the setting write it."""
    return base64.b64encode(chance(KEY_BYTES)).decode()


def _make_file(path: Path, chance: Callable[[int], bytes]) -> bool:
    """Make the key file unless it is there; two starting at once agree on one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole beside and linked into place: nobody ever reads half a file.
    draft = path.with_name(f"{path.name}.{chance(8).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_key(chance) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    else:
        return True
    finally:
        draft.unlink()


def _read_keys(lines: Sequence[str], where: str) -> tuple[bytes, ...]:
    texts = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    try:
        masters = tuple(base64.b64decode(text, validate=True) for text in texts)
    except binascii.Error:
        msg = f"{where} holds a line that is no base64 key"
        raise KeyFileError(msg) from None
    if not masters or any(len(one) != KEY_BYTES for one in masters):
        msg = f"{where} must hold base64 keys of {KEY_BYTES} bytes, the newest first"
        raise KeyFileError(msg)
    return masters
