"""One test per row of the outcome table (DESIGN section 4)."""

from __future__ import annotations

import json

import pytest
from acceptance.conftest import EACH, GATE, App
from acceptance.test_baseline import many


def test_a_case_that_meets_its_expectation_passes(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    app.run().assert_outcomes(passed=5)


def test_a_case_that_does_not_meet_it_fails(app: App) -> None:
    app.scenario(system="answer", body=EACH)
    result = app.run()
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(["*FAILED upper.robust.yaml::upper?casing*q1? - answer_*"])
    assert "falls short as well" not in result.stdout.str()


def test_a_shortfall_in_a_scenario_that_only_gates_groups_is_tolerated(app: App) -> None:
    app.scenario(system="answer", body=GATE)
    result = app.run()
    result.assert_outcomes(xfailed=5, failed=1)
    result.stdout.fnmatch_lines(["*XFAIL*casing*q1*tolerated, counted by gate*"])


def test_runxfail_changes_nothing(app: App) -> None:
    app.scenario(system="answer", body=GATE)
    app.run("--runxfail").assert_outcomes(xfailed=5, failed=1)


def test_invariant_is_not_applicable_where_the_clean_twin_fails(app: App) -> None:
    app.jsonl("questions.jsonl", [{"id": "q9", "question": "Which digit is nine please", "answers": ["9"]}])
    app.scenario(system="answer", body="expect: [{each: {invariant: answer_correct}}]\n")
    result = app.run()
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED*upper.robust.yaml:1: not_applicable: the clean twin already fails answer_correct"]
    )


def test_invariant_fails_where_the_perturbed_twin_is_worse(app: App) -> None:
    app.scenario(system="answer", body="expect: [{each: {invariant: answer_correct}}]\n")
    result = app.run()
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(["*answer_correct fell from 1 (clean) to 0*"])


def test_an_operator_that_changes_nothing_is_skipped_as_noop(app: App) -> None:
    app.scenario(system="answer", perturb="  - question.punctuation", body=EACH)
    questions = [{"id": "q1", "question": "apple", "answers": ["1"]}]
    app.jsonl("questions.jsonl", questions)
    result = app.run()
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*noop*"])


def test_a_missing_injection_point_is_skipped_with_a_hint(app: App) -> None:
    app.scenario(system="answer", perturb="  - context.position_shuffle", body=EACH)
    result = app.run()
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines(["*missing injection point: answer does not offer context*"])
    assert app.calls == []


def test_a_gate_that_lacks_an_injection_point_is_told_as_not_run_with_the_way_out(app: App) -> None:
    """It was left out of summary and report before, which said that all gates had passed."""
    perturb = "  [question.casing: {mode: upper}, context.position_shuffle]"
    gate = "expect: [{group: {measure: drop_abs(answer_correct), by: perturbation, at-most: 0.2}}]\n"
    app.scenario(system="sturdy", perturb=perturb, body=gate)
    result = app.run("--robust-report=out.md")
    assert "1 of 2 gates passed, 1 not run" in (app.path / "out.md").read_text(encoding="utf-8")
    result.stdout.fnmatch_lines(["*position_shuffle*not run*"])
    result.stdout.fnmatch_lines(["✓ 1 of 2 gates passed, 1 not run", "NOT RUN: 1 of 2 gates.*"])
    result.stdout.fnmatch_lines(["*1 gate: missing injection point: sturdy does not offer context*"])


def test_a_scenario_of_which_nothing_ran_still_says_why(app: App) -> None:
    app.scenario(system="answer", perturb="  - context.position_shuffle", body=GATE)
    result = app.run("--robust-report=out.md")
    result.assert_outcomes(skipped=6)
    result.stdout.fnmatch_lines(["*not run*", "*1 gate: missing injection point: answer does not offer context*"])
    assert "not run" in (app.path / "out.md").read_text(encoding="utf-8")


def test_cases_that_were_not_run_are_noted_where_no_gate_tells_of_them(app: App) -> None:
    app.scenario(system="answer", perturb="  [question.casing: {mode: upper}, context.position_shuffle]", body=EACH)
    app.run().stdout.fnmatch_lines(["note: not run: missing injection point: answer does not offer context*"])


READER = """
from toy import sturdy

class Shelf:
    def retrieve(self, question):
        word = question.lower().split()[3]
        return [{"id": "d1", "text": f"The word {word} stands for {sturdy(question)}."}]

    def read(self, question, passages):
        return passages[0].text

shelf = Shelf()
"""


def test_a_measure_without_any_value_says_why_and_a_reader_of_ours_has_it(app: App) -> None:
    """A user's own reader was told that it does not show its passages, which we had handed to it."""
    app.pytester.makepyfile(reader=READER)
    asked = "measures: [supported]\nexpect: [{group: {measure: supported, at-least: 0.4}}]\n"
    for name, system in (("opaque", "sturdy"), ("parts", "reader:shelf")):
        path = app.scenario(name, system=system)
        path.write_text(path.read_text().replace("measures: [answer_correct]\n", asked), encoding="utf-8")
    result = app.run("--robust-report=out.md", "--robust-report=out.json", "-n", "2")
    why = "supported: no case is scored: the system does not show the passages its reader was given"
    opaque, parts = json.loads((app.path / "out.json").read_text(encoding="utf-8"))["scenarios"]
    assert why.endswith(opaque["measures"]["supported"]["unscored"])
    assert why in " ".join(result.stdout.str().split())
    assert (app.path / "out.md").read_text(encoding="utf-8").count(why) == 1
    assert parts["measures"]["supported"]["unscored"] == ""
    assert [case["scores"]["supported"][0] for case in parts["cases"]] == [1.0] * 5


def test_an_undecided_gate_says_why_most_cases_have_no_value(app: App) -> None:
    """It named a number of questions that would decide it, as if each of them would have a value."""
    path = app.scenario(system="sturdy", body="expect: [{group: {measure: citation_correct, at-least: 0.4}}]\n")
    path.write_text(path.read_text().replace("[answer_correct]", "[citation_correct]"), encoding="utf-8")
    result = app.run()
    result.stdout.fnmatch_lines(
        ["*no scored case (not_applicable 5); * inconclusive; most cases: no citation with a text"]
    )


def test_a_failure_whose_clean_question_fails_as_well_says_so(app: App) -> None:
    app.scenario(system="answer", body=EACH)
    app.jsonl("questions.jsonl", [{"id": "q9", "question": "Which digit is nine please", "answers": ["9"]}])
    app.run().stdout.fnmatch_lines(["*note*the clean question falls short as well*"])


def test_infrastructure_losses_are_errors_not_failures(app: App) -> None:
    app.scenario(system="times_out_on_upper", body=EACH)
    result = app.run()
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(["*infra_error: connection refused*"])


def test_a_system_that_raises_on_perturbed_input_only_fails_after_one_retry(app: App) -> None:
    app.scenario(system="raises_on_upper", body=EACH)
    result = app.run()
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(["*the system raises on the perturbed input (twice), not on the clean one: KeyError*"])
    assert sum(question.isupper() for question in app.calls) == 10


def test_a_system_that_raises_on_the_clean_question_too_is_an_error(app: App) -> None:
    app.scenario(system="raises_always", body=EACH)
    result = app.run()
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(["*the system raised, on the clean question too*"])


def test_a_gate_whose_threshold_is_met_passes(app: App) -> None:
    app.scenario(system="sturdy", body=GATE)
    app.run().assert_outcomes(passed=6)


def test_a_gate_whose_threshold_is_missed_fails_with_its_estimate(app: App) -> None:
    app.scenario(system="answer", body=GATE)
    result = app.run()
    result.stdout.fnmatch_lines(["*conditional on these questions*", "*FAILED upper.robust.yaml::upper_gate*"])


def test_a_gate_that_cannot_decide_fails_and_says_how_many_questions_would(app: App) -> None:
    path = app.scenario(system="sturdy", body=GATE)
    path.write_text(path.read_text().replace("axis: none\n", ""))
    result = app.run()
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*inconclusive*", "*questions would decide it*"])


def test_a_gate_of_which_nothing_was_scored_says_what_to_do_about_the_reason(app: App) -> None:
    app.scenario(system="answer", perturb="  - question.punctuation", body=GATE)
    app.jsonl("questions.jsonl", [{"id": "q1", "question": "apple", "answers": ["1"]}])
    result = app.run()
    result.assert_outcomes(skipped=1, failed=1)
    result.stdout.fnmatch_lines(["*undecided   the operator found nothing to change*perturb show *upper.robust.yaml*"])


def test_an_inconclusive_gate_may_warn_instead(app: App) -> None:
    body = "expect: [{group: {measure: answer_correct, at-least: 0.9, inconclusive: warn}}]\n"
    path = app.scenario(system="sturdy", body=body)
    path.write_text(path.read_text().replace("axis: none\n", ""))
    result = app.run()
    result.assert_outcomes(passed=5, xfailed=1)
    assert result.ret == 0


FLAWLESS = """\
replicates: 2
items: group
expect:
  - group: {measure: answer_correct, at-least: 0.95}
  - group: {measure: pass_rate, at-least: 0.95}
  - group: {measure: drop_abs(answer_correct), at-most: 0.1}
  - group: {measure: drop_rel(answer_correct), at-most: 0.1}
  - group: {measure: union(answer_correct), at-least: 0.95}
"""


def test_a_system_that_never_errs_passes_gates_over_several_conditions_and_replicates(app: App) -> None:
    many(app, 60)
    path = app.scenario(
        system="sturdy", perturb="  [{question.casing: {mode: upper}}, {question.casing: {mode: title}}]", body=FLAWLESS
    )
    path.write_text(path.read_text(encoding="utf-8").replace("axis: none\n", ""), encoding="utf-8")
    app.run("--robust-ledger=none").assert_outcomes(passed=2 + 5)


def test_a_gate_with_too_many_infrastructure_losses_is_an_error(app: App) -> None:
    app.scenario(system="times_out_on_upper", body=GATE)
    app.run().assert_outcomes(errors=6)


def test_a_terminal_that_shows_ascii_only_gets_every_line(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    app.scenario(system="answer", body=GATE)
    result = app.run_apart()
    result.stdout.fnmatch_lines(["  estimate *", "  scored *", "* gate *", "*answer_correct*>=0.9*failed"])
    assert r"\n" not in result.stdout.str()
