"""What a child process of benchmark q does: tables, findings and gates of so many made-up case records, timed."""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable

from robustcore.gates.judge import judge
from robustcore.gates.types import Gate
from robustcore.report.find import findings
from robustcore.report.records import rows_of
from robustcore.report.tables import condition_reports
from robustcore.report.types import CaseRecord, MeasureReport

SEVERITIES = (0.2, 0.4, 0.6, 0.8, 1.0)
LABELS = ("lower", "upper", "title", "alternating")
CONDITIONS = len(SEVERITIES) * len(LABELS)
MEASURE = "answer_correct"
MEASURES = {MEASURE: MeasureReport(status="OURS", higher_is_better=True, binary=True)}


def main() -> None:
    """Print the processor seconds of each part and the peak memory, as JSON."""
    records = made(int(sys.argv[1]))
    gates = [Gate(name="rate", measure=MEASURE, at_least=0.5, by=("perturbation", "severity"))]
    gates += [Gate(name=name, measure=f"{name}({MEASURE})", at_most=0.9) for name in ("drop_abs", "drop_rel")]
    gates += [Gate(name=name, measure=f"{name}({MEASURE})", at_least=0.2) for name in ("union", "worst_case")]
    taken = {
        "tables": _seconds(lambda: condition_reports(records, MEASURES)),
        "findings": _seconds(lambda: findings(records, MEASURES)),
        "gates": _seconds(lambda: [judge(gate, rows_of(records, MEASURE)) for gate in gates]),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({**taken, "peak": peak}))


def made(count: int) -> list[CaseRecord]:
    """Return ``count`` records of group mode: no texts, five severities of four perturbations, a fifth of them wrong.

    Questions differ in how hard they are; scores are shared values, as those of a run are.
    """
    rng = random.Random(3)
    right, wrong = {MEASURE: (1.0, "")}, {MEASURE: (0.0, "")}
    records: list[CaseRecord] = []
    for number in range(count // CONDITIONS):
        item, hard = f"q{number:06d}", rng.random() ** 3
        clean = wrong if rng.random() < hard / 2 else right
        records += (
            CaseRecord(
                id=f"{label}-s{severity:g}-{item}", item=item, cluster=item, condition=label, severity=severity,
                family=label, replicate=0, outcome="passed", reason="", changed=False, clean=clean,
                scores=wrong if rng.random() < hard * severity else right, change=severity / 2,
            )
            for label in LABELS
            for severity in SEVERITIES
        )  # fmt: skip
    return records


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
