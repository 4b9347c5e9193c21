"""Each shipped pack loads, fits its lock, and gives the golden verdicts on scripted systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.corpus.bundled import bundled_names, shipped_folder
from robustcore.corpus.locks import check_lock
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios

FOLDER = shipped_folder("scenarios")
FILES = sorted(FOLDER.rglob("*.robust.yaml"))


def test_there_are_packs() -> None:
    packs = {"quickstart", "rare", "failsafe", "noisy", "evidence", "der2", "smoke", "ranking", "parrot", "emotion"}
    assert {file.parent.name for file in FILES} == packs


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_scenario_loads_with_a_claim_and_bundled_data(file: Path) -> None:
    for scenario in load_scenarios(file, operator_registry(), parse_measure, bundled=bundled_names()):
        assert scenario.claim
        assert scenario.data is not None
        assert set(scenario.data.sources) <= set(bundled_names())


def test_the_lock_fits() -> None:
    assert check_lock(FOLDER, FOLDER / "LOCK.json") == []


ORACLE = '''
"""Two scripted systems over the bundled corpora: one knows every answer, one knows none."""
import json
from pathlib import Path
from robustcore.corpus.bundled import bundled_dataset, bundled_names
from robustcore.systems.base import Answer, Citation
from robustcore.corpus.records import Passage

class Scripted:
    def __init__(self, corpus, knows):
        examples = [e for name in bundled_names() for e in bundled_dataset(name).examples]
        self.gold = {e.question: e for e in examples}
        self.corpus, self.knows = corpus, knows

    def retrieve(self, question):
        example = self.gold.get(question)
        ids = example.gold_doc_ids if example else ()
        return [{"id": i, "text": self.corpus.docs[i].text} for i in ids if i in self.corpus.docs]

    def read(self, question, passages):
        example = self.gold.get(question)
        if not self.knows:
            return {"answer": "xyzzy", "citations": [{"id": "x", "text": "xyzzy"}], "abstained": False}
        if example is None or not example.answers or not passages:
            return {"answer": "I could not find this.", "abstained": True}
        text = example.answers[0]
        return {"answer": text, "citations": [{"id": "x", "text": text}], "abstained": False}

def knows_all(corpus):
    return Scripted(corpus, True)

def knows_nothing(corpus):
    return Scripted(corpus, False)
'''


@pytest.mark.parametrize(
    ("system", "golden"),
    [
        ("knows_all", {"contradiction-last": ["passed"], "distractors": ["passed"] * 2}),
        ("knows_nothing", {"contradiction-last": ["passed"], "distractors": ["passed"] * 2}),
    ],
)
def test_the_golden_verdicts_on_scripted_systems(
    pytester: pytest.Pytester, system: str, golden: dict[str, list[str]]
) -> None:
    import json

    pytester.makepyfile(oracle=ORACLE)
    pytester.runpytest_subprocess(
        *("--robust", "--robust-pack=quickstart", f"--robust-system=oracle:{system}", "-q", "-p", "no:randomly"),
        *("-k", "contradiction or distractors", "--robust-report=out.json"),
    )
    report = json.loads((pytester.path / "out.json").read_text())
    verdicts = {s["name"]: [gate["status"] for gate in s["gates"]] for s in report["scenarios"] if s["gates"]}
    assert verdicts == golden
    estimates = {c["measure"]: c["clean"]["value"] for c in report["scenarios"][-1]["conditions"][0]["measures"]}
    assert estimates["citation_correct"] == (1 if system == "knows_all" else 0)
