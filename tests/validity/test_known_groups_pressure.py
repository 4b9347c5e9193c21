"""Reference models with known parameters: each parameter is recovered inside its interval, by the packs as shipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from recorder import Recorder
from validity.pressed import Follows, Knows, Moved, Wavers

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.bundled import bundled_dataset, bundled_names, shipped_folder
from robustcore.corpus.framings import EMOTIONAL
from robustcore.corpus.records import Dataset
from robustcore.gates.judge import judge
from robustcore.measures.registry import parse_measure
from robustcore.measures.suite import parse_suite
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.stats.confidence import probabilities
from robustcore.stats.rows import Estimate, Row

SURE = 0.995  # of each limit: parameters are recovered on fixed seeds, and none of many may lie outside by chance


@cache
def pack(name: str) -> tuple[Scenario, Dataset]:
    file = shipped_folder("scenarios") / name / f"{name}.robust.yaml"
    (scenario,) = load_scenarios(file, operator_registry(), parse_measure, bundled=bundled_names())
    return scenario, bundled_dataset(name)


class Seen:
    """What a pack found of a system."""

    def __init__(self, name: str, system: Knows, *, labels: Sequence[str] = (), replicates: int = 1) -> None:
        scenario, dataset = pack(name)
        kept = [c for c in scenario.conditions if not labels or c.label in labels]
        self.scenario = replace(scenario, conditions=tuple(kept), replicates=replicates)
        self.unit = Unit(self.scenario, dataset, lambda: system, slim=True)
        cases = [case for c in kept if not self.unit.missing_points(c) for case in self.unit.cases(c)]
        engine = Engine(Ledger(None), Run("validity"))
        for case, result in engine.run((case, self.unit.flow(case)) for case in self.unit.with_twins(cases)):
            self.unit.results[case.id] = result
        self.rows: list[Row] = [r for m in self.unit.measures for r in self.unit.rows(m.name, kept)]

    def estimate(self, suite: str) -> Estimate:
        return parse_suite(suite).estimate(self.rows, SURE)

    def value(self, suite: str) -> float:
        value = self.estimate(suite).value
        assert value is not None
        return value

    def holds(self, suite: str, parameter: float, record: Recorder) -> bool:
        """Say whether the interval of an aggregate holds the parameter, and record both."""
        found = self.estimate(suite)
        record.parameter(self.scenario.name, self.unit.system.name, suite, parameter, found)
        assert found.low is not None
        assert found.high is not None
        return found.low <= parameter <= found.high

    def verdicts(self) -> dict[str, tuple[str, float | None]]:
        """Return verdict and estimate of each gate of the pack by the name of its aggregate."""
        found: dict[str, tuple[str, float | None]] = {}
        for gate in self.scenario.gates:
            (verdict,) = judge(gate, self.rows, conditions=self.scenario.conditions)
            print(verdict.sentence)
            found[gate.measure.partition("(")[0]] = verdict.status, verdict.estimate.value
        return found

    def statuses(self) -> dict[str, str]:
        """Return the verdict of each gate of the pack by the name of its aggregate."""
        return {gate: status for gate, (status, _) in self.verdicts().items()}


FOLLOW, COMPLY, UNPARSED = "parrot.follow", "parrot.sycophantic_compliance", "parrot.unparsed"
PRESSED = ("clean", "authority_v1", "neutral_sentence", "correct_hint")


def test_a_model_that_knows_passes_every_gate_of_both_packs(record: Recorder) -> None:
    parrot = Seen("parrot", Knows(data=pack("parrot")[1]), labels=PRESSED)
    assert parrot.statuses() == {FOLLOW: "passed", COMPLY: "passed", UNPARSED: "passed"}
    emotion = Seen("emotion", Knows(data=pack("emotion")[1]))
    record.verdicts("parrot", "sound", parrot.verdicts())
    record.verdicts("emotion", "sound", emotion.verdicts())
    assert set(emotion.statuses().values()) == {"passed"}


@pytest.mark.parametrize("p", [0.05, 0.4, 0.8])
def test_following_with_a_probability_is_recovered(p: float, record: Recorder) -> None:
    seen = Seen("parrot", Follows(name="follows", data=pack("parrot")[1], p=p), labels=PRESSED)
    for name in ("follow", "follow_conditional", "sycophantic_compliance", "excess_follow", "accuracy_drop"):
        assert seen.holds(f"parrot.{name}", p, record)
    assert seen.holds("parrot.resistance", 1 - p, record)
    assert seen.holds("parrot.robust_correct", 1 - p, record)
    assert seen.value("parrot.base_accuracy") == 1
    assert seen.value("parrot.hint_gain") == 0
    record.verdicts("parrot", "follows", seen.verdicts(), own=(FOLLOW, COMPLY), strength=p)
    bent = "passed" if p < 0.1 else "failed"
    assert seen.statuses() == {FOLLOW: bent, COMPLY: bent, UNPARSED: "passed"}


def test_following_experts_alone_is_seen_in_the_grid_and_nowhere_else(record: Recorder) -> None:
    system = Follows(name="follows experts", data=pack("parrot")[1], p=0.7, only_experts=True)
    labels = ("authority", "social_proof", "false_citation", "directive")
    seen = Seen("parrot", system, labels=labels)
    for kind in labels[1:]:
        assert seen.value(f"parrot.follow[{kind}]") == 0
    assert seen.value("parrot.follow[authority](severity=0.167)") == 0  # nobody, on a hunch
    assert seen.holds("parrot.follow[authority](severity=1.0)", 0.7, record)  # an expert, beyond question
    assert seen.holds("parrot.follow[authority](severity=0.833)", 0.7 / 2, record)  # an expert, or a practitioner
    assert seen.holds("parrot.follow[authority](severity=0.667)", 0.7 / 3, record)


@pytest.mark.parametrize("nats", [2.0, 6.0])
def test_a_shift_of_confidence_is_recovered_though_no_letter_changes(nats: float) -> None:
    seen = Seen("parrot", Wavers(data=pack("parrot")[1], nats=nats), labels=PRESSED)
    assert seen.value("parrot.follow") == 0
    assert seen.value("parrot.robust_correct") == 1
    base = {"A": math.log(0.9), "B": -9.0, "C": -9.0, "D": -9.0}
    before, after = probabilities(base), probabilities({**base, "B": -9.0 + nats})
    for name, letter in (("delta_conf", "A"), ("delta_p_gold", "A"), ("delta_p_asserted", "B")):
        assert seen.value(f"parrot.{name}(tau=3)") == pytest.approx(after[letter] - before[letter], abs=1e-6)
    brier = (1 - after["A"]) ** 2 - (1 - before["A"]) ** 2
    assert seen.value("parrot.delta_brier(tau=3)") == pytest.approx(brier, abs=1e-6)
    assert seen.value("parrot.delta_ece(tau=3)") == pytest.approx(before["A"] - after["A"], abs=1e-6)


REPEATS = 40
KEPT = ("N-len", "E-hardship-self-mild", "E-hardship-self-strong", "E-fear-other-strong", "E-grievance-self-mild")


def test_drifts_that_cancel_when_pooled_are_caught_by_the_gate_on_scenarios(record: Recorder) -> None:
    first, second = (example.id for example in pack("emotion")[1].examples[:2])
    x = 0.45
    system = Moved(name="drifts that cancel", data=pack("emotion")[1], to={first: 0.5 + x, second: 0.5 - x})
    seen = Seen("emotion", system, labels=KEPT, replicates=REPEATS)
    record.verdicts("emotion", system.name, seen.verdicts(), own=("drift.outlying",), strength=x)
    assert seen.holds("drift.signed", 0, record)
    assert abs(seen.value("drift.signed")) < 0.03  # as near zero as its noise allows
    per = {name: parse_suite(f"drift.scenario[{name},drift]").estimate(seen.rows, SURE) for name in (first, second)}
    for name, parameter in ((first, x), (second, -x)):
        found = per[name]
        record.parameter("emotion", system.name, "drift.scenario", parameter, found)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= parameter <= found.high
    outlying = seen.estimate("drift.outlying")
    assert outlying.value == pytest.approx(2 / 24)
    assert first in outlying.method
    assert second in outlying.method
    assert seen.statuses()["drift.outlying"] == "failed"
    assert seen.value("drift.max_abs(per=scenario)") > 0.2
    assert seen.value("drift.abs_excess(per=scenario)") > 0.01


def test_noise_alone_has_no_excess_and_a_common_drift_is_recovered(record: Recorder) -> None:
    ids = [example.id for example in pack("emotion")[1].examples]
    noise = Moved(name="noise alone", data=pack("emotion")[1], to=dict.fromkeys(ids, 0.5))
    noisy = Seen("emotion", noise, labels=KEPT, replicates=REPEATS)
    assert noisy.value("drift.mean_abs") > 0.05  # noise alone: about .09 with 40 repeats
    assert abs(noisy.value("drift.abs_excess")) < 0.04
    assert noisy.holds("drift.signed", 0, record)
    common = Moved(name="a common drift", data=pack("emotion")[1], to=dict.fromkeys(ids, 0.7))
    moved = Seen("emotion", common, labels=KEPT, replicates=REPEATS)
    own = tuple(moved.statuses())  # it decides by chance, so it breaks the rule under every text
    record.verdicts("emotion", common.name, moved.verdicts(), own=own, strength=0.2)
    assert moved.holds("drift.signed", 0.2, record)
    assert moved.statuses()["drift.equivalence"] == "failed"
    assert "shifted" in moved.estimate("drift.equivalence").method
    assert moved.value("drift.abs_excess") > 0.04


def test_a_drift_under_one_narrative_is_found_there_alone() -> None:
    class OnlyFear(Knows):
        def reply(self, example, before, after, draw):  # type: ignore[no-untyped-def]  # noqa: ANN001
            letter, masses = super().reply(example, before, after, draw)
            afraid = any(word in before for word in ("afraid", "fear", "frighten", "terrif", "dread"))
            return (
                (example.choice.favourable, masses | {example.choice.favourable: 0.0}) if afraid else (letter, masses)
            )

    seen = Seen("emotion", OnlyFear(data=pack("emotion")[1]))
    fear = seen.value("drift.signed[fear]")
    assert fear > 0.2
    assert abs(seen.value("drift.signed[devotion]")) < fear / 2
    assert len({c.label for c in seen.scenario.conditions} & set(EMOTIONAL)) == 16
