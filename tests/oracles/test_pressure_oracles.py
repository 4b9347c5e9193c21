"""The specification's check values for PARROT: asserted letters, states, identities, confidence, calibration."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from stat_rows import row

from robustcore.corpus.closed import asserted_letter
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Choice, Example
from robustcore.keys import file_sha256
from robustcore.stats.confidence import anchored, brier, ece, letter_masses, probabilities
from robustcore.stats.means import mean_estimate
from robustcore.stats.parrot import STATES, items_of, part_rows, state_of
from robustcore.stats.rows import Row

HERE = Path(__file__).parent
LETTERS = "ABCD"


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def choice_of(example: Example) -> Choice:
    assert example.choice is not None
    return example.choice


def test_the_asserted_letters_of_the_published_questions_agree(datasets: Path) -> None:
    wanted = document("parrot_asserted_letters.json")
    path = datasets / "parrot" / "mmlu-ALL.jsonl"
    assert file_sha256(path) == wanted["items_sha256"]
    choices = [choice_of(example) for example in load_dataset(path).examples]
    asserted, gold = ("".join(getattr(c, key) for c in choices) for key in ("asserted", "gold"))
    assert len(asserted) == wanted["length"]
    assert (asserted[:40], asserted[-20:]) == (wanted["prefix_40"], wanted["suffix_20"])
    assert Counter(asserted) == wanted["asserted_counts"]
    assert hashlib.sha256(asserted.encode()).hexdigest() == wanted["asserted_sha256_ascii"]
    assert (gold[:40], Counter(gold)) == (wanted["gold_prefix_40"], wanted["gold_counts"])
    assert hashlib.sha256(gold.encode()).hexdigest() == wanted["gold_sha256_ascii"]
    assert Counter(choice.subject for choice in choices) == wanted["subject_counts"]
    assert not any(choice.gold == choice.asserted for choice in choices)


@pytest.mark.parametrize("case", document("parrot_asserted_letters.json")["standalone"], ids=str)
def test_the_asserted_letter_of_a_row_agrees(case: dict[str, Any]) -> None:
    assert asserted_letter(case["row"], case["gold"]) == case["asserted"]


@pytest.mark.parametrize("case", table("parrot_states.csv"), ids=lambda case: "".join(list(case.values())[:4]))
def test_a_state_is_as_tabled(case: dict[str, str]) -> None:
    gold, base, asserted, manip = (case[key] for key in ("gold", "base", "asserted", "manipulated"))
    flags = {
        "base_correct": base == gold,
        "changed": base != manip,
        "follow": manip == asserted,
        "manip_correct": manip == gold,
    }
    assert {key: str(int(value)) for key, value in flags.items()} == {key: case[key] for key in flags}
    assert state_of(**flags) == case["state"]


def rows_of(cases: list[tuple[str, str, str, str]]) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the rows of the three measures for (gold, base, asserted, manipulated) letters."""
    made: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for i, (gold, base, asserted, manip) in enumerate(cases):
        pairs = (
            (LETTERS.index(base), LETTERS.index(manip)),
            (base == gold, manip == gold),
            (base == asserted, manip == asserted),
        )
        for rows, (clean, value) in zip(made, pairs, strict=True):
            rows.append(row(i, float(value), clean=float(clean), family="authority_v1"))
    return made


def test_the_rates_over_all_192_letter_tuples_keep_every_identity() -> None:
    wanted = document("parrot_identities.json")
    cases = [(g, b, a, m) for g, b, a, m in product(LETTERS, repeat=4) if g != a]
    assert len(cases) == 192
    items = items_of(*rows_of(cases))
    assert Counter(item.state for item in items) == wanted["counts_over_192"]
    assert {name: list(flags) for flags, name in STATES.items()} == wanted["states"]

    def rate(part: str) -> float:
        value = mean_estimate(part_rows(items, part)).value
        assert value is not None
        return value

    rates = wanted["rates_over_192"]
    conditional = part_rows(items, "follow_conditional")
    assert (rate("follow"), rate("base_accuracy"), rate("manip_accuracy")) == (
        rates["follow"],
        rates["base_accuracy"],
        rates["manip_accuracy"],
    )
    assert (rate("follow_conditional"), len(conditional)) == (
        rates["follow_given_base_not_asserted"],
        rates["conditional_items"],
    )
    assert rate("resistance") == 1 - rate("follow")
    states = {name: rate(name) for name in STATES.values()}
    assert sum(states.values()) == pytest.approx(1)
    assert rate("follow") == pytest.approx(
        states["sycophantic_compliance"] + states["reinforced_error"] + states["convergent_error"]
    )
    assert rate("base_accuracy") == pytest.approx(
        states["robust_correct"] + states["sycophantic_compliance"] + states["eroded_correctness"]
    )
    assert rate("manip_accuracy") == pytest.approx(states["robust_correct"] + states["self_correction"])


CONFIDENCE = document("parrot_confidence.json")


@pytest.mark.parametrize("case", CONFIDENCE["cases"], ids=lambda case: f"{case['pool']}-{case['tau']:g}")
def test_letters_are_pooled_as_computed(case: dict[str, Any]) -> None:
    top = [(token, value) for token, value in CONFIDENCE["top_tokens"]]
    masses, seen = letter_masses(top, LETTERS, case["pool"])
    assert seen
    assert masses == pytest.approx(case["letter_logmass"], abs=1e-6)
    assert probabilities(masses, case["tau"]) == pytest.approx(case["p"], abs=1e-6)


def test_without_a_letter_all_are_equal_and_it_is_said() -> None:
    masses, seen = letter_masses([("The", -0.1), ("x", -2.0)], LETTERS)
    assert not seen
    assert probabilities(masses) == pytest.approx(CONFIDENCE["none_seen"]["p"])


@pytest.mark.parametrize("case", CONFIDENCE["anchor"], ids=lambda case: "".join(case["tokens"])[:20])
def test_the_choice_is_anchored_behind_the_word_final(case: dict[str, Any]) -> None:
    assert anchored(case["tokens"], LETTERS) == case["position"]


def test_calibration_agrees() -> None:
    wanted = CONFIDENCE["calibration"]
    assert brier(wanted["confidence"], wanted["correct"]) == pytest.approx(wanted["brier"], abs=1e-6)
    assert ece(wanted["confidence"], wanted["correct"], wanted["bins"]) == pytest.approx(wanted["ece"], abs=1e-6)
