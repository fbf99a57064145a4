"""Films of two or three seconds as cameras and converters leave them: late tracks, edit lists, fragments, gaps."""

from __future__ import annotations

from pathlib import Path

from tests.film_reading import run_ffmpeg

# flags of two seconds, for ffmpeg
PICTURES = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30000/1001:d=2")
SOUND = ("-f", "lavfi", "-i", "sine=r=48000:d=2")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "15", "-pix_fmt", "yuv420p")


def plain_mp4(path: Path) -> None:
    """Pictures and sound that begin together."""
    run_ffmpeg(*PICTURES, *SOUND, *H264, "-c:a", "aac", path)


def late_sound(path: Path) -> None:
    """Sound that begins half a second after the pictures."""
    run_ffmpeg(*PICTURES, "-itsoffset", "0.5", *SOUND, *H264, "-c:a", "aac", path)


def late_pictures(path: Path) -> None:
    """Pictures that begin 0.7 seconds after the sound."""
    run_ffmpeg("-itsoffset", "0.7", *PICTURES, *SOUND, "-map", "0", "-map", "1", *H264, "-c:a", "aac", path)


def both_late(path: Path) -> None:
    """A container that itself begins late."""
    late = ("-itsoffset", "0.7", *PICTURES, "-itsoffset", "0.5", *SOUND, "-map", "0", "-map", "1", "-copyts")
    run_ffmpeg(*late, *H264, "-c:a", "aac", path)


def no_edit_list(path: Path) -> None:
    """Frames out of order, and no edit list that moves the first to 0."""
    run_ffmpeg(*PICTURES, *SOUND, *H264, "-c:a", "aac", "-use_editlist", "0", path)


def fragments(path: Path) -> None:
    """Recorded live, in pieces."""
    run_ffmpeg(*PICTURES, *SOUND, *H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", path)


def hidden_frames(path: Path) -> None:
    """Cut by copying: an edit list hides the frames since the last key frame."""
    whole = path.with_name("whole.mp4")
    plain_mp4(whole)
    run_ffmpeg("-ss", "0.8", "-i", whole, "-c", "copy", path)


def lost_frames(path: Path) -> None:
    """Cut inside an open group of pictures: its first frames cannot be decoded."""
    whole = path.with_name("whole.mp4")
    codec = ("-c:v", "libx265", "-x265-params", "open-gop=1:keyint=20:log-level=error", "-pix_fmt", "yuv420p")
    run_ffmpeg(*PICTURES, *codec, whole)
    run_ffmpeg("-ss", "0.9", "-i", whole, "-c", "copy", "-use_editlist", "0", path)


def alternate_references(path: Path) -> None:
    """VP8 with packets that are never shown."""
    with_log = (
        "-passlogfile",
        path.with_name("pass"),
        "-c:v",
        "libvpx",
        "-auto-alt-ref",
        "1",
        "-lag-in-frames",
        "25",
        "-cpu-used",
        "5",
    )
    for number in ("1", "2"):
        flags = ("-b:v", "100k", "-pass", number)
        run_ffmpeg(*PICTURES, *SOUND, *with_log, *flags, "-c:a", "libopus", path)


def uneven(path: Path) -> None:
    """Every frame up to a third of a frame late."""
    moved = "settb=1/1000,setpts='floor(1000*(N+0.3*mod(N*7\\,11)/11)/25)'"
    timed = ("-vf", moved, "-fps_mode", "passthrough", "-enc_time_base", "1/1000")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=3", *timed, *H264, path)


def with_gaps(path: Path) -> None:
    """Every fourth frame was never recorded."""
    timed = ("-vf", "select='mod(n,4)'", "-fps_mode", "passthrough")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=3", *timed, *H264, path)
