"""Reading files that anybody may have named: a pipe or a device is refused at once and never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Return ``path`` opened for reading bytes; raise `OSError` for what is no regular file, as for a missing one."""
    stream = os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "this is not a regular file", str(path))
    return stream


def read_regular(path: Path) -> str:
    """Return the text of a UTF-8 file; raise `OSError`, or `ValueError` if it is not UTF-8."""
    with open_regular(path) as stream:
        return stream.read().decode("utf-8")
