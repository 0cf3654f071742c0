"""Structured references: their check digits, and which of our documents bear one."""

from __future__ import annotations

import pytest
from stdnum import iso11649

from rules.matching.schemes import Scheme, bearing, forms, modulus_11, repaired, schemes
from tests.rules.test_naming import item, look_up

# Examples that the makers of the schemes publish.
RF = "RF18 5390 0754 7034"
QR = "21 00000 00003 13947 14300 09017"
OGM = "+++090/9337/55493+++"
VIITE = "1234561"
KID_10 = "2345676"
KID_11 = "12345678903"
LOOK = look_up(
    [item(f"INV-{at}", reference=one) for at, one in enumerate((RF, QR, OGM, VIITE, KID_11, "77"))]
)


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (RF, Scheme.RF),
        (QR, Scheme.QR),
        (OGM, Scheme.OGM),
        (VIITE, Scheme.VIITE),
        (KID_10, Scheme.MODULUS_10),
        (KID_11, Scheme.MODULUS_11),
    ],
)
def test_published_examples_pass_and_a_wrong_digit_does_not(text: str, scheme: Scheme) -> None:
    assert scheme in schemes(text)
    at = max(place for place, sign in enumerate(text) if sign.isdecimal())
    wrong = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    assert scheme not in schemes(wrong)


@pytest.mark.parametrize(
    "text", ["", "RF", "RF18", "RF19539007547034", "ABC", "RF1ä2345", "1" * 99]
)
def test_what_is_no_reference_passes_nothing(text: str) -> None:
    assert schemes(text) == frozenset()
    assert not forms(text)[2:]


def test_a_remainder_of_ten_has_a_sign_of_its_own() -> None:
    assert modulus_11("6") == "-"


def test_rf_wraps_a_national_reference() -> None:
    wrapped = forms("539007547034")[1]
    assert wrapped == "RF18539007547034"
    assert iso11649.is_valid(wrapped)
    assert forms(RF) == ("RF18539007547034", "539007547034")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("RF18539007547034", "INV-0"),
        ("539007547034", "INV-0"),
        (QR.replace(" ", ""), "INV-1"),
        ("090933755493", "INV-2"),
        ("90933755493", "INV-2"),
        ("RF341234561", "INV-3"),
        ("0001234561", "INV-3"),
    ],
)
def test_a_reference_is_found_in_every_form(text: str, number: str) -> None:
    assert [one.number for one in bearing(text, LOOK)] == [number]


def test_a_reference_of_nobody_is_nobody_s_however_valid() -> None:
    assert bearing(KID_10, LOOK) == ()
    assert bearing("", LOOK) == ()
    # The digits are those of ours, the letters are not.
    assert bearing("AB18539007547034", LOOK) == ()


def test_a_slip_is_repaired_to_a_reference_that_we_issued() -> None:
    assert [one.number for one in repaired("12345678930", LOOK)] == ["INV-4"]
    assert [one.number for one in repaired("12345678803", LOOK)] == ["INV-4"]
    assert [one.number for one in repaired("RF18539007547035", LOOK)] == ["INV-0"]
    assert repaired("12345", LOOK) == ()


def test_a_reference_that_passes_the_same_check_is_not_repaired() -> None:
    look = look_up([item("INV-9", reference="12345674")])
    assert [one.number for one in repaired("12345675", look)] == ["INV-9"]
    # One digit more leaves, by chance, another that is as valid.
    assert schemes("123145674") == schemes("12345674")
    assert repaired("123145674", look) == ()
