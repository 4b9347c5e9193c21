"""Files are written whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from robustcore.files import keep_whole, write_text, write_whole


def test_what_ends_the_writing_leaves_what_stood_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_text(path, "first")

    def half(stream: BinaryIO) -> None:
        stream.write(b"sec")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_whole(path, half)
    assert path.read_text(encoding="utf-8") == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_two_who_write_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"
    texts = [str(number) * 100_000 for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda text: write_text(path, text), texts))
    assert path.read_text(encoding="utf-8") in texts
    assert list(path.parent.iterdir()) == [path]


def test_a_file_has_the_permissions_of_any_other_and_bad_characters_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_text(tmp_path / "ours", "a\ud800b\n")
    assert (tmp_path / "ours").read_bytes() == b"a\\ud800b\n"
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_can_be_made_again_is_kept_or_warned_of(tmp_path: Path) -> None:
    assert keep_whole(tmp_path / "cache" / "index", lambda stream: stream.write(b"x"))
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match="keeps nothing for the next run: "):
        assert not keep_whole(tmp_path / "file" / "index", lambda stream: stream.write(b"x"))
