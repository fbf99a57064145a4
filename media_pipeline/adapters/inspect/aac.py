"""AAC-LC frames in MP4 (ISO/IEC 14496-3 clause 4.4.2.1): one channel pair, closed by an end element.

What is shown: a frame begins with the one channel pair element, so it does not begin with a fill element (where
encoders write their name), a data stream element or a program config element (which has a comment field); its
prediction and reserved bits are those of AAC-LC; it is no longer than the format allows; and it ends with the
end element and fewer than eight zero bits.

What cannot be told without reading the spectral data with its eleven code books: whether a fill or data stream element
stands between the channel pair and the end element. ffmpeg's encoder writes none there; it writes its name in front.
"""

from __future__ import annotations

CHANNELS = 2
"""Our recipe's only layout: -ac 2."""

SAMPLE_RATE = 48_000
"""Our recipe's only rate, in Hz: -ar 48000."""

FRAME_SAMPLES = 1024
"""Sound samples in a frame, and the encoder's priming before the first one that is meant to be heard."""

AUDIO_SPECIFIC_CONFIG = bytes.fromhex("119056e500")
"""Object type 2 (LC), rate index 3 (48 kHz), two channels, and the sync extension that says: no SBR (table 1.15)."""

_MOST_BYTES = CHANNELS * 6144 // 8
"""Most bytes of a frame: 6144 bits a channel (clause 4.5.3)."""

_PAIR_ELEMENT = 0b001_0000
"""Element id 1 (channel pair) with instance tag 0."""

_END_ELEMENT = 0b111

_EIGHT_SHORT = 2
"""window_sequence of eight short windows, which have no prediction bit."""


def plain_frame(untrusted_frame: bytes) -> bool:
    """Whether a raw data block is one channel pair and an end, as far as this module's docstring says."""
    if not 4 <= len(untrusted_frame) <= _MOST_BYTES or untrusted_frame[-2:] == b"\0\0":
        return False
    head = int.from_bytes(untrusted_frame[:4], "big")
    if head >> 25 != _PAIR_ELEMENT:
        return False
    # common_window tells whether ics_info comes at once or after the eight bits of global_gain
    at = 24 if head >> 24 & 1 else 16
    reserved, window = head >> (at - 1) & 1, head >> (at - 3) & 3
    if reserved:
        return False
    if window != _EIGHT_SHORT and head >> (at - 11) & 1:  # shape, six bits of max_sfb, then predictor_data_present
        return False
    tail = int.from_bytes(untrusted_frame[-2:], "big")
    zeros = (tail & -tail).bit_length() - 1
    return zeros < 8 and tail >> zeros & 7 == _END_ELEMENT
