"""How the columns of one bank's CSV files are to be read: made once by a person, then used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """Which column is what, and how days and amounts are written. Columns go by their names.

    `day_format` is written with D, M and Y, as DD.MM.YYYY. Amounts stand in `amount` with a sign,
    or in `money_in` and `money_out`, or in `amount` with a word in `direction` that is one of
    `out_words` for money that went. `header_line` is the line the names stand in, counted from 1;
    0 means that there is none, and the columns are called by their number: "1", "2".
    `account` and `currency` are for files that do not say; columns for them come first.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    header_line: int = 1
    decimal_mark: str = "."
    thousands_mark: str = ""
    day_format: str = "YYYY-MM-DD"
    day: str = ""
    value_day: str = ""
    amount: str = ""
    money_in: str = ""
    money_out: str = ""
    direction: str = ""
    out_words: tuple[str, ...] = ("D", "DBIT", "DEBIT", "DR", "S", "SOLL")
    balance: str = ""
    text: tuple[str, ...] = ()
    reference: str = ""
    end_to_end_id: str = ""
    structured_reference: str = ""
    bank_id: str = ""
    payer_name: str = ""
    payer_account: str = ""
    account_column: str = ""
    currency_column: str = ""
    account: str = ""
    currency: str = ""
