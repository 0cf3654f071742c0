"""Sealed values open where they belong and nowhere else; keys can be changed."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from connector.protocol import Notice
from ledger.documents import Kind
from store import connections, inbox, tokens
from store.connections import Consented
from store.reseal import reseal
from store.seal import KeyFileError, Keys, Place, SealError, load_keys, new_key
from store.session import open_sessions
from store.tables import connection, token_set
from store.tables import inbox as inbox_table

OLD, NEW = bytes(32), bytes([7]) * 32
PLACE = Place("token_set", 1, "access")


@given(st.text())
def test_what_is_sealed_opens_in_its_place(text):
    keys = Keys((NEW,))
    sealed = keys.seal(text, PLACE)
    assert keys.open(sealed, PLACE) == text
    assert sealed.startswith(keys.prefix)


def test_the_same_text_is_sealed_differently_each_time():
    keys = Keys((NEW,))
    assert keys.seal("secret", PLACE) != keys.seal("secret", PLACE)


def test_nonces_come_from_where_they_are_said_to():
    keys = Keys((NEW,), nonces=lambda count: b"n" * count)
    assert keys.seal("secret", PLACE).split(b"|")[2] == (b"n" * 12).hex().encode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("token_set", 2, "access"),
        Place("token_set", 1, "refresh"),
        Place("connection", 1, "access"),
    ],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(elsewhere):
    keys = Keys((NEW,))
    with pytest.raises(SealError, match="does not open"):
        keys.open(keys.seal("secret", PLACE), elsewhere)


@given(st.data())
def test_a_changed_byte_does_not_open(data):
    keys = Keys((NEW,))
    sealed = bytearray(keys.seal("secret", PLACE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError):
        keys.open(bytes(sealed), PLACE)


@pytest.mark.parametrize("text", [b"", b"v1|", b"v2|12345678|00|x", b"plain text"])
def test_what_was_never_sealed_is_said_to_be_so(text):
    with pytest.raises(SealError):
        Keys((NEW,)).open(text, PLACE)


def test_an_old_key_opens_and_the_new_one_seals():
    sealed = Keys((OLD,)).seal("secret", PLACE)
    both = Keys((NEW, OLD))
    assert both.open(sealed, PLACE) == "secret"
    assert both.seal("x", PLACE).startswith(Keys((NEW,)).prefix)
    with pytest.raises(SealError, match="not in the keys"):
        Keys((NEW,)).open(sealed, PLACE)


def test_keys_do_not_show_themselves():
    assert repr(Keys((NEW,))) == "Keys()"


@pytest.mark.parametrize("masters", [(), (b"short",)])
def test_keys_of_another_length_are_refused(masters):
    with pytest.raises(KeyFileError, match="32 bytes"):
        Keys(masters)


def test_digests_differ_by_purpose_and_key():
    keys = Keys((NEW, OLD))
    assert keys.macs("t", "tenant xero") != keys.macs("t", "tenant stripe")
    assert keys.mac("t", "p") == Keys((NEW,)).mac("t", "p")
    assert keys.macs("t", "p")[1] == Keys((OLD,)).mac("t", "p")


def test_the_first_start_makes_a_key_file_for_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "master.key"
    keys, made = load_keys(path)
    assert made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again, made = load_keys(path)
    assert not made
    assert again.masters == keys.masters
    assert list(path.parent.iterdir()) == [path]


def test_two_processes_starting_at_once_agree_on_one_key(tmp_path):
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_keys(path), range(8)))
    assert len({keys.masters for keys, _ in loaded}) == 1
    assert sum(made for _, made in loaded) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "master.key"
    load_keys(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_keys(path)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "not base64!\n", "c2hvcnQ=\n"])
def test_a_key_file_without_keys_is_refused(tmp_path, text):
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=r"master\.key"):
        load_keys(path)


def test_keys_can_stand_in_the_environment(tmp_path):
    path = tmp_path / "master.key"
    given_keys = f"{new_key()}, {base64.b64encode(OLD).decode()}"
    keys, made = load_keys(path, {"DUNNOCK_MASTER_KEYS": given_keys})
    assert not made
    assert keys.masters[1] == OLD
    assert not path.exists()


def _fill(sessions, ours, now):
    with sessions.begin() as s:
        kept = tokens.Tokens("access", "refresh", now)
        tokens_id = tokens.create(s, ours, "xero", kept, now)
        consented = Consented("xero", "books", "tenant-1", "Books", token_set_id=tokens_id)
        connections.connect(s, ours, consented, now)
        notices = [
            Notice(f"e-{number}", "tenant-1", Kind.INVOICE, "i-1", "UPDATE", raw="{}")
            for number in range(450)
        ]
        inbox.keep(s, "xero", notices, now)
    return tokens_id


def test_everything_is_sealed_anew_and_the_old_key_can_go(engine, ours, now):
    tokens_id = _fill(open_sessions(engine, Keys((OLD,))), ours, now)
    both = open_sessions(engine, Keys((NEW, OLD)))
    with both.begin() as s:
        found = connections.by_tenant(s, "xero", "tenant-1")
        assert found is not None
    assert reseal(both) == 1 + 1 + 450
    assert reseal(both) == 0
    alone = open_sessions(engine, Keys((NEW,)))
    with alone.begin() as s:
        assert tokens.get(s, ours, tokens_id).refresh == "refresh"
        found = connections.by_tenant(s, "xero", "tenant-1")
        assert found is not None
        assert found.tenant_id == "tenant-1"
        assert inbox.get(s, 450).tenant_id == "tenant-1"


def test_a_value_copied_to_another_row_does_not_open(sessions, ours, now):
    with sessions.begin() as s:
        first = tokens.create(s, ours, "xero", tokens.Tokens("one"), now)
        second = tokens.create(s, ours, "xero", tokens.Tokens("two"), now)
        stolen = s.scalar(select(token_set.c.access).where(token_set.c.id == first))
        s.execute(update(token_set).where(token_set.c.id == second).values(access=stolen))
        with pytest.raises(SealError):
            tokens.get(s, ours, second)


def test_no_secret_stands_readable_in_the_file(engine, sessions, ours, now):
    _fill(sessions, ours, now)
    with engine.connect() as plain:
        for table in (token_set, connection, inbox_table):
            for row in plain.execute(select(table).limit(3)):
                for secret in ("access", "refresh", "tenant-1"):
                    assert secret.encode() not in repr(tuple(row)).encode()
