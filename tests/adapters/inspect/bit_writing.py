"""Writes the codes of H.264 as strings of 0 and 1: what the readers under test must understand."""

from __future__ import annotations


def ue(value: int) -> str:
    """An unsigned Exp-Golomb code."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def se(value: int) -> str:
    """A signed Exp-Golomb code."""
    return ue(2 * value - 1 if value > 0 else -2 * value)


def escaped(payload: bytes) -> bytes:
    """With emulation prevention."""
    out, zeros = bytearray(), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def packed(bits: str) -> bytes:
    """Bits, the stop bit, and zeros to a whole byte."""
    whole = bits + "1"
    whole += "0" * (-len(whole) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, "big")
