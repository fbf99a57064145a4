"""Playlists: the very text, and rates that are true."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.hls import SOUND_CODEC, Segment, TrackFile, write_media_playlist, write_multivariant
from media_pipeline.core.ladder import ladder

FILM = TrackFile("avc1.64001e", 700, (Segment(1000, Fraction(119 * 1001, 30000)), Segment(3000, Fraction(4))))
SOUND = TrackFile(SOUND_CODEC, 600, (Segment(500, Fraction(4)), Segment(100, Fraction(1))))

segments = st.builds(Segment, st.integers(1, 10**7), st.fractions(Fraction(1, 25), 6, max_denominator=1001))
tracks = st.builds(TrackFile, st.just("avc1.64001e"), st.integers(1, 999), st.lists(segments, min_size=1).map(tuple))


def test_a_media_playlist() -> None:
    assert write_media_playlist(FILM, "360.m4s") == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="360.m4s",BYTERANGE="700@0"\n'
        "#EXTINF:3.970633,\n#EXT-X-BYTERANGE:1000@700\n360.m4s\n"
        "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:3000@1700\n360.m4s\n#EXT-X-ENDLIST\n"
    )


def test_a_multivariant_playlist() -> None:
    large, small = ladder(640, 480)
    high = replace(FILM, codec="avc1.64001f")
    text = write_multivariant([(large, high), (small, FILM)], SOUND, Fraction(30000, 1001))
    rates = "BANDWIDTH=7000,AVERAGE-BANDWIDTH=4975"
    assert text == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="sound.m3u8"\n'
        f'#EXT-X-STREAM-INF:{rates},CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x480,FRAME-RATE=29.970,AUDIO="sound",'
        "CLOSED-CAPTIONS=NONE\n480.m3u8\n"
        f'#EXT-X-STREAM-INF:{rates},CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=480x360,FRAME-RATE=29.970,AUDIO="sound",'
        "CLOSED-CAPTIONS=NONE\n360.m3u8\n"
    )


def test_a_silent_film_names_no_sound() -> None:
    text = write_multivariant([(ladder(640, 360)[0], FILM)], None, Fraction(25))
    assert "AUDIO" not in text
    assert "mp4a" not in text
    assert "FRAME-RATE=25.000" in text
    assert "BANDWIDTH=6000,AVERAGE-BANDWIDTH=4015" in text


@given(tracks)
def test_segments_tile_the_file_and_none_outlasts_the_target(track: TrackFile) -> None:
    lines = write_media_playlist(track, "360.m4s").splitlines()
    ranges = [line.removeprefix("#EXT-X-BYTERANGE:").split("@") for line in lines if "-BYTERANGE:" in line]
    at = track.header
    for size, start in ranges:
        assert int(start) == at
        at += int(size)
    assert at == track.size
    assert len(ranges) == len(track.segments)
    assert all(segment.length < track.target + Fraction(1, 2) for segment in track.segments)
    assert track.length == sum(segment.length for segment in track.segments)


@given(tracks)
def test_no_run_of_segments_is_heavier_than_the_peak(track: TrackFile) -> None:
    rates = []
    for first, end in combinations(range(len(track.segments) + 1), 2):
        run = track.segments[first:end]
        length = sum(segment.length for segment in run)
        if Fraction(track.target, 2) <= length <= Fraction(track.target * 3, 2):
            rates.append(8 * sum(segment.size for segment in run) / length)
    if rates:
        assert max(rates) <= track.peak < max(rates) + 1
    else:
        assert track.peak == track.average


def test_a_film_of_a_single_frame_has_a_target() -> None:
    track = TrackFile("avc1.64001e", 700, (Segment(1000, Fraction(1, 25)),))
    assert track.target == 1
    assert track.peak == track.average == 200_000
