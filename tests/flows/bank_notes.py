"""Small bank statements, written as banks write MT940."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from flows.bank import files
from flows.bank.files import File
from flows.bank.taken import Taken
from tests.flows.scene import Scene

ACCOUNT = "GB33BUKB20201555555555"
OPENING = 100_000


def decimal(minor: int) -> str:
    return f"{abs(minor) // 100},{abs(minor) % 100:02d}"


def sign(minor: int) -> str:
    return "C" if minor >= 0 else "D"


def line(day: date, minor: int, text: str, bank_id: str = "NONREF") -> str:
    """Write one booked line."""
    kind = sign(minor)
    return f":61:{day:%y%m%d}{day:%m%d}{kind}{decimal(minor)}NTRFNONREF//{bank_id}\n:86:{text}"


def statement(
    days: tuple[date, date],
    lines: Sequence[tuple[date, int, str]],
    *,
    number: str = "1/1",
    account: str = ACCOUNT,
    opening: int = OPENING,
    currency: str = "GBP",
) -> bytes:
    """Write a statement whose closing balance is what its lines make."""
    closing = [*accumulate((minor for _, minor, _ in lines), initial=opening)][-1]
    first, last = days
    rows = [
        ":20:STATEMENT",
        f":25:{account}",
        f":28C:{number}",
        f":60F:{sign(opening)}{first:%y%m%d}{currency}{decimal(opening)}",
        *(line(*one) for one in lines),
        f":62F:{sign(closing)}{last:%y%m%d}{currency}{decimal(closing)}",
        "-",
    ]
    return "\n".join(rows).encode()


def hand_in(scene: Scene, body: bytes, name: str = "march.sta", key: int | None = None) -> Taken:
    """Hand a file in, as a person does."""
    return files.take(scene.tools, scene.organisation_id, File(name, body, key), who="ann")
