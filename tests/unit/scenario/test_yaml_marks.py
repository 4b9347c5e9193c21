import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from robustcore.errors import InputError, Location
from robustcore.scenario.yaml_marks import MAX_BYTES, parse, read_text

LOADERS = [pytest.param(yaml.SafeLoader, id="pure")]
if yaml.__with_libyaml__:
    LOADERS.append(pytest.param(yaml.CSafeLoader, id="libyaml"))

LAUGHS = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(params=LOADERS, name="loader")
def _loader(request: pytest.FixtureRequest) -> Any:
    return request.param


def value_of(text: str, loader: Any = yaml.SafeLoader) -> dict[str, Any]:
    documents, problems = parse(text, "f.yaml", loader=loader)
    assert not problems
    return documents[0].value


def test_values_are_plain(loader: Any) -> None:
    text = (
        "a: text\nb: 1\nc: -2.5\nd: true\ne: ~\nf: [x, {g: 1_000}]\nh: 'no'\ni: 2024-01-31\nj: |\n  block\nk: !!str 5\n"
    )
    assert value_of(text, loader) == {
        "a": "text",
        "b": 1,
        "c": -2.5,
        "d": True,
        "e": None,
        "f": ["x", {"g": 1000}],
        "h": "no",
        "i": "2024-01-31",
        "j": "block\n",
        "k": "5",
    }


def test_every_path_has_its_place(loader: Any) -> None:
    documents, _ = parse("a:\n  - x\n  - {b: 1}\n---\nü😀: c\n", "f.yaml", loader=loader)
    first, second = documents
    assert {path: (place.line, place.column) for path, place in first.marks().items()} == {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", 0): (2, 5),
        ("a", 1): (3, 5),
        ("a", 1, "b"): (3, 9),
    }
    assert second.at(("ü😀",)) == Location(file="f.yaml", line=5, column=5)


def test_a_path_that_is_not_there_stands_at_its_nearest_ancestor() -> None:
    (document,), _ = parse("a: {b: 1}\n", "f.yaml")
    assert document.at(("a", "c", 0)).column == 4
    assert document.existing(("a", "c", 0)) == ("a",)


def test_a_key_has_a_place_of_its_own() -> None:
    (document,), _ = parse("a:\n  b: 1\n", "f.yaml")
    assert document.at_key(("a", "b")) == Location(file="f.yaml", line=2, column=3)
    assert document.at_key(("a", "c")) == document.at(("a",))


def test_the_text_of_an_unquoted_scalar_is_kept() -> None:
    (document,), _ = parse("a: no\nb: 'no'\nc: [x]\n", "f.yaml")
    assert [document.raw((key,)) for key in "abc"] == ["no", None, None]


def test_aliases_share_what_they_name(loader: Any) -> None:
    assert value_of("a: &x {b: [1]}\nc: *x\n", loader) == {"a": {"b": [1]}, "c": {"b": [1]}}


def test_anchors_end_with_their_document(loader: Any) -> None:
    _, problems = parse("a: &x 1\n---\nb: *x\n", "f.yaml", loader=loader)
    assert [str(problem) for problem in problems] == ["f.yaml:3:4: alias *x names no anchor of this document"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "1:1", "empty or only comments"),
        ("# only\n# comments\n", "1:1", "empty or only comments"),
        ("---\n...\n", "2:1", "the document is empty"),
        ("a: 1\n---\n", "3:1", "the document is empty"),
        ("- a\n", "1:1", "not a list"),
        ("hello\n", "1:1", "not a single value ('hello')"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "'a' is given twice"),
        ("x: {y: 1, y: 2}\n", "1:11", "'y' is given twice"),
        ("on: 1\n", "1:1", "YAML reads 'on' as True"),
        ("1: 1\n", "1:1", "YAML reads '1' as 1"),
        ("? [a]\n: 1\n", "1:3", "a key must be text"),
        ("<<: {a: 1}\n", "1:1", "merge keys"),
        ("a: !!python/object/apply:os.system [id]\n", "1:4", "is not accepted"),
        ("a: !!python/name:os.system x\n", "1:4", "is not accepted"),
        ("a: !thing {b: 1}\n", "1:4", "the tag '!thing' is not accepted"),
        ("a: !!binary aGk=\n", "1:4", "is not accepted"),
        ("a: !!set {b, c}\n", "1:4", "is not accepted"),
        ("a: 010\n", "1:4", "'010' is not a plain whole number"),
        ("a: 0x1F\n", "1:4", "not a plain whole number"),
        ("a: 1:30\n", "1:4", "not a plain whole number"),
        ("a: !!int x\n", "1:4", "not a plain whole number"),
        ("a: 99999999999999999999999\n", "1:4", "too large"),
        ("a: .nan\n", "1:4", "not a plain number"),
        ("a: 1.0e+999\n", "1:4", "not a finite number"),
        ('a: "\\0"\n', "1:4", "control character U+0000"),
        ("a: 1\nb: x\x00y\n", "2:5", "control character U+0000"),
        ("a: \x1b[31m\n", "1:4", "control character U+001B"),
        ("a:\n\t- b\n", "2:1", "cannot start any token"),
        ("a: b: c\n", "1:5", "mapping values are not allowed"),
        ("&a [*a]\n", "1:5", "alias *a contains itself"),
        ("a: &a {b: *a}\n", "1:11", "alias *a contains itself"),
        (LAUGHS, "6:11", "more than 100,000 values"),
        ("[" * 900, "1:51", "nested more than 50 levels deep"),
        ("a:\n" + "".join(" " * n + "- \n" for n in range(1, 70)), "51:51", "nested more than 50 levels deep"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(loader: Any, text: str, place: str, words: str) -> None:
    began = time.perf_counter()
    _, problems = parse(text, "f.yaml", loader=loader)
    assert str(problems[0].where) == f"f.yaml:{place}"
    assert words in problems[0].what
    assert time.perf_counter() - began < 10  # what laughs at a parser takes for ever, or gigabytes


def test_a_text_that_is_all_brackets_is_refused(loader: Any) -> None:
    """At depth 50, or at the depth of 1,000 where libyaml 0.2.6 ends by itself, before it has told of any."""
    _, problems = parse("[" * 200_000, "f.yaml", loader=loader)
    assert [problem.what for problem in problems] == ["nested more than 50 levels deep"]
    assert str(problems[0].where) in ("f.yaml:1:51", "f.yaml:1:1001")


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("a:\n\t- b\n", "indent with spaces"),
        ("a: b: c\n", "quote the text"),
        ("on: 1\n", "quote it: 'on'"),
        ("a: 010\n", "quote it if it is text: '010'"),
        ("a: 1\na: 2\n", "the first is on line 1"),
    ],
)
def test_the_usual_traps_come_with_the_fix(text: str, fix: str) -> None:
    _, problems = parse(text, "f.yaml")
    assert fix in problems[0].fix


def test_a_syntax_error_keeps_the_documents_before_it(loader: Any) -> None:
    documents, problems = parse("a: 1\n---\nb: [1\n---\nc: 1\n", "f.yaml", loader=loader)
    assert [document.value for document in documents] == [{"a": 1}]
    assert len(problems) == 1
    assert problems[0].where is not None
    assert problems[0].where.line in (3, 4)


def test_all_problems_of_all_documents_are_found(loader: Any) -> None:
    _, problems = parse("a: 1\na: 2\nb: 010\n---\n- x\n---\nc: !t y\n", "f.yaml", loader=loader)
    assert sorted(problem.where.line for problem in problems if problem.where) == [2, 3, 5, 7]


def test_a_file_of_another_encoding_is_refused_at_the_first_bad_byte(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("robust: 1\nname: caf\xe9\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.yaml:2:10: not UTF-8: byte 0xe9"):
        read_text(file)


def test_utf_16_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wide.yaml"
    file.write_bytes("robust: 1\n".encode("utf-16"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_text(file)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert value_of(read_text(file)) == {"a": 1}


def test_a_file_that_is_not_there_or_absurdly_big_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: cannot read the file"):
        read_text(tmp_path / "none.yaml")
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="larger than"):
        read_text(big)
