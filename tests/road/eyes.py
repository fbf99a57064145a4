"""Other people's eyes: what exiftool, mediainfo and mat2 see in a file, and what of it is more than the file's structure.

What they may see is a name from `NAMES` with a value that is a number or a word from `WORDS`; all else is odd. Measured
with exiftool 12.57, mediainfo 23.04 and mat2 0.13.3.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

Fact = tuple[str, str]
"""A name and a value."""

NAMES: dict[str, frozenset[str]] = {
    reason: frozenset(names.split())
    for reason, names in {
        "which format a file, a track or a picture has": """
            AudioFormat ChromaSubsampling CodecConfigurationBox CodecID CodecID_Compatible ColorComponents ColorSpace
            CompatibleBrands CompressorID Compression_Mode EncodingProcess FileExtension FileExtension_Invalid FileType
            FileTypeExtension Format Format_AdditionalFeatures Format_Level Format_Profile Format_Settings_CABAC
            Format_Settings_RefFrames Format_Settings_SBR HandlerType HandlerVendorID JFIFVersion MIMEEncoding MIMEType
            MajorBrand MediaHeaderVersion MinorVersion MovieHeaderVersion MuxingMode ScanType TrackHeaderVersion @type
            YCbCrSubSampling""",
        "how large things are": """
            BitDepth BitsPerSample DataSize DisplayAspectRatio FileSize FooterSize HeaderSize Height ImageHeight
            ImageSize ImageWidth Megapixels MediaDataOffset MediaDataSize PixelAspectRatio ResolutionUnit Sampled_Height
            Sampled_Width Source_StreamSize SourceImageHeight SourceImageWidth Stored_Height Stored_Width StreamSize
            Width XResolution YResolution AudioBitsPerSample""",
        "at which rates": """
            AudioChannels AudioSampleRate AverageBitrate AvgBitrate BitRate BitRate_Mode BufferSize ChannelLayout
            ChannelPositions Channels FrameRate FrameRate_Den FrameRate_Mode FrameRate_Mode_Original FrameRate_Num
            MaxBitrate MediaTimeScale OverallBitRate OverallBitRate_Mode SamplesPerFrame SamplingRate TimeScale
            VideoFrameRate""",
        "how long things last, and how many there are": """
            AudioCount Duration Duration_End Duration_Start Events_MinDuration Events_Total FrameCount ImageCount
            LineCount Lines_Count Lines_MaxCountPerEvent MediaDuration MovieFragmentSequence Newlines NextTrackID
            SamplingCount Source_Delay Source_Delay_Source Source_Duration Source_Duration_LastFrame Source_FrameCount
            TextCount TrackDuration VideoCount WordCount""",
        "which track is which, by number, and which of our files a playlist names": """
            AlternateGroup Default ID IsStreamable Source Source_Original StreamOrder TrackID TrackLayer""",
        "how to show it: upright, whole, at its own speed and loudness": """
            Balance GraphicsMode MatrixStructure OpColor PreferredRate PreferredVolume Rotation TrackVolume""",
        "fields that the format has whether or not anything is in them: they must be zero, or `und`": """
            CreateDate CurrentTime MediaCreateDate MediaLanguageCode MediaModifyDate ModifyDate PosterTime
            PreviewDuration PreviewTime SelectionDuration SelectionTime TrackCreateDate TrackModifyDate""",
        "tables of the samples, which exiftool does not read": """
            AVCConfiguration ChunkOffset CompositionTimeToSample Free MediaData SampleGroupDescription SampleSizes
            SampleToChunk SampleToGroup SyncSampleTable TimeToSampleTable Unknown_btrt Unknown_edts Unknown_esds
            Unknown_mvex Unknown_tfdt Unknown_tfhd Unknown_trun""",
    }.items()
}
"""Why a name is allowed → the names."""

_ALLOWED = frozenset().union(*NAMES.values())

_NUMBER = re.compile(r"-?[0-9][0-9.]*(x[0-9]+)?( ?(s|bytes|kB|MB|kbps|%))?|[0-9](-[0-9])?")
"""With its unit. No colons: a time of day is no number."""

_OPAQUE = re.compile(r"\(Binary data [0-9]+ bytes, use -b option to extract\)")

_OUR_FILES = re.compile(r"[a-z0-9]{1,12}\.(m3u8|m4s)")

WORDS = frozenset(
    word.strip()
    for word in """
    MP4|M4A|JPEG|TXT|mp4|m4a|m4s|jpg|txt|m3u8|vtt|video/mp4|audio/mp4|image/jpeg|text/plain|us-ascii|Unix LF
    AAC|AVC|HLS|MPEG-4|WebVTT|avc1|avcC|mp4a|mp4a-40-2|isom|iso5|M4A|LC|High|Master|Media|Base Media|HLS / MPEG-4
    Audio|General|Image|Text|Video|Audio Track|Video Track|Metadata|Apple|Apple audio with iTunes info
    Apple iTunes AAC-LC (.M4A) Audio|MP4 Base Media v1 [IS0 14496-12:2003]|MP4 Base Media v5
    isom, iso2, avc1, mp41|iso5, cmfc, iso6, mp41|M4A , isom, iso2|M4A /isom/iso2|iso5/cmfc/iso6/mp41|isom/iso2/avc1/mp41
    ['isom', 'iso2', 'avc1', 'mp41']|['iso5', 'cmfc', 'iso6', 'mp41']|['M4A ', 'isom', 'iso2']
    Baseline DCT, Huffman coding|YCbCr4:2:0 (2 2)|YUV|4:2:0|Progressive|Lossy|Lossless|None|srcCopy|1:1
    CFR|CBR|VFR|VBR|Yes|No (Explicit)|L R|Front: L R|Container|und|0 0 0|1 0 0 0 1 0 0 0 1|0000:00:00 00:00:00
    """.replace("\n", "|").split("|")
)
"""What is no number. "Apple" is the four letters that every MP4 of ffmpeg's has in front of its empty list of tags."""

_OF_THE_DISK = {"@ref", "File_Modified_Date", "File_Modified_Date_Local"}
"""What mediainfo says of the copy that it reads, not of the file's content."""

_INVALID = "FileExtension_Invalid"
"""mediainfo's complaint that it would rather see .mp4 for .m4s, with all names that it knows."""


def odd(tool: str, path: Path, room: Path) -> list[Fact]:
    """What `tool` sees in a file besides its structure; AssertionError when it is missing or cannot read the file.

    `room` is an empty folder, where the file is given a name that the tool knows.
    """
    return [fact for fact in _LOOKS[tool](_named(path, room)) if not _is_structure(*fact)]


def _named(path: Path, room: Path) -> Path:
    """The file itself, or, of a kind that only its name makes unknown, a copy of another name."""
    known = {".m4a": ".mp4", ".m4s": ".mp4", ".m3u8": ".txt", ".vtt": ".txt"}
    if path.suffix == ".m3u8":
        return path  # it names files beside it, which mediainfo follows
    copy = room / f"file{known.get(path.suffix, path.suffix)}"
    shutil.copy(path, copy)
    return copy


def _is_structure(name: str, value: str) -> bool:
    plain = value.strip() in WORDS or _NUMBER.fullmatch(value) or _OPAQUE.fullmatch(value)
    return name in _ALLOWED and bool(
        plain or name == _INVALID or (name.startswith("Source") and _OUR_FILES.fullmatch(value))
    )


def _run(*argv: str | Path) -> str:
    assert shutil.which(str(argv[0])), f"{argv[0]} is not installed: tests/run installs it"
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, f"{argv[0]} gave up"
    return done.stdout


def _exiftool(path: Path) -> Iterator[Fact]:
    """All tags, also doubled, unknown and embedded ones; not what the disk and the tool say of themselves."""
    for line in _run("exiftool", *["-a", "-u", "-U", "-ee", "-s", "--System:all", "--ExifTool:all"], path).splitlines():
        name, _, value = line.partition(":")
        yield name.strip(), value.strip()


def _mediainfo(path: Path) -> Iterator[Fact]:
    tracks = json.loads(_run("mediainfo", "--Output=JSON", path))["media"]["track"]
    assert tracks, "mediainfo sees nothing at all"
    for track in tracks:
        for name, value in {**track, **track.pop("extra", {})}.items():
            if name != "extra" and name not in _OF_THE_DISK:
                yield name, str(value)


def _mat2(path: Path) -> Iterator[Fact]:
    if path.suffix == ".m3u8":
        path = Path(shutil.copy(path, path.with_suffix(".txt")))
    said = _run("mat2", "--show", path)
    if "No metadata found" in said:
        return
    lines = re.findall(r"^ +([^:]+): (.*)$", said, re.MULTILINE)
    assert lines, "mat2 cannot read it"
    yield from lines


_LOOKS = {"exiftool": _exiftool, "mediainfo": _mediainfo, "mat2": _mat2}

TOOLS = tuple(_LOOKS)
