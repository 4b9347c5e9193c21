"""What is stored beside every value: if it changes, values of two versions can no longer be compared unnoticed.

`contracts.json` is written anew by ``python tests/unit/measures/test_contracts.py``, once a change is meant.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robustcore.measures.registry import measure_names, parse_measure
from robustcore.measures.suite import parse_suite, suite_names

FILE = Path(__file__).with_name("contracts.json")
BRACKETS = {
    "rare_met.cell": "[word,gold]",
    "failsafe.compliant": "[baseline]",
    "noisy.score": "[ND]",
    "noisy.pass_at_k": "[ND]",
    "noisy.pass_hat_k": "[RC]",
    "noisy.drop_abs": "[RC]",
    "noisy.drop_rel": "[RD]",
    "der2.score": "[full_set]",
    "der2.load_loss": "[0.5]",
    "der2.concept_precision": "[full_set]",
    "der2.concept_recall": "[full_set]",
    "der2.error_rate": "[MC,full_set]",
    "rank.ood_change": "[typos]",
    "curve.apd": "[typos]",
    "curve.nipd": "[typos]",
    **{f"placement.{part}": "[poison]" for part in ("fell", "retriever_displaced", "reader_misled", "both")},
}
SUITES = [f"{name}{BRACKETS.get(name, '')}" for name in suite_names()]


def of_measure(name: str) -> dict[str, Any]:
    """Return what a measure says of itself."""
    measure = parse_measure(name)
    return {
        "status": measure.status,
        "binary": measure.binary,
        "higher_is_better": measure.higher_is_better,
        "descriptive": getattr(measure, "descriptive", False),
        "options": dict(measure.options),
    }


def of_suite(name: str) -> dict[str, Any]:
    """Return what a suite aggregate says of itself."""
    suite = parse_suite(name)
    return {
        "name": suite.name,
        "status": suite.status,
        "higher_is_better": suite.higher_is_better,
        "share": suite.share,
        "span": list(suite.span),
        "foreseen": suite.foreseen,
        "measures": list(suite.measures),
        "parts": list(suite.parts()),
        "options": suite.options,
    }


KNOWN: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


@pytest.mark.parametrize("name", KNOWN.get("measures", {}))
def test_a_measure_says_of_itself_what_it_said(name: str) -> None:
    assert json.loads(json.dumps(of_measure(name))) == KNOWN["measures"][name]


@pytest.mark.parametrize("name", measure_names())
def test_a_measure_is_called_what_a_file_calls_it(name: str) -> None:
    called = parse_measure(name).name
    assert called.partition("@")[0].partition("[")[0] == name.partition("@")[0].partition("[")[0]
    assert parse_measure(called).name == called


@pytest.mark.parametrize("name", KNOWN.get("suites", {}))
def test_a_suite_says_of_itself_what_it_said(name: str) -> None:
    assert json.loads(json.dumps(of_suite(name))) == KNOWN["suites"][name]


def test_nothing_that_was_there_is_gone() -> None:
    assert set(KNOWN["measures"]) <= set(measure_names())  # what is new is added with the next writing of the file
    assert set(KNOWN["suites"]) <= set(SUITES)
    assert len(KNOWN["measures"]) > 80


def written() -> str:
    """Return the file, one line a name."""
    groups = {
        "measures": {name: of_measure(name) for name in measure_names()},
        "suites": {name: of_suite(name) for name in SUITES},
    }
    parts = [
        f'"{group}": {{\n' + ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items()) + "\n}"
        for group, found in groups.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
