"""One endpoint of the API that writes: its path, the parameters it takes, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from sandbox.stripe.errors import StripeRefusal, invalid, unknown_parameter

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

KEY_CHARS_MAX = 40
VALUE_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Ask:
    """One admitted request: whose books, the ids in its path, and its parameters unfolded.

    `request` is how an event names it, `version` the Stripe-Version it came with or "".
    """

    books: StripeBooks
    account: str
    ids: tuple[str, ...]
    params: Doc
    request: Doc
    version: str = ""

    @property
    def id(self) -> str:
        """The first id in the path."""
        return self.ids[0]

    def text(self, name: str) -> str | None:
        """Read a text; None when it is absent or was sent empty."""
        value = self.params.get(name)
        return value if isinstance(value, str) and value else None

    def required(self, name: str) -> str:
        """Read a text that must be there."""
        value = self.text(name)
        if value is None:
            raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
        return value

    def whole(self, name: str) -> int | None:
        """Read a whole number; None when it is absent."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d+", value):
            raise invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer")
        return int(value)

    def flag(self, name: str) -> bool:
        """Read true or false; false when it is absent."""
        value = self.text(name) or "false"
        if value not in {"true", "false"}:
            raise invalid(f"Invalid boolean: {value}", name)
        return value == "true"

    def within(self, name: str) -> Doc:
        """Read a group of parameters, such as `invoice_settings[...]`; {} when it is absent."""
        value = self.params.get(name)
        return value if isinstance(value, dict) else {}

    def several(self, name: str) -> list[Doc]:
        """Read a list of groups, such as `line_items[0][...]`."""
        value = self.params.get(name)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Route:
    """`path` such as `invoices/{}/pay`; `takes` are the names of its parameters."""

    verb: str
    path: str
    act: Callable[[Ask], Doc]
    takes: frozenset[str] = field(default=frozenset())

    def ids(self, verb: str, path: str) -> tuple[str, ...] | None:
        """Give the ids in a path this route answers; None when it does not."""
        if verb != self.verb:
            return None
        found = _pattern(self.path).fullmatch(path)
        return found.groups() if found else None

    def check(self, params: Doc) -> None:
        """Refuse parameters that the endpoint lacks, and metadata Stripe would not take."""
        for name in params:
            if name not in self.takes and name != "expand":
                raise unknown_parameter(name)
        _check_metadata(params.get("metadata", {}))


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("/v1/" + re.escape(path).replace(r"\{\}", "([^/]+)"))


def post(path: str, act: Callable[[Ask], Doc], takes: str = "") -> Route:
    """Write one line of an endpoint table; `takes` names its parameters with spaces between."""
    return Route("POST", path, act, frozenset(takes.split()))


def delete(path: str, act: Callable[[Ask], Doc], takes: str = "") -> Route:
    """Write one line for a DELETE."""
    return Route("DELETE", path, act, frozenset(takes.split()))


def _check_metadata(given: object) -> None:
    if given == "":
        return
    if not isinstance(given, dict):
        raise invalid("Invalid hash", "metadata", "parameter_invalid_hash")
    for name, value in given.items():
        if len(name) > KEY_CHARS_MAX or re.search(r"[\[\]]", name):
            message = f"Metadata keys must be under {KEY_CHARS_MAX} characters long: {name}"
            raise invalid(message, f"metadata[{name}]")
        if not isinstance(value, str) or len(value) > VALUE_CHARS_MAX:
            message = f"Metadata values can have up to {VALUE_CHARS_MAX} characters"
            raise invalid(message, f"metadata[{name}]")


def wrong_state(message: str, code: str = "") -> StripeRefusal:
    """Refuse what the object's present state does not allow."""
    return StripeRefusal(400, message, code=code)
