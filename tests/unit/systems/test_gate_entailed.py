"""The entailment route of the gate against a reader of its own: the same weights, one pair at a time, the rule anew."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from trials import passages, run, trial

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.records import Corpus, Example
from robustcore.keys import rng_of
from robustcore.measures.entailed import pairs_of
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import Preserves
from robustcore.perturb.edit import At, Edit
from robustcore.systems.aides import aides
from robustcore.systems.gate import Verdict, judged

pytest.importorskip("transformers", reason="needs the extra 'local'")

OLD = (
    "Which bridge crosses the river near the museum?",
    "Who was the director of the water works?",
    "How many visitors does the tower have in one year?",
    "What is the price of a ticket for the north harbour?",
    "Where is the pump station of the old town?",
)
NEW = (
    "What bridge leads over the river by the museum?",
    "Who led the works that supply water?",
    "How many people visit the tower yearly?",
    "How much does a ticket for the north harbour cost?",
    "In what place does the old town keep its pumps?",
    "Tower visitors?",
    "Do dogs jump over foxes, and are they quick or lazy when they do so?",
)
CASES = tuple(product(OLD, NEW))
SEED = 3  # of weights that give each of the three verdicts to some case


class Reader:
    """The weights of a folder, read pair by pair with transformers alone."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self._torch: Any = torch
        words: Any = AutoTokenizer
        models: Any = AutoModelForSequenceClassification
        self._words, self._model = words.from_pretrained(folder), models.from_pretrained(folder).eval()

    def odds(self, premise: str, hypothesis: str) -> dict[str, float]:
        """Return the probability of each label."""
        with self._torch.inference_mode():
            logits = self._model(**self._words(premise, hypothesis, return_tensors="pt")).logits[0]
        labels = self._model.config.id2label
        return {labels[number]: float(p) for number, p in enumerate(self._torch.softmax(logits, dim=-1))}

    def verdict(self, before: str, after: str, *, added: bool) -> str:
        """Return what the specification asks: entailed in both directions, or from the longer text where text came."""
        ways = [self.odds(after, before)] + ([] if added else [self.odds(before, after)])
        if all(way["entailment"] >= 0.5 for way in ways):
            return "valid"
        return "invalid" if any(way["contradiction"] >= 0.5 for way in ways) else "undecided"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from models import entailment_model

    return entailment_model(tmp_path_factory.mktemp("nli") / "model", seed=SEED)


def verdicts(folder: Path, preserves: Preserves) -> dict[tuple[str, str], Verdict]:
    """Return the gate's verdict on every case, asked in one run through the judge that a user names."""
    aided = aides(judge={"model": f"entailment:{folder}"}).only({"entailment"})
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(aided.endpoints)

    def at(before: str) -> At:
        example = Example(id="q", question=before, answers=("Bergen",))
        return At(severity=1.0, rng=rng_of(1), example=example, corpus=Corpus(), models=aided.models)

    asked = [((old, new), judged(preserves, old, Edit(value=new, edits=1), at(old))) for old, new in CASES]
    return dict(engine.run(asked))


@pytest.mark.parametrize("preserves", [Preserves.MEANING, Preserves.ADDS_NOISE])
def test_every_verdict_is_that_of_the_weights_read_pair_by_pair(folder: Path, preserves: Preserves) -> None:
    reader = Reader(folder)
    found = verdicts(folder, preserves)
    by_model = {case: one for case, one in found.items() if "entailment" in one.oracles}
    assert len(by_model) >= 20
    wanted = {case: reader.verdict(*case, added=preserves is Preserves.ADDS_NOISE) for case in by_model}
    assert {case: one.validity for case, one in by_model.items()} == wanted
    assert set(wanted.values()) == {"valid", "invalid", "undecided"}
    assert all(one.validity == "invalid" for one in found.values() if one not in by_model.values())


def test_support_by_the_same_weights_is_the_share_of_claims_that_a_window_entails(folder: Path) -> None:
    texts = (
        "The bridge crosses the river. Visitors pay in the office.",
        "The tower was opened in the year of the train.",
    )
    reply = "The bridge crosses the river. The tower opened with the train. Dogs jump over foxes."
    seen = trial(reply, "x", given=passages(*texts))
    assert seen.answer is not None
    asked: Any = parse_measure(f"supported(checker=entailment, model={folder})")
    pairs = pairs_of(seen.question, reply, seen.answer.passages or (), candidates=asked.candidates)
    reader = Reader(folder)
    best = [max(reader.odds(window, claim)["entailment"] for window in windows) for claim, windows in pairs.items()]
    cut = round((min(best) + max(best)) / 2, 4)
    measure = parse_measure(f"supported(checker=entailment, model={folder}, entailed_at={cut})")
    found = run(measure.flow(seen), dict(measure.endpoints))
    assert found.value is not None
    assert found.value == pytest.approx(sum(score >= cut for score in best) / 3)
    assert 0 < found.value < 1
