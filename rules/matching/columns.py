"""A million documents in little memory: texts end to end, numbers in arrays, rows found by hash."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

# A posting is one whole number of 64 bits: a hash above, the row below.
ROW_BITS = 24
ROWS_MAX = 1 << ROW_BITS
_HASH = (1 << (64 - ROW_BITS)) - 1
_ROW = ROWS_MAX - 1


class Texts:
    """Strings kept end to end; the one at a row is made when it is asked for."""

    __slots__ = ("_ends", "_whole")

    def __init__(self) -> None:
        self._whole = bytearray()
        self._ends = array("Q", (0,))

    def extend(self, texts: Iterable[str]) -> None:
        """Add strings behind the others."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        ends = accumulate(map(len, encoded), initial=len(self._whole))
        next(ends)
        self._ends.extend(ends)
        self._whole += b"".join(encoded)

    def __getitem__(self, row: int) -> str:
        start, end = self._ends[row], self._ends[row + 1]
        return self._whole[start:end].decode("utf-8", "surrogatepass") if start < end else ""

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[str]:
        if not self._whole.isascii():
            return (self[row] for row in range(len(self)))
        whole = self._whole.decode("ascii")
        return (whole[start:end] for start, end in pairwise(self._ends))


class Postings:
    """The rows of each key, eight bytes each.

    Two keys may share a hash, so that whoever asks holds what is found against the key.
    """

    __slots__ = ("_packed",)

    def __init__(self, keyed: Iterable[tuple[int, Hashable]]) -> None:
        packed = [(hash(key) & _HASH) << ROW_BITS | row for row, key in keyed]
        packed.sort()
        self._packed = array("Q", packed)

    def rows(self, key: Hashable) -> Sequence[int]:
        """Give the rows of a key, and rarely one of another, in the order they were added."""
        packed = self._packed
        low = (hash(key) & _HASH) << ROW_BITS
        high = low + ROWS_MAX
        at = bisect_left(packed, low)
        if at == len(packed) or packed[at] >= high:
            return ()
        return [one & _ROW for one in packed[at : bisect_left(packed, high, at)]]

    def shared(self) -> Iterator[list[int]]:
        """Give the rows whose hashes are one, where there are several."""
        together: list[int] = []
        previous = -1
        for packed in self._packed:
            found, row = packed >> ROW_BITS, packed & _ROW
            if found == previous:
                together.append(row)
                continue
            if len(together) > 1:
                yield together
            previous, together = found, [row]
        if len(together) > 1:
            yield together


class Buckets:
    """Rows by a small whole number, such as the place of their customer."""

    __slots__ = ("_rows", "_starts")

    def __init__(self, numbers: array[int], size: int) -> None:
        starts = array("I", bytes(4 * (size + 1)))
        for number in numbers:
            starts[number + 1] += 1
        for at in range(size):
            starts[at + 1] += starts[at]
        rows = array("I", bytes(4 * len(numbers)))
        following = array("I", starts)
        for row, number in enumerate(numbers):
            rows[following[number]] = row
            following[number] += 1
        self._starts, self._rows = starts, rows

    def rows(self, number: int) -> array[int]:
        """Give the rows of a number, in their order."""
        return self._rows[self._starts[number] : self._starts[number + 1]]
