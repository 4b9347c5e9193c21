"""Files at the edge: what is read is a regular file, and what is written is there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Return ``path`` opened for reading bytes; raise `OSError` for what is no regular file, as for a missing one.

    A pipe or a device is refused at once and never waited for.
    """
    stream = os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "this is not a regular file", str(path))
    return stream


def read_regular(path: Path) -> str:
    """Return the text of a UTF-8 file; raise `OSError`, or `ValueError` if it is not UTF-8."""
    with open_regular(path) as stream:
        return stream.read().decode("utf-8")


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Have ``write`` fill a file beside ``path`` that takes its place at the end: two who write at once never mix.

    The folder is made if need be. What ``write`` raises, or `OSError`, goes on, and nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:100]}-{uuid4().hex}.part")
    try:
        with part.open("xb") as stream:
            write(stream)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def keep_whole(path: Path, write: Callable[[BinaryIO], object]) -> bool:
    """Do as `write_whole` for what could be made again, and say whether it was kept: a warning tells why not."""
    try:
        write_whole(path, write)
    except OSError as error:
        warnings.warn(f"{path.parent} keeps nothing for the next run: {error.strerror or error}", stacklevel=2)
        return False
    return True


def write_text(path: Path, text: str) -> None:
    """Write ``text`` in UTF-8 to ``path``, as `write_whole` does; lone surrogates are written as escapes."""
    write_whole(path, lambda stream: stream.write(text.encode("utf-8", "backslashreplace")))
