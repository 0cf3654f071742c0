"""Configuration: config.toml, with DUNNOCK_* from the environment over it, in one frozen value."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "DUNNOCK_"
# Read elsewhere or meant for one run only; everything else behind the prefix is a setting.
_NOT_SETTINGS = frozenset({"DUNNOCK_CRASH", "DUNNOCK_MASTER_KEYS", "DUNNOCK_CONFIG"})

_LISTS = frozenset({"webhook_keys", "webhook_secrets", "install_secrets"})


class ConfigError(Exception):
    """The configuration has a fault; the message names the key and the fix."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(_Section):
    """Where the pages and the webhook door are served."""

    bind: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8710, ge=0, le=65535, description="Port to listen on.")
    public_url: str = Field(
        default="http://127.0.0.1:8710",
        description="Address people and vendors reach; https outside one's own machine.",
    )
    threads: int = Field(default=8, ge=1, le=64, description="Requests answered at once.")
    sign_up: bool = Field(
        default=False, description="Whether signing in with a vendor lets somebody new in."
    )


class Store(_Section):
    """Where everything is kept."""

    url: str = Field(default="sqlite:///.dunnock/dunnock.db", description="Database address.")
    key_file: str = Field(
        default=".dunnock/keys",
        description="Keys that seal tokens; back it up apart from the database.",
    )


class Mail(_Section):
    """The mail server reminders leave through, and who they come from."""

    host: str = Field(default="127.0.0.1", description="SMTP server.")
    port: int = Field(default=25, ge=1, le=65535, description="SMTP port.")
    security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="none, starttls or tls."
    )
    username: str = Field(default="", description="SMTP user; empty signs in nowhere.")
    password: SecretStr = Field(default=SecretStr(""), description="SMTP password.")
    sender: str = Field(default="", description="Address reminders come from; empty sends nothing.")
    reply_to: str = Field(default="", description="Address replies go to; empty is the sender.")


class Bank(_Section):
    """Bank files that come by themselves."""

    watch_folder: str = Field(
        default="",
        description="Folder with one subfolder for each organisation; empty watches none.",
    )


class Xero(_Section):
    """The app registered at Xero."""

    client_id: str = Field(default="", description="Client id; empty switches Xero off.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Client secret.")
    webhook_keys: tuple[SecretStr, ...] = Field(default=(), description="Webhook signing keys.")
    addresses: dict[str, str] = Field(
        default={}, description="Other addresses than Xero's, for tests."
    )


class QuickBooks(_Section):
    """The app registered at Intuit."""

    client_id: str = Field(default="", description="Client id; empty switches QuickBooks off.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Client secret.")
    sandbox: bool = Field(
        default=False, description="Whether the keys are development keys, for sandbox companies."
    )
    webhook_keys: tuple[SecretStr, ...] = Field(default=(), description="Webhook verifier tokens.")
    addresses: dict[str, str] = Field(
        default={}, description="Other addresses than Intuit's, for tests."
    )


class Stripe(_Section):
    """The app registered at Stripe; a pasted restricted key needs none of it but the secrets."""

    client_id: str = Field(default="", description="App client id; empty leaves only pasted keys.")
    developer_key: SecretStr = Field(default=SecretStr(""), description="Developer key of the app.")
    webhook_secrets: tuple[SecretStr, ...] = Field(
        default=(), description="Webhook signing secrets."
    )
    livemode: bool = Field(default=True, description="Whether this serves live data.")
    sandbox: bool = Field(
        default=False, description="Whether the app and its key are those of a managed sandbox."
    )
    channel: str = Field(
        default="",
        pattern=r"^(chnlink_\w+)?$",
        description="Part chnlink_… of an External test link, before the app is published.",
    )
    install_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Install link of an app of the platform key type; empty asks by OAuth.",
    )
    install_secrets: tuple[SecretStr, ...] = Field(
        default=(), description="Signing secrets of that app, absec_…."
    )
    addresses: dict[str, str] = Field(
        default={}, description="Other addresses than Stripe's, for tests."
    )


class Config(_Section):
    """Everything a person can set."""

    server: Server = Server()
    store: Store = Store()
    mail: Mail = Mail()
    bank: Bank = Bank()
    xero: Xero = Xero()
    quickbooks: QuickBooks = QuickBooks()
    stripe: Stripe = Stripe()


def load(path: Path | None, environment: Mapping[str, str] | None = None) -> Config:
    """Read the configuration; with no file every default holds.

    `DUNNOCK_MAIL__PASSWORD` sets `mail.password`, `DUNNOCK_MAIL__PASSWORD_FILE` reads it from a
    file. Raises ConfigError naming the key at fault and, for an unknown key, the nearest known.
    """
    settings: dict[str, Any] = {}
    if path is not None:
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            msg = f"{path}: cannot be read ({error.strerror}); give another file with --config"
            raise ConfigError(msg) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            msg = f"{path}: {error}"
            raise ConfigError(msg) from error
    _overlay(settings, os.environ if environment is None else environment)
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        raise ConfigError("; ".join(_faults(error))) from None


def _overlay(settings: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        text = value
        if key.endswith("_file") and key not in Store.model_fields:
            key = key.removesuffix("_file")
            text = _secret(name, value)
        if f"{section}.{key}" not in keys():
            near = _nearest(f"{section}.{key}", keys()).replace(".", "__").upper()
            msg = f"{name}: sets no key; did you mean {PREFIX}{near}?"
            raise ConfigError(msg)
        home = settings.setdefault(section, {})
        if not isinstance(home, dict):
            msg = f"{section}: must be a table, [{section}]"
            raise ConfigError(msg)
        home[key] = [part.strip() for part in text.split(",")] if key in _LISTS else text


def _secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{name}: {path} cannot be read ({getattr(error, 'strerror', None) or error})"
        raise ConfigError(msg) from error


def _nearest(where: str, known: Iterable[str]) -> str:
    return difflib.get_close_matches(where, known, n=1, cutoff=0.0)[0]


def _faults(error: ValidationError) -> list[str]:
    faults = []
    for fault in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
            near = _nearest(where, Config.model_fields)
            faults.append(f"{where}: no such section; did you mean [{near}]?")
        elif fault["type"] == "extra_forbidden":
            faults.append(f"{where}: no such key; did you mean {_nearest(where, keys())}?")
        elif fault["type"] == "model_type":
            faults.append(f"{where}: must be a table, [{where}]")
        else:
            faults.append(f"{where}: {fault['msg']}")
    return faults


def keys() -> list[str]:
    """List every key as `section.key`, in the order of the example file."""
    found = []
    for section, field in Config.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += [f"{section}.{key}" for key in kind.model_fields]
    return found
