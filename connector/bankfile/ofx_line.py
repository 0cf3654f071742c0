"""One transaction of an OFX statement as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.reading import UnreadError, quoted
from ledger.statements import BankLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.money import Money

_CHANNELS = {"CHECK": "check", "POS": "card"}


def line_of(values: Mapping[str, str], currency: str) -> BankLine:
    """Read a transaction from its values, those of its parts as `PAYEE/NAME`.

    Raises UnreadError naming the element that cannot be read, and for a transaction that changes
    an earlier one: a person must look at both.
    """
    if values.get("CORRECTFITID"):
        action = values.get("CORRECTACTION", "REPLACE").lower()
        earlier = quoted(values["CORRECTFITID"])
        msg = f"CORRECTFITID: the bank asks to {action} the earlier transaction {earlier}"
        raise UnreadError(msg)
    # With this the amount is in another currency than the account; ORIGCURRENCY only tells one.
    currency = values.get("CURRENCY/CURSYM") or currency
    name = values.get("NAME") or values.get("PAYEE/NAME", "")
    sent_in = values.get("ORIGCURRENCY/CURSYM", "")
    said = (name, values.get("EXTDNAME", ""), values.get("MEMO", ""))
    text = " ".join(dict.fromkeys(part for part in said if part))
    available = values.get("DTAVAIL", "")
    return BankLine(
        booked=amounts.day(values.get("DTPOSTED", ""), "DTPOSTED"),
        amount=sum_of(values.get("TRNAMT", ""), currency, "TRNAMT"),
        text=f"{text} (sent in {sent_in})".strip() if sent_in else text,
        value_day=amounts.day(available, "DTAVAIL") if available else None,
        bank_id=values.get("FITID", ""),
        reference=values.get("CHECKNUM") or values.get("REFNUM", ""),
        payer_name=name,
        payer_account=values.get("BANKACCTTO/ACCTID") or values.get("CCACCTTO/ACCTID", ""),
        channel=_CHANNELS.get(values.get("TRNTYPE", "").upper(), ""),
    )


def sum_of(digits: str, currency: str, name: str) -> Money:
    """Read an amount with a sign; raises UnreadError.

    The specification knows one mark, comma or point, before the decimals. Where both stand in it
    the last one is that mark.
    """
    plain = digits.replace(" ", "")
    sign, number = plain[:1], plain.lstrip("+-")
    if len(plain) - len(number) > 1:
        msg = f"{name} {quoted(digits)} has more than one sign"
        raise UnreadError(msg)
    if "," in number and "." in number:
        grouping = "," if number.rindex(".") > number.rindex(",") else "."
        number = number.replace(grouping, "")
    money = amounts.money(number, currency, name)
    return -money if sign == "-" else money
