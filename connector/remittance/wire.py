"""Advices as JSON between the limited process and the one that asked for them."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from ledger.money import Money
from ledger.remittances import Remittance, RemittanceLine

if TYPE_CHECKING:
    from collections.abc import Sequence

_AMOUNTS = ("amount", "gross", "discount")


def pack(advices: Sequence[Remittance], refused: str = "") -> bytes:
    """Write advices as JSON, or why there are none."""
    said = [dataclasses.asdict(one) for one in advices]
    return json.dumps([said, refused], default=date.isoformat).encode()


def unpack(packed: bytes) -> tuple[tuple[Remittance, ...], str]:
    """Read them again; raises ValueError, TypeError or KeyError for what `pack` did not write."""
    said, refused = json.loads(packed)
    return tuple(_advice(one) for one in said), str(refused)


def _advice(raw: dict[str, Any]) -> Remittance:
    paid_on = raw["paid_on"]
    return Remittance(
        **{
            **raw,
            "received": date.fromisoformat(raw["received"]),
            "paid_on": None if paid_on is None else date.fromisoformat(paid_on),
            "total": _money(raw["total"]),
            "lines": tuple(_line(one) for one in raw["lines"]),
        }
    )


def _line(raw: dict[str, Any]) -> RemittanceLine:
    return RemittanceLine(**{**raw, **{name: _money(raw[name]) for name in _AMOUNTS}})


def _money(raw: dict[str, Any] | None) -> Money | None:
    return None if raw is None else Money(**raw)
