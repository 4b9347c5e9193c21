"""Reading a file as UTF-8 text, or saying exactly why that is impossible."""

from __future__ import annotations

import os
from pathlib import Path

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.magic import HEAD, seems
from robustcore.errors import suggest
from robustcore.files import open_regular

LEAST = 256 << 20  # bytes that any machine reads

_BOM = b"\xef\xbb\xbf"


def most_bytes() -> int:
    """Return how big a file of data may be: texts are held in memory, where they take several times their size."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # a system that does not tell
        return LEAST
    return max(LEAST, memory // 4)


def read_text(path: Path, faults: Faults) -> str | None:
    """Return the text of ``path`` without a byte order mark, line ends as they are; None after adding a fault.

    Faults: missing, a folder, not readable, binary (named by its magic bytes), larger than `most_bytes`, not UTF-8,
    empty.
    """
    data = read_bytes(path, faults)
    if data is None:
        return None
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    try:
        text = data[skipped:].decode("utf-8")
    except UnicodeDecodeError as error:
        _add_encoding_fault(path, data, skipped + error.start, faults)
        return None
    if not text or text.isspace():
        faults.add("the file is empty", file=path)
        return None
    return text


def read_bytes(path: Path, faults: Faults, *, size: int = -1) -> bytes | None:
    """Return the bytes of a file that does not look binary (at most ``size`` of them); None after adding a fault."""
    try:
        if path.is_dir():
            faults.add("this is a folder; a file is expected here", file=path, fix="name a file inside it")
            return None
        if not path.exists():
            faults.add("there is no such file", file=path, fix=_beside(path))
            return None
        if not path.is_file():
            faults.add("this is not a regular file", file=path)
            return None
        with open_regular(path) as stream:
            head = stream.read(HEAD)
            if (guess := seems(head)) is not None:
                faults.add(f"this is not a text file: it seems to be {guess[0]}", file=path, fix=guess[1])
                return None
            if 0 <= size <= HEAD:
                return head[:size]
            most = most_bytes()
            data = head + stream.read(most + 1 if size < 0 else size)
        if len(data) > most:
            what = f"the file is larger than {most >> 20} MB, a quarter of this machine's memory"
            faults.add(what, file=path, fix="name a sample of it, or a part")
            return None
        return data
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        faults.add(f"the file cannot be read: {getattr(error, 'strerror', None) or error}", file=path)
        return None


def _beside(path: Path) -> str:
    """Return a hint naming the files that are where the missing one was expected."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    names = sorted(entry.name for entry in path.parent.iterdir() if not entry.name.startswith("."))
    return suggest(path.name, names)


def _add_encoding_fault(path: Path, data: bytes, offset: int, faults: Faults) -> None:
    """Say where the first byte is that is not UTF-8. Everything before it is, so columns count characters."""
    start = data.rfind(b"\n", 0, offset) + 1
    before = data[start:offset].removeprefix(_BOM)
    faults.add(
        f"not UTF-8: byte 0x{data[offset]:02x} at offset {offset}",
        file=path,
        line=data.count(b"\n", 0, offset) + 1,
        column=len(before.decode("utf-8")) + 1,
        fix="save it as UTF-8; if it was written on Windows, try: iconv -f WINDOWS-1252 -t UTF-8",
    )
