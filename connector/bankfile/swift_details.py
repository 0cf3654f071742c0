"""Field 86 of MT940: who paid and what for, in the ways banks write it.

Three shapes: numbered subfields (`166?00…?20…?32…`, German banks' common rules), named parts
between slashes (`/NAME/…/REMI/…`, Dutch and others), and plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.reading import UnreadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger.money import Money

# A line of field 86, and a subfield within it, hold this many characters. What fills them goes on
# in the next one without a space; what is shorter ended with one that the bank cut off.
_LINE = 65
_SUBFIELD = 27
_SUBFIELDS = "00|10|2[0-9]|3[0-48]|6[0-3]|7[0-9]"
_NUMBERED = re.compile(rf"(?P<code>[0-9]{{3}}|)(?P<mark>[?>~^@#])(?={_SUBFIELDS})")
_PURPOSE = (*range(20, 30), *range(60, 64))
# The short ones may end an ordinary word.
_KEY = re.compile(
    r"(?P<key>EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PURP|MTLG|"
    r"(?<![A-Z])IBAN|(?<![A-Z])BIC)[+:] ?"
)
_SLASHED = re.compile(
    r"/(?P<key>TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|PREF|RTRN|ISDT|ORDP|BENM|ULTD|ULTC|ULTB|"
    r"CNTP|PURP|SVCL|ADDR|TRCD|OCMT|CHGS|EXCH|CREF|KREF|SVWZ)/"
)
_REMI = re.compile(r"(?P<kind>USTD|STRD)/(?P<issuer>[A-Z]{0,4})/(?P<rest>.*)")
_MONEY = re.compile(r"(?P<currency>[A-Z]{3}) ?(?P<digits>[0-9]+[,.]?[0-9]*)")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# Business transaction codes of the German banks: 1xx is SEPA, 2xx foreign. These are returns of
# direct debits and of transfers.
_RETURNS = {"108", "109", "159"}


@dataclass(frozen=True, slots=True)
class Details:
    """What field 86 says."""

    text: str
    name: str = ""
    account: str = ""
    end_to_end_id: str = ""
    own_reference: str = ""
    structured_reference: str = ""
    channel: str = ""
    original: Money | None = None
    charges: Money | None = None
    is_return: bool = False


def is_iban(text: str) -> bool:
    """Tell whether a text is an IBAN with right check digits (ISO 13616, mod 97-10)."""
    if not IBAN.fullmatch(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def joined(value: str) -> str:
    """Give wrapped lines as one text: a full line goes on in the next, a shorter one ends."""
    return _wrapped(value.splitlines(), _LINE)


def _wrapped(parts: Iterable[str], width: int) -> str:
    return amounts.tidy("".join(one if len(one) >= width else f"{one} " for one in parts))


def details_of(value: str, *, is_credit: bool) -> Details:
    """Read field 86, in whichever shape it is."""
    run = "".join(line.strip("\r\n") for line in value.splitlines())
    numbered = _NUMBERED.match(run)
    if numbered:
        return _numbered(run[numbered.end("code") :], numbered["code"], numbered["mark"], is_credit)
    whole = joined(value)
    return _slashed(whole, is_credit=is_credit) if _SLASHED.search(whole) else Details(whole)


def _numbered(run: str, code: str, mark: str, is_credit: bool) -> Details:  # noqa: FBT001 - private
    cut = re.split(rf"{re.escape(mark)}({_SUBFIELDS})", run)
    fields: dict[int, str] = {}
    for number, text in zip(cut[1::2], cut[2::2], strict=True):
        fields[int(number)] = fields.get(int(number), "") + text
    purpose = _wrapped((fields[at] for at in _PURPOSE if at in fields), _SUBFIELD)
    keys = _keyed(purpose)
    is_return = code in _RETURNS
    reason = amounts.tidy(fields.get(34, "")) if is_return else ""
    said = (fields.get(0, ""), keys.get("", ""), keys.get("SVWZ", ""), keys.get("MTLG", ""))
    name = _wrapped((fields[at] for at in (32, 33) if at in fields), _SUBFIELD)
    return Details(
        text=_sentence(*said, f"returned: {reason}" if reason else ""),
        name=keys.get("ABWA" if is_credit else "ABWE") or name,
        account=_compact(fields.get(38) or fields.get(31) or keys.get("IBAN", "")),
        end_to_end_id=amounts.told(keys.get("EREF", "")),
        own_reference=amounts.told(keys.get("KREF", "")),
        channel={"1": "sepa", "2": "wire"}.get(code[:1], ""),
        original=_money(keys.get("OAMT", "")),
        charges=_money(keys.get("COAM", "")),
        is_return=is_return,
    )


def _keyed(purpose: str) -> dict[str, str]:
    """Give what stands behind each key, and under "" what stands before the first."""
    found = list(_KEY.finditer(purpose))
    keys = {"": purpose[: found[0].start()] if found else purpose}
    for one, end in _spans(found, len(purpose)):
        keys.setdefault(one["key"], purpose[one.end() : end].strip())
    return keys


def _spans(found: list[re.Match[str]], length: int) -> Iterator[tuple[re.Match[str], int]]:
    """Give each key and where what it says ends: at the next key, or with the text."""
    ends = [one.start() for one in found[1:]]
    yield from zip(found, [*ends, length][: len(found)], strict=True)


def _slashed(whole: str, *, is_credit: bool) -> Details:
    found = list(_SLASHED.finditer(whole))
    keys: dict[str, str] = {}
    for one, end in _spans(found, len(whole)):
        keys.setdefault(one["key"], whole[one.end() : end].strip(" /"))
    # The other side in one part: account, BIC, name and town.
    side = (keys.get("CNTP", "").split("/") + [""] * 3)[:3]
    remi = _REMI.match(keys.get("REMI", ""))
    structured = remi["rest"].strip(" /") if remi and remi["kind"] == "STRD" else ""
    text = remi["rest"].strip(" /") if remi else keys.get("REMI", "")
    reason = keys.get("RTRN", "")
    return Details(
        text=_sentence(
            whole[: found[0].start()],
            text or keys.get("SVWZ", ""),
            f"returned: {reason}" if reason else "",
        ),
        name=keys.get("ULTD" if is_credit else "ULTC") or keys.get("NAME") or side[2],
        account=_compact(keys.get("IBAN") or side[0]),
        end_to_end_id=amounts.told(keys.get("EREF", "")),
        own_reference=amounts.told(keys.get("KREF", "")),
        structured_reference=structured,
        channel="sepa" if "SEPA" in keys.get("TRTP", "").upper() else "",
        original=_money(keys.get("OCMT", "")),
        charges=_money(keys.get("CHGS", "")),
        is_return=bool(reason),
    )


def _compact(account: str) -> str:
    return re.sub(r"\s", "", account)


def _sentence(*parts: str) -> str:
    return " ".join(part for part in (amounts.tidy(one) for one in parts) if part)


def _money(words: str) -> Money | None:
    found = _MONEY.match(words)
    if not found:
        return None
    try:
        money = amounts.money(found["digits"], found["currency"], "amount")
    except UnreadError:
        return None
    return money or None
