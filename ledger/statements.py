"""What a bank says of an account: balances and the lines between them, whatever the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ledger.money import Money
    from ledger.remittances import RemittanceLine


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked line. `amount` is negative for money that went out or came back.

    `bank_id` is the bank's own reference of the line, where it gives one; `text` is everything the
    line says, for a reader. `channel` is how the money travelled (fps, bacs, sepa, wire, ach_ccd,
    ach_ctx, check, lockbox, card), "" where the file does not tell. `original` is what the payer
    sent, where that was in another currency; `charges` is what banks kept of it on the way.
    """

    booked: date
    amount: Money
    text: str
    value_day: date | None = None
    bank_id: str = ""
    reference: str = ""
    end_to_end_id: str = ""
    structured_reference: str = ""
    payer_name: str = ""
    payer_account: str = ""
    channel: str = ""
    original: Money | None = None
    charges: Money | None = None
    remittance: tuple[RemittanceLine, ...] = ()
    # The bank takes an earlier line back: a returned payment.
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A bank statement or a report within the day. Balances are None where the bank gives none.

    `account` is the account's number as the bank writes it (IBAN or otherwise). With both balances
    given, `opening` and the lines make `closing`, or the statement is not whole.
    """

    account: str
    currency: str
    lines: tuple[BankLine, ...]
    number: str = ""
    opening: Money | None = None
    closing: Money | None = None
    opened: date | None = None
    closed: date | None = None
