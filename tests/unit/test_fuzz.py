"""What `make fuzz` gives bytes to: takes what is sound, refuses what is hostile in words, and tells what was raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")

from report_world import small_report

from benchmarks import fuzz_seeds
from benchmarks.fuzz import guarded
from benchmarks.fuzz_seeds import seeds, words
from benchmarks.fuzz_targets import TARGETS
from robustcore.report.baseline import dump_baseline, snapshot_of
from robustcore.report.json_form import to_json

HOSTILE = (b"", b"\x00" * 64, b"\xff\xfe\x00", b"[" * 5_000, b'{"a":' * 900, b"- &a [*a]\n" * 50, b"\x1b]8;;x\x07")


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_sound_and_what_is_hostile(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("seeds", "work", "home/made"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(fuzz_seeds, "HOME", tmp_path / "home")
    fuzz_seeds.made.cache_clear()
    made = small_report()
    (tmp_path / "home/made/report.json").write_text(json.dumps(to_json(made)), encoding="utf-8")
    (tmp_path / "home/made/baseline.json").write_text(dump_baseline(snapshot_of(made)), encoding="utf-8")
    seeds(name, tmp_path / "seeds")
    sound = [file.read_bytes() for file in sorted((tmp_path / "seeds").iterdir())]
    assert sound
    assert all(words(name)) or name == "ledgers"
    for data in (*sound[:6], *HOSTILE, *(one[: len(one) // 2] for one in sound[:6])):
        (tmp_path / "work").mkdir(exist_ok=True)
        TARGETS[name](data, tmp_path / "work")
    fuzz_seeds.made.cache_clear()


def test_what_was_raised_is_kept_once_by_its_place(tmp_path: Path) -> None:
    def target(data: bytes, folder: Path) -> None:
        if data:
            raise KeyError(str(folder))

    (tmp_path / "found").mkdir()
    one = guarded(target, tmp_path / "work", tmp_path / "found")
    for data in (b"", b"first", b"second"):
        one(data)
    text, kept = sorted((tmp_path / "found").iterdir(), key=lambda file: file.suffix, reverse=True)
    assert kept.read_bytes() == b"first"
    assert "KeyError" in text.read_text(encoding="utf-8")
