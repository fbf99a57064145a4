"""The entropy-coded part of a baseline JPEG (ITU-T T.81 annex F), decoded as far as its symbols: every bit is owned."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST_CODE = 16
_LONGEST_DIRECT, _LONGEST_RUN_LEVEL = 11, 10
"""Bits of a DC difference and of an AC coefficient in 8-bit pictures (tables F.1 and F.2)."""

_END_OF_BLOCK, _SIXTEEN_ZEROS = 0x00, 0xF0
_COEFFICIENTS = 64

_UNIT = (0, 0, 0, 0, 1, 1)
"""Tables of the six blocks in 16 × 16 pixels of 4:2:0: four of luma, one of each chroma."""


class HuffmanTable:
    """A prefix code, looked up by the next 16 bits."""

    def __init__(self, lookup: list[int], symbols: bytes) -> None:
        self.size = _LONGEST_CODE + len(symbols)
        """Bytes that the table took in its segment, without its number."""
        self.lookup = lookup
        """For each 16 bits: 256 × length of the code + symbol; 0 where no code begins so."""
        self.uses = [0] * 256
        """How often the scan had each symbol."""
        self._symbols = symbols

    @property
    def made_for_scan(self) -> bool:
        """Whether the symbols are those of the scan, by falling use, as the encoder sorts them.

        A spare symbol, or another order, could be a message. What stays free is the order of symbols used equally often.
        """
        uses = [self.uses[symbol] for symbol in self._symbols]
        return uses == sorted(uses, reverse=True) and uses[-1] > 0


def read_huffman_table(untrusted_body: bytes, *, direct: bool) -> HuffmanTable | None:
    """A table of DC (`direct`) or AC symbols from its 16 counts on; None when it is not a prefix code of allowed symbols."""
    counts = untrusted_body[:_LONGEST_CODE]
    symbols = untrusted_body[_LONGEST_CODE : _LONGEST_CODE + sum(counts)]
    if len(counts) < _LONGEST_CODE or not symbols or len(symbols) < sum(counts) or len(set(symbols)) < len(symbols):
        return None
    if not all(_allowed(symbol, direct) for symbol in symbols):
        return None
    lookup: list[int] = []
    at = 0
    for length, count in enumerate(counts, 1):
        for symbol in symbols[at : at + count]:
            lookup.extend([length << 8 | symbol] * (1 << _LONGEST_CODE - length))
            if len(lookup) >= 1 << _LONGEST_CODE:
                return None  # more codes than there are, or the code of ones only, which the format keeps free
        at += count
    lookup.extend([0] * ((1 << _LONGEST_CODE) - len(lookup)))
    return HuffmanTable(lookup, symbols)


def _allowed(symbol: int, direct: bool) -> bool:
    if direct:
        return symbol <= _LONGEST_DIRECT
    return symbol in (_END_OF_BLOCK, _SIXTEEN_ZEROS) or 1 <= symbol & 15 <= _LONGEST_RUN_LEVEL


def scan_is_exact(untrusted_bytes: bytes, units: int, tables: Sequence[HuffmanTable]) -> bool:
    """Whether the bytes (without stuffing) are `units` × 6 blocks, then fewer than eight bits of 1, and nothing else.

    `tables` are DC 0, DC 1, AC 0, AC 1.
    """
    total = 8 * len(untrusted_bytes)
    padded = untrusted_bytes + b"\xff" * 8  # so that a look-ahead never fails; what it reads is told by the count
    window = bits = at = 0
    for _ in range(units):
        for which in _UNIT:
            direct, run_level = tables[which], tables[2 + which]
            done = 0
            while done < _COEFFICIENTS:
                if bits < 32:
                    window = (window & 0xFFFF_FFFF) << 32 | int.from_bytes(padded[at : at + 4], "big")
                    at, bits = at + 4, bits + 32
                table = run_level if done else direct
                entry = table.lookup[window >> bits - _LONGEST_CODE & 0xFFFF]
                symbol = entry & 0xFF
                bits -= (entry >> 8) + (symbol & 15)
                if not entry or 8 * at - bits > total:
                    return False
                table.uses[symbol] += 1
                if not done:
                    done = 1
                elif symbol == _END_OF_BLOCK:
                    break
                else:
                    done += (symbol >> 4) + 1
            if done > _COEFFICIENTS:
                return False
    rest = total - (8 * at - bits)
    tail = int.from_bytes(untrusted_bytes[-1:], "big")
    return 0 <= rest < 8 and tail & ((1 << rest) - 1) == (1 << rest) - 1
