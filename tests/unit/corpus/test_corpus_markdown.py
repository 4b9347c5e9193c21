from __future__ import annotations

import os
from pathlib import Path

import pytest

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.markdown import heading, read_docs
from robustcore.corpus.records import Doc
from robustcore.errors import Problem


def read(folder: Path, files: dict[str, str | bytes]) -> tuple[tuple[Doc, ...], tuple[Problem, ...]]:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    faults = Faults(folder)
    return read_docs(folder, faults), faults.problems


def test_ids_are_paths_without_suffix_sorted_and_titles_are_headings(tmp_path: Path) -> None:
    docs, problems = read(
        tmp_path, {"b.md": "# Bee\r\n\r\nBuzz.\r\n", "a/z.txt": "Zed.", "a.md": "Plain", "v1.2.md": "x"}
    )
    assert not problems
    assert docs == (
        Doc(id="a", text="Plain", title="a"),
        Doc(id="a/z", text="Zed.", title="z", tags=("a",)),
        Doc(id="b", text="# Bee\n\nBuzz.", title="Bee"),
        Doc(id="v1.2", text="x", title="v1.2"),
    )


def test_hidden_files_and_other_suffixes_are_left_out(tmp_path: Path) -> None:
    docs, problems = read(tmp_path, {".git/x.md": "x", ".draft.md": "x", "a.png": b"\x89PNG", "b.MD": "kept"})
    assert not problems
    assert [doc.id for doc in docs] == ["b"]


def test_two_files_with_one_id_are_a_problem_naming_both(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, {"a.md": "x", "a.txt": "y"})
    assert problem.what == "a.txt and a.md both get the id 'a'"


def test_each_bad_file_is_a_problem_at_that_file(tmp_path: Path) -> None:
    _, problems = read(tmp_path, {"a.md": "", "b.md": b"caf\xe9", "c.md": "fine"})
    assert [str(p.where) for p in problems] == [str(tmp_path / "a.md"), f"{tmp_path / 'b.md'}:1:4"]


def test_a_folder_without_text_and_a_file_in_its_place_are_problems(tmp_path: Path) -> None:
    assert read(tmp_path, {})[1][0].what.startswith("the folder has no files named *.md")
    (tmp_path / "x.md").write_text("x")
    faults = Faults(tmp_path / "x.md")
    assert read_docs(tmp_path / "x.md", faults) == ()
    assert faults.problems[0].what == "a folder of Markdown or text files is expected here"


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
def test_a_file_name_that_is_not_unicode_is_a_problem(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")
    except OSError:
        pytest.skip("this file system refuses such names")
    _, (problem,) = read(tmp_path, {"a.md": "x"})
    assert problem.what == "the file's name is not Unicode text"
    str(problem).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("text\n\n## Second level ##\n", "Second level"),
        ("# C#", "C#"),
        ("#\tTab", "Tab"),
        ("#hashtag\n\n# Real", "Real"),
        ("# \n\n# Later", "Later"),
        ("```sh\n# comment\n```\n# Real", "Real"),
        ("~~~\n```\n# comment\n~~~\n# Real", "Real"),
        ("---\n# comment\ntitle: x\n---\n# Real", "Real"),
        ("Underlined\n==========\n\nText", "Underlined"),
        ("a paragraph\nof two lines\n---\n", ""),
        ("- item\n---\n", ""),
        ("no heading", ""),
        ("", ""),
    ],
)
def test_the_title_is_the_first_heading_outside_of_code_and_front_matter(text: str, title: str) -> None:
    assert heading(text) == title
