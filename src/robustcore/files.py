"""Files that are there whole or not at all: whatever ends the writing, what stood there before still does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


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
