"""Reading bits, most significant first, without ever failing: past the end every bit is 0 and `overrun` is set."""

from __future__ import annotations

LONGEST_EXP_GOLOMB = 32
"""Leading zeros that an Exp-Golomb code may have (ITU-T H.264 clause 9.1: no syntax element needs more)."""


class BitReader:
    """A cursor over the bits of a short byte string (parameter sets, slice headers)."""

    __slots__ = ("_left", "_value", "overrun")

    def __init__(self, untrusted_bytes: bytes) -> None:
        self._value = int.from_bytes(untrusted_bytes, "big")
        self._left = 8 * len(untrusted_bytes)
        self.overrun = False

    @property
    def left(self) -> int:
        """Bits that were not read yet."""
        return self._left

    def bits(self, count: int) -> int:
        """The next `count` bits as an unsigned number: u(n)."""
        if count > self._left:
            self._left, self.overrun = 0, True
            return 0
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit: u(1)."""
        return self.bits(1) == 1

    def ue(self) -> int:
        """An unsigned Exp-Golomb number: ue(v). A code that is too long counts as an overrun."""
        rest = self._value & ((1 << self._left) - 1)
        zeros = self._left - rest.bit_length()
        if zeros > LONGEST_EXP_GOLOMB or 2 * zeros >= self._left:
            self._left, self.overrun = 0, True
            return 0
        self._left -= 2 * zeros + 1
        return ((self._value >> self._left) & ((2 << zeros) - 1)) - 1

    def se(self) -> int:
        """A signed Exp-Golomb number: se(v)."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def at_trailing_bits(self) -> bool:
        """Whether all that is left is one 1 and then fewer than eight 0: rbsp_trailing_bits, with nothing after."""
        rest = self._value & ((1 << self._left) - 1)
        return not self.overrun and 1 <= self._left <= 8 and rest == 1 << (self._left - 1)

    def align_on_ones(self) -> bool:
        """Skips to the next whole byte; whether all bits on the way were 1 (cabac_alignment_one_bit)."""
        count = self._left % 8
        return self.bits(count) == (1 << count) - 1
