"""The bytes of the perturbed questions never change unnoticed: not with the platform, the order, or what ran before."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from golden_texts import BY_RULE, EXAMPLES, GOLDEN, golden_text

SCRIPT = Path(__file__).parents[2] / "golden_texts.py"
STORED = GOLDEN.read_text(encoding="utf-8")


def test_the_texts_are_the_same_bytes_as_ever() -> None:
    """Where this fails, other texts come of the same seeds: see the note at the head of golden_texts.py."""
    assert golden_text() == STORED


def test_at_least_two_hundred_texts_ten_of_every_question_operator_are_pinned_under_their_own_sum() -> None:
    stored = json.loads(STORED)
    lines = STORED.partition('"rows": [\n')[2].removesuffix("\n]}\n")
    assert hashlib.sha256(lines.encode()).hexdigest() == stored["sha256"]
    counts = Counter(row["operator"] for row in stored["rows"])
    assert set(counts) == {operator.name for operator in BY_RULE}
    assert min(counts.values()) >= 10
    assert counts.total() >= 200


def test_every_operator_edits_some_of_the_pinned_questions() -> None:
    questions = {example.id: example.question for example in EXAMPLES}
    edited = {row["operator"] for row in json.loads(STORED)["rows"] if row["output"] != questions[row["example"]]}
    assert edited == {operator.name for operator in BY_RULE}


def test_another_process_hash_seed_locale_and_order_give_the_same_bytes() -> None:
    for seed, order in (("4242", ["--backwards"]), ("0", [])):
        environment = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "PYTHONUTF8": "1"}
        command = [sys.executable, str(SCRIPT), *order]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr


def test_a_text_depends_on_its_own_identity_and_not_on_the_texts_made_before_it() -> None:
    rows = json.loads(STORED)["rows"]
    assert len({row["seed"] for row in rows}) == len(rows)
    assert golden_text(backwards=True) == STORED
