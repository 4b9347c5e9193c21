from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from robustcore.corpus.locks import check_lock, dump_lock, make_lock
from robustcore.errors import InputError


def shipped(folder: Path) -> Path:
    for name in ("z.jsonl", "corpora/a/docs.jsonl", "corpora/a/LOCK.json", ".hidden", "x/__pycache__/y.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() + b"\r\n")
    (folder / "LOCK.json").write_text(dump_lock(make_lock(folder)))
    return folder


def test_a_lock_holds_the_sha256_of_every_shipped_file_sorted_by_path(tmp_path: Path) -> None:
    lock = make_lock(shipped(tmp_path))
    assert list(lock) == ["corpora/a/LOCK.json", "corpora/a/docs.jsonl", "z.jsonl"]
    assert lock["z.jsonl"] == hashlib.sha256(b"z.jsonl\r\n").hexdigest()
    assert json.loads((tmp_path / "LOCK.json").read_text()) == lock


def test_a_folder_that_matches_its_lock_has_no_problems(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    assert check_lock(folder, folder / "LOCK.json") == []


def test_changed_added_and_removed_files_are_each_named(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    (folder / "z.jsonl").write_text("changed")
    (folder / "corpora/a/docs.jsonl").rename(folder / "corpora/a/dosc.jsonl")
    problems = check_lock(folder, folder / "LOCK.json")
    assert [(str(p.where), p.what.split(":")[0]) for p in problems] == [
        (str(folder / "corpora/a/docs.jsonl"), "listed in LOCK.json, but not there"),
        (str(folder / "corpora/a/dosc.jsonl"), "not listed in LOCK.json"),
        (str(folder / "z.jsonl"), "changed"),
    ]
    assert problems[0].fix == "did you mean 'corpora/a/dosc.jsonl'?"


def test_a_lock_under_another_name_does_not_list_itself(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    (folder / "LOCK.json").rename(folder / "mine.json")
    assert check_lock(folder, folder / "mine.json") == []


@pytest.mark.parametrize(
    ("content", "what"),
    [("", "the file is empty"), ("{", "not JSON"), ("[]", "a lock is an object"), ('{"a": 1}', "a lock is an object")],
)
def test_a_broken_lock_is_a_problem_of_its_own(tmp_path: Path, content: str, what: str) -> None:
    (tmp_path / "LOCK.json").write_text(content)
    (problem,) = check_lock(tmp_path, tmp_path / "LOCK.json")
    assert problem.what.startswith(what)


def test_a_missing_lock_is_a_problem_and_a_missing_folder_an_error(tmp_path: Path) -> None:
    assert check_lock(tmp_path, tmp_path / "LOCK.json")[0].what == "there is no such file"
    with pytest.raises(InputError, match="no such folder"):
        make_lock(tmp_path / "no")


def test_a_lock_cannot_reach_outside_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "LOCK.json").write_text(json.dumps({"../secret": hashlib.sha256(b"x").hexdigest()}))
    assert [p.what for p in check_lock(folder, folder / "LOCK.json")] == ["listed in LOCK.json, but not there"]
