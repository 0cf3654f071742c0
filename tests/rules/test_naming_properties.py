"""Whatever numbers we issue: every spelling finds them, and nothing longer does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from rules.matching.naming import guesses, read
from rules.matching.spellings import Spelling, damaged, is_day, key, keys
from rules.matching.values import Item
from tests.rules.test_naming import item, look_up

prefixes = st.sampled_from(["", "INV-", "RE ", "F/", "SI", "2024-", "INV-2024-", "AC-INV/", "R."])
serials = st.integers(1_000, 99_999_999)
widths = st.integers(4, 8)
marks = st.sampled_from(["", " ", "-", "/", ".", "_", " - "])
before = st.sampled_from(["", "thanks ", "payment of ", "Zahlung ", "№ ", "ACME GROUP, "])
behind = st.sampled_from(["", " thanks", ", Acme", " // Grüße", "."])


def number(prefix: str, serial: int, width: int) -> str:
    return f"{prefix}{serial:0{width}d}"


def found(text: str, *items: Item) -> dict[str, Spelling]:
    reading = read(text, look_up(items), frozenset())
    named = [one for mention in reading.mentions for one in mention.named]
    return {one.item.number: one.spelling for one in named}


@given(prefixes, serials, widths, before, behind)
def test_a_number_as_it_was_issued_is_found(
    prefix: str, serial: int, width: int, head: str, tail: str
) -> None:
    ours = number(prefix, serial, width)
    assert ours in found(f"{head}{ours}{tail}", item(ours))


@given(prefixes, serials, widths, marks, st.sampled_from((str.lower, str.upper)))
def test_other_separators_and_small_letters_are_the_same_number(
    prefix: str, serial: int, width: int, mark: str, write: Callable[[str], str]
) -> None:
    ours = number(prefix, serial, width)
    written = "".join(one if one.isalnum() else mark for one in ours)
    # A mark that is not there joins digits; what they make then is the whole number.
    assert ours in found(write(written), item(ours))


@given(prefixes, serials, widths, before, behind)
def test_digits_alone_with_or_without_zeros_are_enough_unless_they_are_a_day(
    prefix: str, serial: int, width: int, head: str, tail: str
) -> None:
    ours = number(prefix, serial, width)
    for digits in (str(serial), f"{serial:0{width}d}"):
        spelling = found(f"{head}{digits}{tail}", item(ours)).get(ours)
        assert spelling is not None
        # A word for payment or invoice before it says that it is none.
        certain = head in ("Zahlung ", "№ ") or not is_day(digits)
        assert certain or spelling in (Spelling.DOUBTFUL, Spelling.FULL)


@given(prefixes, serials, widths, st.text("0123456789", min_size=1, max_size=4))
def test_a_longer_number_is_never_taken_for_a_part_of_it(
    prefix: str, serial: int, width: int, more: str
) -> None:
    ours = number(prefix, serial, width)
    digits = f"{serial:0{width}d}"
    for longer in (more + digits, digits + more):
        if key(longer) not in keys(ours):
            assert found(longer, item(ours)) == {}
            assert found(f"{prefix}{longer}", item(ours)) == {}


@given(prefixes, serials, widths, st.data())
def test_a_slip_of_the_hand_is_guessed(prefix: str, serial: int, width: int, data) -> None:
    ours = number(prefix, serial, width)
    digits = f"{serial:0{width}d}"
    slip = data.draw(st.sampled_from(damaged(digits) or ("",)))
    # A key has lost its zeros; without those that the slip left it is one slip more.
    assume(len(slip) >= max(5, len(digits) - 1) and not is_day(slip) and slip not in keys(ours))
    reading = read(slip, look_up([item(ours)]), frozenset())
    assert [one.item.number for one in guesses(reading.strangers[0], look_up([item(ours)]))] == [
        ours
    ]


@given(st.text(max_size=300))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    read(text, look_up([item("INV-2024-0815"), item("4711"), item("1")]))
    keys(text)


@given(serials, st.integers(1, 9))
def test_shorthand_means_the_same_head_with_another_tail(serial: int, step: int) -> None:
    following = serial + step
    assume(len(str(following)) == len(str(serial)) and serial // 100 == following // 100)
    ours, next_one = f"INV-{serial}", f"INV-{following}"
    text = f"INV-{serial}/{following % 100:02d}"
    assert found(text, item(ours), item(next_one)).get(next_one) is Spelling.SHORTHAND


def test_a_year_counts_as_left_out_only_if_it_is_the_document_s() -> None:
    old = item("INV-2019-04711")
    assert old.issued == date(2024, 5, 1)
    assert found("4711", old) == {}
    assert found("INV-2019-04711", old) == {"INV-2019-04711": Spelling.FULL}
