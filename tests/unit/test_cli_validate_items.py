"""``validate-items``: the fate of an item by phase, on a folder of one's own, with a real model on loopback weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import models
import pytest

from robustcore.calls.flows import run_alone
from robustcore.calls.types import Flow
from robustcore.cli.main import main
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.measures.item_trials import Validation, validation

ITEM = Example(id="t1", question="How much?", answers=("12",), gold_doc_ids=("d1",), concepts=("A rule.",))
CORPUS = Corpus.of([Doc(id="d1", text="The rule in prose.")])


def tried(right: Mapping[str, Sequence[bool]]) -> Validation:
    """Return what becomes of `ITEM` where a trial is right by what it is given."""

    def ask(task: str, passages: tuple[Passage, ...], trial: int) -> Flow[str]:
        given = "nothing" if not passages else "concepts" if passages[0].doc_id.startswith("concept") else "documents"
        return "So 5 + 7. Answer: 12" if right[given][trial] else "It is 12? No. Answer: 13"
        yield []

    return run_alone(validation(ITEM, CORPUS, ask))


NO, YES, SOME = (False,) * 3, (True,) * 3, (False, True, False)


@pytest.mark.parametrize(
    ("right", "fate", "why"),
    [
        ({"nothing": SOME}, "dropped", "from the instruction alone"),
        ({"nothing": NO, "concepts": NO}, "dropped", "never solved"),
        ({"nothing": NO, "concepts": SOME}, "kept", "hard and possible"),
        ({"nothing": NO, "concepts": YES, "documents": YES}, "dropped", "from the documents, too"),
        ({"nothing": NO, "concepts": YES, "documents": SOME}, "kept", "not from documents"),
    ],
)
def test_the_two_phases_decide_the_fate(right: Mapping[str, Sequence[bool]], fate: str, why: str) -> None:
    found = tried(right)
    assert found.fate == fate
    assert why in found.why


def folder(tmp_path: Path, **changes: object) -> Path:
    item = {
        "id": "t1", "instruction": "How much?", "answer": "12", "answer_type": "number", "concepts": ["A rule."],
        "reasoning_steps": ["x"], "related_docs": ["d1"], "noise_docs": [], **changes,
    }  # fmt: skip
    (tmp_path / "items.jsonl").write_text(json.dumps(item) + "\n")
    (tmp_path / "library.jsonl").write_text(json.dumps({"id": "d1", "text": "Prose.", "concepts": ["a"]}) + "\n")
    return tmp_path


def test_a_model_in_a_folder_validates_items_of_ones_own(
    tmp_path: Path, built: Callable[[Callable[[Path], Path]], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["max_tokens=4", "dtype=fp32", "device_map=cpu", "threads=1", "context_chars=400"]
    options = [part for pair in given for part in ("--robust-model-arg", pair)]
    model = built(models.causal_model)
    source, out = folder(tmp_path), tmp_path / "kept.jsonl"
    status = main(
        ["validate-items", str(source), "--robust-model", str(model), *options, "--robust-ledger=none", "-o", str(out)]
    )
    printed = capsys.readouterr().out
    assert status == 0
    assert "t1: dropped: never solved with the concepts" in printed  # a random model solves nothing
    assert "instruction 0/3, concepts 0/3" in printed
    assert "1 dropped" in printed
    assert out.read_text() == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"concepts": []}, "names no concepts"), ({"related_docs": ["d9"]}, "no document has the id 'd9'")],
)
def test_bad_items_are_refused_with_their_place(
    tmp_path: Path, changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate-items", str(folder(tmp_path, **changes)), "--robust-model", "x"]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "items.jsonl" in told


def test_what_is_missing_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate-items", str(folder(tmp_path)), "--trials", "1"]) == 1
    told = capsys.readouterr().err
    assert "needs a trial model" in told
    assert "--trials must be at least 2" in told
    assert main(["validate-items", "nowhere"]) == 1
    assert "neither a folder nor the bundled pack" in capsys.readouterr().err
