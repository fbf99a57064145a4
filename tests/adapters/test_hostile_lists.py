"""Lists and texts behind a film's name: none reaches a tool, and the flags alone would stop each of them too."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from media_pipeline.adapters.process import Limits, Mounts, Sandbox
from media_pipeline.adapters.untrusted import untrusted_input
from tests.adapters.filming import H264, PICTURES
from tests.adapters.hostile import HLS, SECRET, WATCH, Room, Watched
from tests.film_reading import ffmpeg, run_ffmpeg

pytestmark = pytest.mark.slow

DASH = '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{}</BaseURL></MPD>'
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video PORT RTP/AVP 96\n"
SMOOTH = '<SmoothStreamingMedia MajorVersion="2"><StreamIndex Url="http://127.0.0.1:PORT/"/></SmoothStreamingMedia>'
KEY = '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:PORT/k"\n#EXTINF:1,\nvictim.mp4\n'
MAP = '#EXTM3U\n#EXT-X-MAP:URI="OUTSIDE"\n#EXTINF:1,\nvictim.mp4\n'
ENTITIES = '<!DOCTYPE x [<!ENTITY a SYSTEM "file://OUTSIDE">]><MPD>&a;</MPD>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

LISTS: dict[str, str] = {
    "hls-file.mp4": HLS.format("file://OUTSIDE"),
    "hls-http.mp4": HLS.format("http://127.0.0.1:PORT/x.ts"),
    "hls-tcp.mov": HLS.format("tcp://127.0.0.1:PORT"),
    "hls-concat.mp4": HLS.format("concat:OUTSIDE|victim.mp4"),
    "hls-subfile.mp4": HLS.format("subfile,,start,0,end,64,,:OUTSIDE"),
    "hls-data.mp4": HLS.format("data:video/mp4;base64,AAAA"),
    "hls-crypto.mp4": HLS.format("crypto+file:OUTSIDE"),
    "hls-itself.mp4": HLS.format("hls-itself.mp4") * 500,
    "hls-key.mp4": KEY,
    "hls-map.mp4": MAP,
    "hls-beside.m3u8": "\ufeff\r\n" + HLS.format("victim.mp4"),
    "concat.mp4": "ffconcat version 1.0\nfile 'victim.mp4'\n",
    "concat-out.mkv": "ffconcat version 1.0\nfile '../outside/secret.txt'\nfile 'OUTSIDE'\n",
    "pls.mp4": "[playlist]\nFile1=http://127.0.0.1:PORT/\nNumberOfEntries=1\n",
    "windows.wmv": "[Reference]\r\nRef1=http://127.0.0.1:PORT/\r\n",
    "asx.mp4": '<ASX version="3"><Entry><Ref href="http://127.0.0.1:PORT/"/></Entry></ASX>',
    "smil.mp4": '<smil><body><video src="http://127.0.0.1:PORT/"/></body></smil>',
    "dash.mp4": DASH.format("http://127.0.0.1:PORT/"),
    "dash-entity.mp4": ENTITIES,
    "dash-laughs.mp4": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><MPD>&l9;</MPD>',
    "smooth.mp4": SMOOTH,
    "xspf.mp4": '<playlist xmlns="http://xspf.org/ns/0/"><location>file://OUTSIDE</location></playlist>',
    "sdp.mp4": SDP,
    "rtsp.mov": "RTSPtextrtsp://127.0.0.1:PORT/\r\n",
}
"""File name to a list of other files."""

TEXTS: dict[str, bytes] = {
    "text.mp4": b"\x1b[31mAnn\x1b[0m: hello everyone\n" * 60,
    "latin.txt": "Zoë: hello\n".encode("latin-1") * 60,
    "wide.txt": "chat of Ann\n".encode("utf-16"),
    "styled.mp4": b"[Script Info]\n[V4+ Styles]\n[Events]\nDialogue: 0,0:00:00.00,9:59:59.99,,,,,,," + b"{\\t}" * 2000,
    "subtitle.mp4": b"1\n00:00:00,000 --> 99:59:59,999\nx\n\n" * 500,
    "web.mp4": b"WEBVTT\n\n00:00.000 --> 99:59:59.999\nx\n\n" * 500,
    "drawing.mp4": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://OUTSIDE"/></svg>',
    "page.mp4": b"<!DOCTYPE html><script src=//127.0.0.1:PORT></script>",
    "flags.mp4": b"-i OUTSIDE -f null -\n",
    "filters.mp4": b";FFMETADATA1\ntitle=movie=OUTSIDE\n",
    "avs.mp4": b'FFmpegSource2("OUTSIDE")\n',
    "base64.mp4": b"ftypisom" * 200,
}
"""File name to a text."""


@pytest.mark.parametrize("name", LISTS)
def test_lists_never_reach_a_tool(room: Room, name: str) -> None:
    assert room.outcome(name, LISTS[name].encode()) == "Hostile playlist"
    assert room.door.limits == []


@pytest.mark.parametrize("name", TEXTS)
def test_texts_never_reach_a_tool(room: Room, name: str) -> None:
    assert room.outcome(name, TEXTS[name]) == "Hostile text"
    assert room.door.limits == []


def avi_with_playlist(name: str) -> bytes:
    """An AVI whose subtitle packet is a playlist (GAB2)."""
    subtitle = b"GAB2\0\2\0" + bytes(6) + HLS.format(name).encode()
    return (
        b"RIFF" + struct.pack("<I", 24 + len(subtitle)) + b"AVI LIST" + struct.pack("<I", 12) + b"movi00tx" + subtitle
    )


@pytest.mark.parametrize("name", ["secret.txt", "OUTSIDE", "http://127.0.0.1:PORT/"])
def test_a_list_in_the_subtitles_of_a_film(room: Room, name: str) -> None:
    assert room.outcome("gab2.avi", avi_with_playlist(name)) == "not-a-film"
    assert room.door.limits == []


@pytest.mark.parametrize("sandbox", list(Sandbox))
@pytest.mark.parametrize("name", [*LISTS, "text.mp4", "styled.mp4", "subtitle.mp4", "filters.mp4"])
def test_the_flags_alone_stop_them_too(tmp_path: Path, name: str, sandbox: Sandbox) -> None:
    """Were a list ever taken for a film: ffmpeg, which sees the folder here, opens nothing else and calls nobody."""
    room = Room(tmp_path, Watched(sandbox))
    run_ffmpeg(*PICTURES, *H264, room.folder / "victim.mp4")
    with room.seen() as server:
        port = str(server.getsockname()[1])
        text = LISTS.get(name) or TEXTS[name].decode()
        (room.folder / name).write_text(text.replace("PORT", port).replace("OUTSIDE", str(room.secret)))
        mounts = Mounts({"folder": room.folder})
        argv = ["-v", "error", *untrusted_input(f"folder/{name}"), "-f", "null", "-"]
        assert room.door.run(ffmpeg(), argv, mounts, Limits(9), WATCH).exit_status != 0


def test_without_the_flags_a_list_would_read_another_upload(tmp_path: Path) -> None:
    """And it would be seen here: the room notices what is opened, and who calls."""
    room = Room(tmp_path, Watched(Sandbox.NONE))
    run_ffmpeg(*PICTURES, *H264, room.folder / "victim.mp4")
    (room.folder / "concat.mp4").write_text(LISTS["concat.mp4"])
    with pytest.raises(AssertionError, match="another file was opened"), room.seen():
        run_ffmpeg("-i", room.folder / "concat.mp4", "-f", "null", "-")
    with pytest.raises(AssertionError, match="somebody was called"), room.seen() as server:
        socket.create_connection(server.getsockname()).close()
    assert room.secret.read_bytes() == SECRET
