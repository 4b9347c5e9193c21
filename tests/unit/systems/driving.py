"""What the tests of adapters share: a tiny dataset, and asking a system through a real engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import CLEAN, Case
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.systems.adapt import adapt
from robustcore.systems.drive import AnySystem, drive
from robustcore.systems.trial import Trial

DATASET = Dataset(
    name="tiny",
    corpus=Corpus.of(
        [
            Doc(id="boats", title="Boats", text="The lifeboat is called Annie."),
            Doc(id="lamps", title="Lamps", text="The lamp turns every nine seconds."),
        ]
    ),
    examples=(),
)


def adapted(value: object, options: Mapping[str, object] | None = None, *, dataset: Dataset = DATASET) -> AnySystem:
    """Return ``value`` as a system called ``app:thing``."""
    return adapt(value, name="app:thing", dataset=dataset, options=options)


def asked(system: AnySystem, questions: Sequence[str], ledger: Ledger | None = None) -> list[Trial]:
    """Return the clean trials of ``questions``, in order."""
    engine = Engine(ledger or Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    cases = [Case(f"c{i}", Example(id=f"q{i}", question=question), CLEAN) for i, question in enumerate(questions)]
    done = dict(engine.run((case.id, drive(case, system, DATASET.corpus)) for case in cases))
    return [done[case.id] for case in cases]


def said(trials: Sequence[Trial]) -> list[str]:
    """Return the answers' texts, or the kind and message of the error."""
    return [t.answer.text if t.answer else f"{t.error.kind}: {t.error.message}" if t.error else t.skip for t in trials]
