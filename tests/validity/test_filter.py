"""The validity filter against sense: on sentences of our own, and on variations that people judged (``--datasets``)."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorder import Recorder

from benchmarks import validity
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.records import Corpus, Example
from robustcore.keys import rng_of
from robustcore.perturb.base import Preserves
from robustcore.perturb.edit import At, Edit, Models
from robustcore.stats.validity import Validity
from robustcore.systems.aides import aides
from robustcore.systems.gate import Verdict, judged

pytest.importorskip("sentence_transformers")

PAIRS: list[tuple[str, str, Validity]] = [
    ("How long may an apprentice stay with the firm?", "For how long may an apprentice remain with the firm?", "valid"),
    ("Which harbour does the ferry leave from?", "From which port does the ferry leave?", "valid"),
    ("Who built the old lighthouse?", "By whom was the old lighthouse built?", "valid"),
    ("What colour are the doors of the boathouse?", "What color are the boathouse doors?", "valid"),
    ("How do bees keep their hive warm in winter?", "How do bees heat the hive in winter?", "valid"),
    ("Where is the museum shop?", "museum shop location", "valid"),
    ("How do bees keep their hive warm in winter?", "How do wasps keep their nest warm in summer?", "invalid"),
    ("Which harbour does the ferry leave from?", "Which ferry is the largest?", "invalid"),
    ("What is the price of a day ticket?", "What is the colour of a day ticket?", "invalid"),
    ("How is steel made from iron ore?", "How is steel recycled?", "invalid"),
    ("What are the symptoms of influenza?", "What is the cause of influenza?", "invalid"),
    ("When was the bridge opened?", "Who opened the bridge?", "invalid"),
    ("How many seats has the train?", "How many seats?", "invalid"),
    ("Is smoking allowed on deck?", "Is smoking not allowed on deck?", "invalid"),
    ("How long is the tunnel of 1987?", "How long is the tunnel of 1978?", "invalid"),
    ("Who built the old lighthouse?", "Who painted the old lighthouse?", "undecided"),
]


@pytest.fixture(scope="module", name="verdicts")
def _verdicts() -> dict[tuple[str, str], Verdict]:
    found = aides()
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(found.endpoints)
    models = Models(encoder=found.models.encoder)

    def at(asked: str) -> At:
        example = Example(id="q", question=asked)
        return At(severity=1.0, rng=rng_of(1), example=example, corpus=Corpus(), models=models)

    flows = [
        ((asked, after), judged(Preserves.MEANING, asked, Edit(value=after), at(asked))) for asked, after, _ in PAIRS
    ]
    return dict(engine.run(flows))


@pytest.mark.parametrize(("asked", "after", "expected"), PAIRS)
def test_the_packaged_encoder_and_the_rules_judge_as_a_reader_would(
    asked: str, after: str, expected: Validity, verdicts: dict[tuple[str, str], Verdict]
) -> None:
    assert verdicts[asked, after].validity == expected


def test_on_variations_that_people_judged_an_operator_is_judged_by_a_filter_set_without_it(
    datasets: Path, record: Recorder
) -> None:
    """0.729 [0.66, 0.80] is the figure of docs/variants.md; always-valid has 0.50, the cosine alone 0.66."""
    rows = validity.judged(datasets / validity.FILE)
    assert (len(rows), sum(row.valid for row in rows)) == (187, 127)
    parts, by_cosine = validity.held_out(rows), validity.held_out(validity.by_cosine(rows))
    filtered, cosine = validity.pooled(parts), validity.pooled(by_cosine)
    for one, other in zip([*parts, filtered], [*by_cosine, cosine], strict=True):
        record.agreement(one, other)
    assert filtered.balanced >= 0.66
    assert filtered.interval[0] > 0.5
    assert filtered.balanced > cosine.balanced
