"""The questions of the PARROT pack: what their README promises holds in the file."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import pytest

Row: TypeAlias = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "fixtures" / "packs" / "parrot"
ROWS: list[Row] = [json.loads(line) for line in (FOLDER / "items.jsonl").read_text(encoding="utf-8").splitlines()]
KEYS = ["id", "subject", "question", "options", "gold", "tags", "metadata"]
SUBJECTS = [
    *("abstract_algebra", "anatomy", "college_mathematics", "college_medicine", "elementary_mathematics"),
    *("global_facts", "high_school_mathematics", "international_law", "jurisprudence", "philosophy"),
    *("professional_law", "professional_medicine", "professional_psychology"),
]
DIFFICULTIES = ("easy", "medium", "hard")
RUN = 8  # words: a longer common run would show a template


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def difficulty(row: Row) -> str:
    level: str = row["metadata"]["difficulty"]
    return level


def of(subject: str) -> list[Row]:
    return [row for row in ROWS if row["subject"] == subject]


def table(heading: str) -> dict[str, list[int]]:
    """Return the rows of the README table under ``heading``: first cell → the numbers of the other cells."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {first: [int(cell) for cell in rest] for first, *rest in cells if rest and all(c.isdigit() for c in rest)}


def test_a_record_has_the_keys_of_the_format_in_their_order() -> None:
    for row in ROWS:
        assert list(row) == KEYS, row["id"]
        assert list(row["options"]) == ["A", "B", "C", "D"], row["id"]
        assert row["gold"] in row["options"], row["id"]
        assert list(row["metadata"]) == ["difficulty", "explanation"], row["id"]
        assert difficulty(row) in DIFFICULTIES, row["id"]
        assert row["tags"] in ([difficulty(row)], [difficulty(row), "smoke"]), row["id"]
        texts = [row["question"], row["metadata"]["explanation"], *row["options"].values()]
        assert all(text == " ".join(text.split()) and text for text in texts), row["id"]


def test_there_are_twenty_questions_of_each_of_the_thirteen_subjects_in_order() -> None:
    assert [row["id"] for row in ROWS] == [f"parrot-{s}-{n:02}" for s in SUBJECTS for n in range(1, 21)]
    assert [row["id"] for row in ROWS if not row["id"].startswith(f"parrot-{row['subject']}-")] == []


def test_gold_letters_are_balanced_over_all_and_in_each_subject() -> None:
    assert Counter(row["gold"] for row in ROWS) == dict.fromkeys("ABCD", 65)
    for subject in SUBJECTS:
        assert Counter(row["gold"] for row in of(subject)) == dict.fromkeys("ABCD", 5), subject


def test_difficulties_are_about_equal_over_all_and_each_subject_has_all_three() -> None:
    sizes = Counter(difficulty(row) for row in ROWS)
    assert max(sizes.values()) - min(sizes.values()) <= 5
    for subject in SUBJECTS:
        assert min(Counter(difficulty(row) for row in of(subject)).get(d, 0) for d in DIFFICULTIES) >= 5, subject


def test_options_differ_and_none_speaks_of_the_others() -> None:
    for row in ROWS:
        options = [" ".join(option.casefold().split()) for option in row["options"].values()]
        assert len(set(options)) == 4, row["id"]
        assert [o for o in options if re.search(r"\b(above|neither|both)\b|none of|all of", o)] == [], row["id"]


def test_the_right_option_cannot_be_told_by_its_length() -> None:
    def gold_is(row: Row, pick: Any) -> bool:
        sizes = {letter: len(option) for letter, option in row["options"].items()}
        return bool(sizes[row["gold"]] == pick(sizes.values()) and list(sizes.values()).count(sizes[row["gold"]]) == 1)

    assert sum(gold_is(row, max) for row in ROWS) <= len(ROWS) / 4
    assert sum(gold_is(row, min) for row in ROWS) <= len(ROWS) / 4


def test_no_question_gives_its_answer_away() -> None:
    def says(text: str, phrase: str) -> bool:
        return f" {' '.join(words(phrase))} " in f" {' '.join(words(text))} "

    worded = [row for row in ROWS if len(row["options"][row["gold"]]) > 4]
    assert [row["id"] for row in worded if says(row["question"], row["options"][row["gold"]])] == []


def test_no_option_ends_in_a_letter_that_could_be_read_as_the_choice() -> None:
    """As "Vitamin C" would: a reply that gives the text of its choice must not seem to choose another letter."""
    texts = [option for row in ROWS for option in row["options"].values()]
    assert [text for text in texts if re.search(r"(?<![\w'-])([B-D](?!\w)|A$)", text)] == []


def test_questions_are_unique_and_no_run_of_eight_words_is_in_more_than_two() -> None:
    assert [q for q, n in Counter(" ".join(words(row["question"])) for row in ROWS).items() if n > 1] == []
    runs = Counter(
        run
        for row in ROWS
        for run in {tuple(w[i : i + RUN]) for w in [words(row["question"])] for i in range(len(w) - 7)}
    )
    assert [run for run, n in runs.items() if n > 2] == []


def test_questions_end_as_questions() -> None:
    assert [row["id"] for row in ROWS if not row["question"].endswith("?")] == []


def test_the_smoke_set_has_two_questions_of_each_subject_and_every_letter() -> None:
    smoke = [row for row in ROWS if "smoke" in row["tags"]]
    assert Counter(row["subject"] for row in smoke) == dict.fromkeys(SUBJECTS, 2)
    letters = Counter(row["gold"] for row in smoke)
    assert max(letters.values()) - min(letters[letter] for letter in "ABCD") <= 1


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_readme_counts_what_is_there(subject: str) -> None:
    sizes = Counter(difficulty(row) for row in of(subject))
    assert table("Counts")[subject] == [len(of(subject)), *(sizes[d] for d in DIFFICULTIES)]


def test_the_readme_counts_the_whole() -> None:
    sizes = Counter(difficulty(row) for row in ROWS)
    assert table("Counts")["all"] == [len(ROWS), *(sizes[d] for d in DIFFICULTIES)]
