"""What a CAMT entry says of its payment: who, what for, how, and what was kept on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.bankfile import amounts
from connector.bankfile.reading import UnreadError
from connector.bankfile.xml import words
from ledger.money import Money
from ledger.remittances import RemittanceLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

# Families and sub-families of ISO 20022's external code set of bank transactions, domain PMNT.
_FAMILIES = {"CCRD": "card", "MCRD": "card", "LBOX": "lockbox", "RCHQ": "check", "ICHQ": "check"}
_SUBFAMILIES = {"ESCT": "sepa", "ESDD": "sepa", "BBDD": "sepa", "XBCT": "wire", "SDVA": "wire"}
_IN_TIME = "RRCT"
# Types of a referred document that take money off what is paid.
_CREDITS = {"CREN"}


class Details:
    """Details of one transaction, or of all of an entry that stays one line."""

    def __init__(self, entry: Element, each: list[Element], own_account: str) -> None:
        self._entry = entry
        self._each = each
        self._own = own_account
        self.is_reversal = words(entry, "RvslInd").lower() in {"true", "1"} or any(
            one.find("RtrInf") is not None for one in each
        )
        self._only = each[0] if len(each) == 1 else None
        self._side = self._payer_side()

    def word(self, *paths: str) -> str:
        """Give what the one transaction says at the first of the paths."""
        return words(self._only, *paths)

    def end_to_end_id(self) -> str:
        """Give the payer's own id, unless it is one of the words for none."""
        return amounts.told(self.word("Refs/EndToEndId"))

    def text(self) -> str:
        """Give all that the entry says, for a reader."""
        parts: list[str] = []
        for one in self._each:
            parts += (words(node, ".") for node in one.iterfind("RmtInf/Ustrd"))
            parts += (words(node, "AddtlRmtInf") for node in one.iterfind("RmtInf/Strd"))
            parts += self._references(one)
            parts += (words(one, "AddtlTxInf"), self._returned(one))
        other = self.word(*_party("UltmtDbtr"), *_party("Dbtr"))
        parts.append(f"paid by {self._direct()}" if self._direct() != other else "")
        parts.append(words(self._entry, "AddtlNtryInf"))
        return " ".join(dict.fromkeys(part for part in parts if part))

    def _direct(self) -> str:
        return self.word(*_party("Dbtr")) or self.word(*_party("UltmtDbtr"))

    def _returned(self, one: Element) -> str:
        reason = words(one, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd")
        more = words(one, "RtrInf/AddtlInf")
        return f"returned: {reason} {more}".strip() if reason or more else ""

    def _references(self, one: Element) -> Iterator[str]:
        for node in one.iterfind("RmtInf/Strd"):
            found = words(node, "CdtrRefInf/Ref", "CdtrRefInf/CdtrRef")
            if found:
                yield found

    def structured_reference(self) -> str:
        """Give the creditor's reference; several of them are lines of `remittance` instead."""
        found = [] if self._only is None else [*dict.fromkeys(self._references(self._only))]
        return found[0] if len(found) == 1 else ""

    def remittance(self) -> tuple[RemittanceLine, ...]:
        """Give the documents that the payer names one by one."""
        if self._only is None:
            return ()
        found = [line for node in self._only.iterfind("RmtInf/Strd") for line in _documents(node)]
        several = [*dict.fromkeys(self._references(self._only))]
        if not found and len(several) > 1:
            found = [RemittanceLine(one) for one in several]
        return tuple(found)

    def _payer_side(self) -> str:
        # The other side of the account; where the account does not tell, that of the direction.
        # A payment that comes back names the same sides as when it went.
        if self._own and self._own == self.word(*_account("Dbtr")):
            return "Cdtr"
        if self._own and self._own == self.word(*_account("Cdtr")):
            return "Dbtr"
        came = (words(self._entry, "CdtDbtInd") == "CRDT") != self.is_reversal
        return "Dbtr" if came else "Cdtr"

    def payer_name(self) -> str:
        """Give who paid, or was paid: whose debt it is rather than who sent the money for it."""
        return self.word(*_party(f"Ultmt{self._side}"), *_party(self._side))

    def payer_account(self) -> str:
        """Give the account at the other side."""
        return self.word(*_account(self._side))

    def channel(self) -> str:
        """Give how the money travelled, as far as the codes tell."""
        for node in (*self._each[:1], self._entry):
            family = words(node, "BkTxCd/Domn/Fmly/Cd")
            sub = words(node, "BkTxCd/Domn/Fmly/SubFmlyCd")
            amount = self._entry.find("Amt")
            pounds = amount is not None and amount.get("Ccy") == "GBP"
            if family == _IN_TIME and pounds:
                return "fps"
            found = _FAMILIES.get(family) or _SUBFAMILIES.get(sub)
            if found:
                return found
        return ""

    def original(self, amount: Money) -> Money | None:
        """Give what the payer sent, where that was in another currency."""
        if self._only is None:
            return None
        for path in ("AmtDtls/InstdAmt/Amt", "Amt", "AmtDtls/TxAmt/Amt"):
            sent = _money(self._only.find(path))
            if sent is not None and sent.currency != amount.currency and sent:
                return -sent if amount.minor < 0 else sent
        return None

    def charges(self) -> Money | None:
        """Give what banks kept, where that is in one currency."""
        nodes = (*(self._only.iterfind("Chrgs") if self._only is not None else ()),) or (
            *self._entry.iterfind("Chrgs"),
        )
        found = [money for node in nodes for money in _kept(node)]
        if len({money.currency for money in found}) != 1:
            return None
        kept = sum(money.minor for money in found)
        return Money(kept, found[0].currency) if kept else None


def _party(role: str) -> tuple[str, str]:
    return f"RltdPties/{role}/Pty/Nm", f"RltdPties/{role}/Nm"


def _account(role: str) -> tuple[str, ...]:
    path = f"RltdPties/{role}Acct/Id"
    return (f"{path}/IBAN", f"{path}/Othr/Id", f"{path}/PrtryAcct/Id", f"{path}/BBAN")


def _money(node: Element | None) -> Money | None:
    if node is None:
        return None
    try:
        return amounts.money(node.text or "", node.get("Ccy", ""), "Amt")
    except UnreadError:
        return None


def _kept(node: Element) -> Iterator[Money]:
    whole = _money(node.find("TtlChrgsAndTaxAmt"))
    if whole is not None:
        yield whole
        return
    for one in (*node.iterfind("Rcrd"), node):
        money = _money(one.find("Amt"))
        if money is not None and words(one, "CdtDbtInd") != "CRDT":
            yield money


def _documents(node: Element) -> Iterator[RemittanceLine]:
    documents = node.findall("RfrdDocInf")
    # One set of amounts for several documents does not say what is paid on which.
    stated = node.find("RfrdDocAmt") if len(documents) == 1 else None
    for one in documents:
        number = words(one, "Nb", "RfrdDocNb")
        if number:
            yield _document(number, words(one, "Tp/CdOrPrtry/Cd"), stated)


def _document(number: str, kind: str, stated: Element | None) -> RemittanceLine:
    def amount(*paths: str) -> Money | None:
        for path in paths:
            found = None if stated is None else _money(stated.find(path))
            if found is not None:
                return found
        return None

    paid, credit = amount("RmtdAmt"), amount("CdtNoteAmt")
    if kind in _CREDITS or (paid is None and credit is not None):
        credit = credit or paid
        return RemittanceLine(number, -credit if credit is not None else None)
    return RemittanceLine(
        number,
        paid,
        amount("DuePyblAmt"),
        amount("DscntApldAmt", "DscntApldAmt/Amt"),
    )
