"""The bench's own check digits, against a library's."""

from __future__ import annotations

import pytest
from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs
from stdnum.ch import esr

from worlds.bench import check_digits
from worlds.bench.bank import iban
from worlds.bench.dice import Dice

COUNTERS = (1, 97, 4_711, 392_442, 39_244_291)


@pytest.mark.parametrize("counter", COUNTERS)
def test_printed_references_are_valid(counter: int) -> None:
    assert iso11649.is_valid(check_digits.printed("DE", "20007", counter))
    assert esr.is_valid(check_digits.printed("CH", "20007", counter))
    assert ogm_vcs.is_valid(check_digits.printed("BE", "20007", counter))
    assert luhn.is_valid(check_digits.printed("SE", "20007", counter))
    # An even customer number has modulo 10, an odd one modulo 11.
    assert luhn.is_valid(check_digits.printed("NO", "20008", counter))


def test_norwegian_modulo_11_and_finnish_weights() -> None:
    assert check_digits.mod11("1234567") == "4"
    assert check_digits.mod11("1") == "9"
    assert check_digits.viite("1234") == "4"
    assert check_digits.printed("FI", "20007", 1_234) == "1234200073"


def test_a_remainder_without_a_digit_falls_back_to_modulo_10() -> None:
    counter = next(n for n in range(99) if check_digits.mod11(f"20007{n:07d}") == "-")
    assert luhn.is_valid(check_digits.printed("NO", "20007", counter))


def test_account_numbers_have_valid_check_digits() -> None:
    made = iban(Dice(1), "DE")
    figures = "".join(str(int(c, 36)) for c in made[4:] + made[:4])
    assert int(figures) % 97 == 1
