"""Identify a file by its first bytes."""

import re

from musicgenre.data.audio.source import Source

# What libsndfile reads, by its first bytes.
_LIBSNDFILE = (
    (re.compile(rb"(RIFF|RIFX|RF64|BW64)....WAVE", re.DOTALL), "WAV"),
    (re.compile(rb"riff\x2e\x91\xcf\x11"), "W64"),
    (re.compile(rb"FORM....AIF[FC]", re.DOTALL), "AIFF"),
    (re.compile(rb"FORM....(8SVX|16SV)", re.DOTALL), "SVX"),
    (re.compile(rb"caff\0"), "CAF"),
    (re.compile(rb"\.snd|dns\."), "AU"),
    (re.compile(rb"fLaC"), "FLAC"),
    (re.compile(rb"OggS"), "OGG"),
    (re.compile(rb"2BIT"), "AVR"),
    (re.compile(rb"MATLAB 5\.0 MAT"), "MAT5"),
    (re.compile(rb"\0{4}\x01\0{3}\x01\0{7}|\0\0\x03\xe8\0{3}\x01\0{3}\x01\0{4}"), "MAT4"),
    (re.compile(rb" paf|fap "), "PAF"),
    (re.compile(rb"PVF1"), "PVF"),
    (re.compile(rb"\xf0\x7e.\x01", re.DOTALL), "SDS"),
    (re.compile(rb"\x64\xa3[\x01-\x04]\0|\0[\x01-\x04]\xa3\x64"), "IRCAM"),
    (re.compile(rb"Creative Voice File"), "VOC"),
    (re.compile(rb"NIST_1A"), "NIST"),
    (re.compile(rb"ALawSoundFile"), "WVE"),
    (re.compile(rb"Extended Instrument"), "XI"),
    (re.compile(rb"\x01\x04[ -~]{17}"), "MPC2K"),
)
_FFMPEG = (
    (re.compile(rb"....ftyp(M4A|M4B)", re.DOTALL), "MP4/AAC audio"),
    (re.compile(rb"....ftypqt", re.DOTALL), "QuickTime"),
    (re.compile(rb"....ftyp", re.DOTALL), "MP4"),
    (re.compile(rb"....(moov|mdat|wide|free)", re.DOTALL), "QuickTime"),
    (re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), "ASF/WMA audio"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "Matroska/WebM"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), "AAC (ADTS) audio"),
    (re.compile(rb"ADIF"), "AAC (ADIF) audio"),
    (re.compile(rb"\x56[\xe0-\xff]"), "AAC (LOAS) audio"),
    (re.compile(rb"RIFF....AVI ", re.DOTALL), "AVI"),
    (re.compile(rb"FLV\x01"), "Flash video"),
    (re.compile(rb"#!AMR"), "AMR speech"),
    (re.compile(rb"MAC "), "Monkey's Audio"),
    (re.compile(rb"wvpk"), "WavPack"),
    (re.compile(rb"TTA[12]"), "True Audio"),
    (re.compile(rb"MPCK|MP\+"), "Musepack"),
    (re.compile(rb"\.RMF"), "RealMedia"),
    (re.compile(rb"\.ra\xfd"), "RealAudio"),
    (re.compile(rb"FRM8|DSD "), "DSD audio"),
    (re.compile(rb"OFR "), "OptimFROG"),
    (re.compile(rb"\x0b\x77"), "AC-3 audio"),
    (re.compile(rb"\x7f\xfe\x80\x01|\xfe\x7f\x01\x80"), "DTS audio"),
    (re.compile(rb"\x00\x00\x01\xba"), "MPEG video"),
    (re.compile(rb"\x47.{187}\x47", re.DOTALL), "MPEG transport stream"),
)

# Those whose first bytes hardly occur among samples, so that they are recognised in the middle of a file.
_CERTAIN = ("WAV", "W64", "AIFF", "SVX", "CAF", "AU", "FLAC", "OGG", "MAT5", "VOC", "NIST", "WVE", "XI")
_CERTAIN_FOREIGN = (
    *("MP4/AAC audio", "QuickTime", "MP4", "ASF/WMA audio", "Matroska/WebM", "AVI", "Flash video"),
    *("AMR speech", "Monkey's Audio", "WavPack", "True Audio", "Musepack", "DSD audio"),
)
# What is searched for throughout a FLAC, which does not state its end.
BEGINNING = re.compile(rb"(?:RIFF|RIFX|RF64)....WAVE|fLaC[\0\x80]\0\0\x22|OggS\0\x02\0{8}", re.DOTALL)
BEGINNING_HAS = (b"WAVE", b"fLaC", b"OggS\0\x02")  # every match has one of them


def kind_of(source: Source, place: int = 0) -> str:
    """Return what libsndfile reads: "WAV", "FLAC", ...; empty for anything else."""
    head = source.read(place, 64)
    return next((name for mark, name in _LIBSNDFILE if mark.match(head)), "")


def foreign_kind(source: Source, place: int = 0) -> str:
    """Return what only ffmpeg reads, such as "MP4/AAC audio"; empty for anything else."""
    head = source.read(place, 256)
    return next((name for mark, name in _FFMPEG if mark.match(head)), "")


def certain_kind(source: Source, place: int) -> str:
    """Return the kind of recording that begins at a place in the middle of a file; empty if that is not certain."""
    kind = kind_of(source, place)
    if kind:
        return kind if kind in _CERTAIN else ""
    kind = foreign_kind(source, place)
    return kind if kind in _CERTAIN_FOREIGN else ""
