import subprocess
import sys
import time
from pathlib import Path

import pytest
from unit.scenario.world import BUNDLED, EXAMPLES, FILE, HEAD, labels, load, load_one, measure, registry

from robustcore.case import CLEAN
from robustcore.errors import InputError, Location, MissingExtraError
from robustcore.measures.base import Measure
from robustcore.scenario.load import load_scenarios, scenarios_of, slug_of
from robustcore.scenario.other_names import OTHER_NAMES
from robustcore.scenario.wording import _keys_at

GOOD = EXAMPLES / "good"


def problems_of(body: str) -> list[str]:
    """Return ``line:column: what`` of every problem of a document that starts with `HEAD`."""
    with pytest.raises(InputError) as caught:
        load_one(body)
    return [f"{p.where.line}:{p.where.column}: {p.what}" for p in caught.value.problems if p.where]


def test_the_scenario_of_the_design_means_what_it_says() -> None:
    (scenario,) = load_scenarios(GOOD / "design.yaml", registry(), measure)
    assert (scenario.name, scenario.slug) == ("noisy-context", "noisy_context")
    assert scenario.where == Location(file=str(GOOD / "design.yaml"), line=2, column=1)
    assert [condition.name for condition in scenario.conditions] == [
        f"{label}-s{severity}" for label in ("distractor_random", "qwerty_swap") for severity in ("0.25", "0.5", "1")
    ]
    assert scenario.conditions[0].steps[0].options == {"passages": 5, "share": 1.0}
    assert [m.name for m in scenario.measures] == ["answer_correct", "abstained", "supported", "R@5"]
    assert scenario.each is None
    first, second = scenario.gates
    assert (first.measure, first.by, first.at_least, first.at_most) == (
        "answer_correct",
        ("perturbation", "severity"),
        0.8,
        None,
    )
    assert (second.measure, second.by, second.at_least, second.at_most) == ("drop_abs(answer_correct)", (), None, 0.1)
    assert first.where == Location(file=str(GOOD / "design.yaml"), line=15, column=12)
    assert scenario.system is not None
    assert scenario.system.target == "app.rag:build"
    assert scenario.data is not None
    assert scenario.data.sources == (str(GOOD / "data" / "handbook"),)
    assert scenario.data.questions == GOOD / "data" / "questions.jsonl"


@pytest.mark.parametrize(
    ("body", "fix"),
    [
        ("metrics: [R@5]", "did you mean 'measures'?"),
        ("Thresholds: []", "did you mean 'expect'?"),
        ("description: x", "did you mean 'claim'?"),
        ("corpus: x", "write data: {corpus: ..., questions: ...}"),
        ("model: x", "write system: {use: model, options: {model: ...}}"),
        ("data: {docs: x, corpus: y}", "did you mean 'corpus'?"),
        ("expect: [{group: {measure: R@5, at-least: 0, group_by: severity}}]", "did you mean 'by'?"),
        ("expect: [{group: {measure: R@5, at-least: 0, minimum: 1}}]", "did you mean 'at-least'?"),
        ("expect: [R@5 >= 0.5]", "write - group: {measure: answer_correct, at-least: 0.80}, for instance"),
        ("zzz: 1", ""),
    ],
)
def test_what_others_write_leads_to_what_is_written_here(body: str, fix: str) -> None:
    with pytest.raises(InputError) as caught:
        load_one(f"perturb: [clean]\n{body}\n")
    assert fix in [problem.fix for problem in caught.value.problems]


def test_other_keys_lead_to_keys_there_are() -> None:
    keys = {key for path in ((), ("system",), ("data",), ("expect",), ("expect", "group")) for key in _keys_at(path)}
    assert {*OTHER_NAMES.values()} <= keys
    assert not {*OTHER_NAMES} & {*_keys_at(())}


def test_what_is_left_out_has_its_default() -> None:
    scenario = load_one("perturb: [qwerty_swap]\nexpect: [group: {measure: R@5, at-least: 0}]\n")
    assert (scenario.claim, scenario.system, scenario.data, scenario.tags) == ("", None, None, ())
    assert (scenario.replicates, scenario.items, scenario.each) == (1, "case", None)
    assert scenario.conditions[0].severity == 1.0
    gate = scenario.gates[0]
    assert (gate.confidence, gate.max_unscored, gate.inconclusive, gate.sampled) == (0.95, 0.02, "fail", True)


def test_documents_of_a_file_are_scenarios_of_their_own() -> None:
    first, second = load(f"{HEAD}perturb: [clean]\n---\nrobust: 1\nname: b\nperturb: [clean]\n")
    assert (first.name, second.name) == ("a", "b")
    assert (first.where.line, second.where.line) == (1, 5)


def test_all_problems_of_all_documents_come_at_once_in_file_order() -> None:
    text = "robust: 1\nname: a\nname: b\nperturb: [qwery_swap]\nmeasures: [x]\n---\nrobust: 1\nperturb: [clean]\nx: 1\n"
    with pytest.raises(InputError) as caught:
        load(text)
    assert [problem.where and problem.where.line for problem in caught.value.problems] == [3, 4, 5, 7, 9]


def test_a_value_that_yaml_could_not_read_is_reported_once() -> None:
    assert problems_of("perturb: [clean]\nreplicates: 010\n") == ["4:13: '010' is not a plain whole number"]


def test_a_bad_first_key_does_not_hide_what_is_missing() -> None:
    with pytest.raises(InputError) as caught:
        load("on: 1\nname: a\nperturb: [clean]\n")
    assert [p.what.partition(",")[0] for p in caught.value.problems] == [
        "a key must be text",
        "the key 'robust' is missing",
        "unknown key 'on'",
    ]


def test_a_wrong_item_does_not_move_the_severity_of_the_next() -> None:
    body = "perturb:\n  - 1\n  - {qwerty_swap: {}, severity: [0.5, 5], label: no}\n"
    assert problems_of(body) == [
        "4:5: an item of 'perturb' must be a name, 'name: value' or 'name: {options}'",
        "5:39: an item of 'severity' must be at most 1, not 5",
        "5:50: 'label' must be text, not false",
    ]


def test_a_wrong_item_does_not_hide_or_move_the_problems_of_the_others() -> None:
    body = (
        "perturb: [1, qwery_swap]\nexpect:\n  - 1\n  - group: {measure: r, at_least: 1, at-most: 1}\n"
        "  - each: {invariant: q}\n"
    )
    assert problems_of(body) == [
        "3:11: an item of 'perturb' must be a name, 'name: value' or 'name: {options}'",
        "3:14: unknown perturbation 'qwery_swap'",
        "5:5: an item of 'expect' must be a mapping of keys to values, not 1",
        "6:22: unknown measure 'r'",
        "6:25: unknown key 'at_least'",
        "7:23: unknown measure 'q'",
    ]


# perturb and severity


def test_clean_is_the_identity_condition() -> None:
    assert load_one("perturb: [clean]\nseverity: [0.1, 0.2]\n").conditions == (CLEAN,)


def test_a_name_may_leave_out_its_point_where_it_is_unique() -> None:
    short, full = load_one("perturb: [qwerty_swap]\n"), load_one("perturb: [question.qwerty_swap]\n")
    assert short.conditions == full.conditions


def test_a_bare_number_is_one_severity() -> None:
    assert load_one("perturb: [qwerty_swap]\nseverity: 0.5\n") == load_one("perturb: [qwerty_swap]\nseverity: [0.5]\n")


def test_an_item_may_have_severities_and_a_label_of_its_own() -> None:
    body = "perturb:\n  - {qwerty_swap: {}, severity: [0.1, 0.2], label: typos}\n  - question.casing\nseverity: 0.9\n"
    assert [c.name for c in load_one(body).conditions] == ["typos-s0.1", "typos-s0.2", "casing-s0.9"]


def test_a_chain_applies_its_links_in_order_under_a_joined_label() -> None:
    scenario = load_one("perturb:\n  - chain: [qwerty_swap, conflict: last]\n    severity: 1\n")
    (condition,) = scenario.conditions
    assert condition.label == "qwerty_swap+conflict"
    assert [step.operator.short for step in condition.steps] == ["qwerty_swap", "conflict"]
    assert condition.steps[1].options == {"place": "last", "copies": 1}


@pytest.mark.parametrize(
    ("perturb", "expected"),
    [
        ("[conflict, conflict: last]", ["conflict-place=first", "conflict-place=last"]),
        ("[conflict: {copies: 2}, conflict: {copies: 3}]", ["conflict-copies=2", "conflict-copies=3"]),
        ("[conflict, conflict: {place: last, copies: 2}]",
         ["conflict-place=first,copies=1", "conflict-place=last,copies=2"]),
        ("[question.casing, context.casing]", ["question.casing", "context.casing"]),
        ("[question.casing, qwerty_swap]", ["casing", "qwerty_swap"]),
        ("[qwerty_swap, qwerty_swap: {layout: 'a [b]::c'}]", ["qwerty_swap-layout=us", "qwerty_swap-layout=a__b___c"]),
        ("[conflict, {conflict: last, label: other}]", ["conflict", "other"]),
        ("[chain: [qwerty_swap, conflict], chain: [qwerty_swap, conflict: last]]",
         ["qwerty_swap+conflict-place=first", "qwerty_swap+conflict-place=last"]),
        ("[chain: [qwerty_swap, conflict], conflict: last]", ["qwerty_swap+conflict", "conflict"]),
    ],
)  # fmt: skip
def test_labels_are_as_short_as_they_can_be_and_tell_alternatives_apart(perturb: str, expected: list[str]) -> None:
    assert labels(load_one(f"perturb: {perturb}\n")) == expected


def test_a_severity_near_a_level_of_a_discrete_operator_means_the_level() -> None:
    scenario = load_one("perturb: [conflict]\nseverity: [0.33, 0.667, 1]\n")
    assert [condition.severity for condition in scenario.conditions] == [1 / 3, 2 / 3, 1.0]


def test_two_severities_for_one_level_are_refused() -> None:
    assert problems_of("perturb: [conflict]\nseverity: [0.33, 0.333]\n") == [
        "3:11: two severities stand for the same level"
    ]


def test_an_option_of_type_float_takes_a_whole_number() -> None:
    scenario = load_one("perturb: [distractor_random: {share: 1}]\n")
    assert scenario.conditions[0].steps[0].options["share"] == 1.0


# measures and expect


def test_measures_are_kept_under_their_canonical_names_once() -> None:
    scenario = load_one("perturb: [clean]\nmeasures: [recall@5, R@5]\nexpect: [each: {invariant: recall@5}]\n")
    assert [m.name for m in scenario.measures] == ["R@5"]
    assert scenario.each is not None
    assert scenario.each.measure == "R@5"


def test_measures_of_expectations_are_added_to_those_listed() -> None:
    body = (
        "perturb: [clean]\nmeasures: [R@5]\nexpect:\n  - group: {measure: worst_case(supported), at-least: 0}\n"
        "  - each: {measure: abstained, at-most: 0}\n  - group: {measure: drop_rel(recall@5), at-most: 0.1}\n"
    )
    scenario = load_one(body)
    assert {m.name for m in scenario.measures} == {"R@5", "abstained", "supported"}
    assert [gate.measure for gate in scenario.gates] == ["worst_case(supported)", "drop_rel(R@5)"]


def test_the_pass_rate_needs_no_measure_of_its_own() -> None:
    scenario = load_one("perturb: [clean]\nexpect: [group: {measure: pass_rate, at-least: 0.9}]\n")
    assert scenario.measures == ()
    assert scenario.gates[0].measure == "pass_rate"


def test_gates_of_one_measure_have_names_of_their_own() -> None:
    gate = "  - group: {measure: R@5, at-least: 0.5"
    body = f"perturb: [clean]\nexpect:\n{gate}}}\n{gate}, by: severity}}\n{gate}, by: severity}}\n{gate}}}\n"
    assert [g.name for g in load_one(body).gates] == ["R@5", "R@5 by severity", "R@5 by severity (2)", "R@5 (2)"]


def test_a_hand_written_list_is_gated_without_a_sampling_plan() -> None:
    gate = "expect: [group: {measure: R@5, at-least: 0}]\n"
    assert not load_one(f"perturb: [clean]\naxis: none\n{gate}").gates[0].sampled
    assert load_one(f"perturb: [clean]\naxis: query\n{gate}").gates[0].sampled


def test_a_measure_that_needs_an_extra_is_a_problem_at_its_place() -> None:
    def without_extra(name: str) -> Measure:
        raise MissingExtraError(f"{name} needs 'torch'")

    text = f"{HEAD}perturb: [clean]\nmeasures: [nli]\n"
    with pytest.raises(InputError, match=r":4:12: nli needs 'torch'"):
        scenarios_of(text, FILE, registry(), without_extra)


# system and data


def test_a_system_is_named_by_text_or_by_a_mapping() -> None:
    plain = load_one("system: app.rag:build\nperturb: [clean]\n").system
    full = load_one("system: {use: app.rag:build, version: '3', options: {k: [1]}}\nperturb: [clean]\n").system
    assert plain is not None
    assert full is not None
    assert (plain.target, plain.version, plain.options) == ("app.rag:build", "", {})
    assert (full.target, full.version, full.options) == ("app.rag:build", "3", {"k": [1]})


@pytest.mark.parametrize("target", ["a b", "app.rag:", ":build", "a:b:c", "app/rag:build"])
def test_a_target_that_names_nothing_is_refused(target: str) -> None:
    assert "cannot be used" in problems_of(f"system: '{target}'\nperturb: [clean]\n")[0]


def test_bundled_names_win_over_paths_and_paths_are_absolute(tmp_path: Path) -> None:
    (tmp_path / "handbook").mkdir()
    (tmp_path / "mine").mkdir()
    text = f"{HEAD}data: [handbook, ./sub/../mine]\nperturb: [clean]\n"
    (scenario,) = scenarios_of(text, tmp_path / "x.yaml", registry(), measure, bundled=BUNDLED)
    assert scenario.data is not None
    assert scenario.data.sources == ("handbook", str(tmp_path / "mine"))


def test_a_source_listed_twice_is_refused() -> None:
    assert problems_of("data: [handbook, annual, handbook]\nperturb: [clean]\n") == ["3:26: 'handbook' is listed twice"]


def test_a_wrong_source_does_not_move_the_others() -> None:
    assert problems_of("data: [1, nowhere]\nperturb: [clean]\n") == [
        "3:8: an item of 'data' must be text, not 1",
        "3:11: no bundled data set and no file is called 'nowhere'",
    ]


# names, cost


@pytest.mark.parametrize(
    ("name", "slug"),
    [("noisy-context", "noisy_context"), ("A b", "A_b"), ("2 fast", "s_2_fast"), ("class", "class_"), ("x_", "x_")],
)
def test_a_slug_is_a_public_identifier(name: str, slug: str) -> None:
    assert slug_of(name) == slug
    assert slug.isidentifier()


def test_loading_reads_nothing_but_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"{HEAD}system: no_such_module:build\ndata: data.jsonl\nperturb: [clean]\n")
    (tmp_path / "data.jsonl").write_bytes(b"\xff not data")
    (scenario,) = load_scenarios(file, registry(), measure)
    assert scenario.system is not None
    assert scenario.system.target == "no_such_module:build"


def test_pydantic_is_imported_only_when_there_is_a_file_to_load() -> None:
    code = (
        "import sys, robustcore.cli, robustcore.scenario.load, robustcore.scenario.expand, robustcore.scenario.schema\n"
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_thousand_files_load_fast(tmp_path: Path) -> None:
    body = "system: embedded\ndata: handbook\ntags: [rag]\nperturb:\n  - conflict: last\n  - qwerty_swap\nseverity: 1\n"
    expect = "measures: [answer_correct, R@5]\nexpect:\n  - group: {measure: answer_correct, at-least: 0.80}\n"
    for number in range(1000):
        (tmp_path / f"{number}.robust.yaml").write_text(f"robust: 1\nname: scenario-{number}\n{body}{expect}")
    files = sorted(tmp_path.iterdir())
    operators = registry()
    load_scenarios(files[0], operators, measure, bundled=BUNDLED)  # imports pydantic
    began = time.process_time()
    for file in files:
        load_scenarios(file, operators, measure, bundled=BUNDLED)
    assert time.process_time() - began < 2.0  # 0.3 s on a quiet core; the bound leaves room for a busy one
