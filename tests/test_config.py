"""The configuration: file, environment over it, secrets from files, and what each fault says."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Config, ConfigError, keys, load


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_every_default_holds():
    assert load(None, {}) == Config()


def test_the_environment_stands_over_the_file(tmp_path):
    path = written(tmp_path, '[server]\nport = 9000\nbind = "127.0.0.2"\n')
    found = load(path, {"DUNNOCK_SERVER__PORT": "9001", "PATH": "/bin", "DUNNOCK_CONFIG": "x"})
    assert (found.server.port, found.server.bind) == (9001, "127.0.0.2")


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path):
    (tmp_path / "password").write_text("hush\n", "utf-8")
    found = load(None, {"DUNNOCK_MAIL__PASSWORD_FILE": str(tmp_path / "password")})
    assert found.mail.password.get_secret_value() == "hush"
    assert "hush" not in repr(found)


def test_a_key_that_ends_in_file_is_itself():
    assert load(None, {"DUNNOCK_STORE__KEY_FILE": "/k"}).store.key_file == "/k"


def test_lists_are_written_with_commas_in_the_environment():
    found = load(None, {"DUNNOCK_XERO__WEBHOOK_KEYS": "new, old"})
    assert [one.get_secret_value() for one in found.xero.webhook_keys] == ["new", "old"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1", "server.prot: no such key; did you mean server.port?"),
        ("[sever]\nport = 1", "sever: no such section; did you mean [server]?"),
        ("xero = 3", "xero: must be a table, [xero]"),
        ("[server]\nport = 'x'", "server.port: Input should be a valid integer"),
        ("[server]\nport = 70000", "server.port: Input should be less than or equal to 65535"),
        ("[mail]\nsecurity = 'ssl'", "mail.security: Input should be 'none', 'starttls' or 'tls'"),
        ("[server\n", "config.toml: Expected ']'"),
        ("[server]\nport = 'x'\nthreads = 0", "server.threads: Input should be greater than"),
    ],
)
def test_a_fault_names_its_key_and_the_fix(tmp_path, text, said):
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), {})
    assert said in str(caught.value)


def test_no_secret_is_repeated_in_a_fault(tmp_path):
    path = written(tmp_path, "[xero]\nclient_secret = 12345678\nwebhook_keys = 'hush'")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert "client_secret" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in ("12345678", "hush"))


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml: "):
        load(path, {})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DUNNOCK_MAIL__SENDR", "DUNNOCK_MAIL__SENDER"),
        ("DUNNOCK_XERO_CLIENT_ID", "DUNNOCK_XERO__CLIENT_ID"),
        ("DUNNOCK_MAIL", "DUNNOCK_MAIL__"),
    ],
)
def test_a_variable_that_sets_nothing_is_named_with_the_nearest(name, nearest):
    with pytest.raises(ConfigError, match=f"^{name}: sets no key; did you mean {nearest}"):
        load(None, {name: "x"})


def test_a_variable_cannot_go_below_what_is_no_table(tmp_path):
    with pytest.raises(ConfigError, match=r"mail: must be a table, \[mail\]"):
        load(written(tmp_path, "mail = 1"), {"DUNNOCK_MAIL__HOST": "x"})


@pytest.mark.parametrize("content", [b"\xff", None])
def test_a_secrets_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^DUNNOCK_MAIL__PASSWORD_FILE: .*secret cannot be read"):
        load(None, {"DUNNOCK_MAIL__PASSWORD_FILE": str(path)})


def test_every_key_is_listed():
    assert {"server.port", "store.key_file", "stripe.webhook_secrets"} <= set(keys())
