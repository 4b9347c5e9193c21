from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.corpus.bundled import bundled_dataset, bundled_names, shipped_folder
from robustcore.errors import InputError, UnknownNameError


def fixtures_of(folder: Path) -> Path:
    for name in ("pedia", "handbook"):
        corpus = folder / "corpora" / name
        corpus.mkdir(parents=True)
        (corpus / "docs.jsonl").write_text('{"id": "d", "text": "x"}')
        (corpus / "questions.jsonl").write_text('{"id": "q", "question": "?"}')
        (corpus / "calibration.jsonl").write_text('{"id": "c", "question": "?"}')
    (folder / "corpora" / "half").mkdir()
    (folder / "corpora" / "half" / "docs.jsonl").write_text("")
    (folder / "corpora" / "README.md").write_text("x")
    return folder


def test_names_are_the_complete_folders_sorted(tmp_path: Path) -> None:
    assert bundled_names(fixtures=fixtures_of(tmp_path)) == ("handbook", "pedia")
    assert bundled_names(fixtures=tmp_path / "no") == ()


def test_a_bundled_dataset_is_loaded_by_name(tmp_path: Path) -> None:
    data = bundled_dataset("pedia", fixtures=fixtures_of(tmp_path))
    assert (data.name, len(data.corpus), len(data.examples), len(data.calibration)) == ("pedia", 1, 1, 1)


@pytest.mark.parametrize("name", ["handbok", "../corpora/pedia", "half", ""])
def test_an_unknown_name_comes_with_the_choices(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        bundled_dataset(name, fixtures=fixtures_of(tmp_path))
    assert caught.value.problems[0].choices == ("handbook", "pedia")


def test_a_checkout_has_the_folders_two_levels_above_the_package(tmp_path: Path) -> None:
    package = tmp_path / "src" / "robustcore"
    (tmp_path / "scenarios").mkdir()
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    assert shipped_folder("scenarios", package=package) == tmp_path / "scenarios"


def test_a_wheel_has_the_folders_inside_of_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "robustcore"
    (package / "_shipped" / "fixtures").mkdir(parents=True)
    (tmp_path / "fixtures").mkdir()
    assert shipped_folder("fixtures", package=package) == package / "_shipped" / "fixtures"


def test_an_unrelated_folder_near_the_package_is_not_taken_for_ours(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "robustcore"
    package.mkdir(parents=True)
    (tmp_path / "fixtures").mkdir()
    with pytest.raises(InputError, match="the shipped fixtures are neither in"):
        shipped_folder("fixtures", package=package)
