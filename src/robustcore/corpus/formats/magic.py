"""What a file that is not a text corpus seems to be, told from its first bytes. Nothing here opens or unpacks it."""

from __future__ import annotations

import re

HEAD = 8192
"""How many first bytes `seems` wants to see."""

_UNPACK = "unpack it and name the text file or folder inside"
_EXPORT = "export the documents as JSONL or CSV"
_PICKLE = "export the data as JSONL; pickles are never opened here, because opening one can run any code"
_ENCODE = "save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive (perhaps an Office document, an EPUB or a wheel)", _UNPACK),
    (b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (b"\x1f\x8b", "gzip-compressed", _UNPACK),
    (b"BZh91AY&SY", "bzip2-compressed", _UNPACK),
    (b"\xfd7zXZ\x00", "xz-compressed", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "Zstandard-compressed", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"%PDF-", "a PDF document", "extract its text first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", "save it as text first"),
    (b"{\\rtf", "an RTF document", "save it as text first"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _EXPORT),
    (b"\x93NUMPY", "a NumPy array", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"\x7fELF", "a program (ELF)", ""),
    (b"MZ\x90\x00", "a Windows program", ""),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer instead of the file itself", "run: git lfs pull"),
    (b"\xff\xfe\x00\x00", "UTF-32 text", "save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32 text", "save it as UTF-8"),
    (b"\xff\xfe", "UTF-16 text", _ENCODE),
    (b"\xfe\xff", "UTF-16 text", _ENCODE),
)

# these are words a text may start with, so they count only where there are zero bytes as well
_WORDS: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "a Parquet file", _EXPORT),
    (b"ARROW1", "an Arrow file", _EXPORT),
    (b"GGUF", "GGUF model weights", _EXPORT),
    (b"GIF8", "a GIF image", ""),
    (b"RIFF", "a RIFF media file (WebP, WAV or AVI)", ""),
)

_BINARY_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_TEXT_PICKLE = re.compile(rb"\(?[dl]p0\n|[\]}(]?q\x00|c[\w.]+\n[\w.]+\n(p0\n|q\x00|\([SVIldt]|\(?\))")
_TERMINAL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def seems(head: bytes) -> tuple[str, str] | None:
    """Return (what the file seems to be, what to do about it), or None for what may be UTF-8 text.

    ``head`` is the first `HEAD` bytes.
    """
    for signature, what, fix in _SIGNATURES:
        if head.startswith(signature):
            return what, fix
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if _BINARY_PICKLE.match(head) or _TEXT_PICKLE.match(head):
        return "a Python pickle", _PICKLE
    if _TERMINAL.search(head):
        return "text with terminal control sequences (ANSI art or a recorded terminal session)", "name a plain text"
    if b"\x00" in head:
        return _with_zeros(head)
    return None


def _with_zeros(head: bytes) -> tuple[str, str]:
    """Tell UTF-16 without a mark, where every other byte of Latin text is zero, from other binary data."""
    for word, what, fix in _WORDS:
        if head.startswith(word):
            return what, fix
    half = len(head) // 2
    if half and max(head[0::2].count(0), head[1::2].count(0)) > 0.8 * half:
        return "UTF-16 text without a byte order mark", _ENCODE
    return "binary data (it has zero bytes)", _EXPORT
