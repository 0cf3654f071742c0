"""How the columns of one bank's CSV files are to be read: made once by a person, then used."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

# Fields that name one column each.
COLUMNS = (
    *("day", "value_day", "amount", "money_in", "money_out", "direction", "balance"),
    *("reference", "end_to_end_id", "structured_reference", "bank_id"),
    *("payer_name", "payer_account", "account_column", "currency_column"),
)
DELIMITERS = (";", "\t", "|", ",")
DECIMAL_MARKS = (".", ",")
THOUSANDS_MARKS = (",", ".", " ", "'", "")


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """Which column is what, and how days and amounts are written. Columns go by their names.

    `day_format` is written with D, M and Y, as DD.MM.YYYY; MMM is an English month such as Mar.
    Amounts stand in `amount` with a sign, or in `money_in` and `money_out`, or in `amount` beside a
    column `direction` that holds one of `out_words` for money that went. `header_line` is the
    line the names stand in, counted from 1; 0 means that there is none, and the columns are called
    by their number: "1", "2". `account` and `currency` are for files that do not say; columns for
    them come first. "" for a mark or the day format means that the file's head leaves it open.
    """

    delimiter: str = ","
    encoding: str = ""
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
    out_words: tuple[str, ...] = ("D", "DBIT", "DEBIT", "DR", "S", "SOLL", "OUT", "AF")
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

    @classmethod
    def of(cls, raw: dict[str, Any]) -> CsvMapping:
        """Make a mapping again from what JSON keeps of one; unknown names are ignored."""
        known = {one.name for one in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in raw.items()
            if name in known
        }
        return cls(**values)

    def lacks(self) -> str:
        """Say what is still to be chosen before a file can be read, "" for nothing."""
        amounts = self.amount or (self.money_in or self.money_out)
        checks = (
            (self.day, "which column holds the day"),
            (amounts, "which column holds the amount, or which two hold money in and money out"),
            (self.day_format, "how days are written, as DD/MM/YYYY or MM/DD/YYYY"),
            (self.decimal_mark, "which mark stands before the decimals"),
            (self.currency or self.currency_column, "the currency"),
        )
        return next((words for chosen, words in checks if not chosen), "")

    def columns(self) -> tuple[str, ...]:
        """Give the names of all columns it uses."""
        single = (getattr(self, name) for name in COLUMNS)
        return tuple(dict.fromkeys(name for name in (*single, *self.text) if name))
