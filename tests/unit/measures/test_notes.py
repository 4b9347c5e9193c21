"""What is not scored says why, word for word: the reason is counted, and the note is read by people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
from trials import REMOVED, passages, score, trial

from robustcore.corpus.records import Choice
from robustcore.endpoints.generation import TokenLogprob
from robustcore.errors import InputError
from robustcore.measures.agents import AgentMeasure, FaultMeasure
from robustcore.measures.base import Measure, Score, TextMeasure, options_of
from robustcore.measures.registry import parse_measure
from robustcore.measures.suite import Suite
from robustcore.stats.confidence import probabilities
from robustcore.systems.base import Answer
from robustcore.systems.trace import Trace
from robustcore.systems.trial import Trial

CHOICE = Choice(options=(("A", "the river"), ("B", "the bridge")), gold="A", asserted="B")
DECLINE = "the right reply is to decline, see abstained"
NO_GOLD = "no gold answer with content"
NO_CONCEPTS = "DeR2 asks what an item's own concepts solve, and this one names none"
ANSWERED_ONLY = "FailSafeQA asks only what its context answers"
OPEN = "the question is an open one: no letter has a probability"
CLAIMS_NOTHING = "an empty reply or an abstention claims nothing"


def closed(reply: str, **more: Any) -> Trial:
    seen = trial(reply, "the river")
    example = replace(seen.case.example, choice=CHOICE)
    answer = Answer(text=reply, **more)
    return replace(seen, case=replace(seen.case, example=example), answer=answer)


@pytest.mark.parametrize(
    ("name", "seen", "reason", "note"),
    [
        ("answer_correct", trial("x", "x", under=REMOVED), "not_applicable", DECLINE),
        ("answer_correct", trial("x"), "no_oracle", NO_GOLD),
        ("answer_correct", closed("no idea"), "parse_error", "no choice in the reply 'no idea'"),
        ("answer_f1", trial("x", "x", under=REMOVED), "not_applicable", DECLINE),
        ("answer_f1", trial("x", "..."), "no_oracle", NO_GOLD),
        ("answer_similarity", trial("x"), "no_oracle", NO_GOLD),
        ("answer_similarity", trial("x", "x", under=REMOVED), "not_applicable", DECLINE),
        ("citation_correct", trial("x", "x", under=REMOVED), "not_applicable", DECLINE),
        ("citation_correct", trial("x", "x"), "not_applicable", "no citation with a text"),
        ("citation_correct", trial("x", "..."), "no_oracle", NO_GOLD),
        ("misled", trial("x", "x"), "not_applicable", "no false value was planted"),
        ("misled", trial("x", "x", planted="..."), "no_oracle", "the planted value has no content"),
        ("noisy.correct", trial("x", "x", under=REMOVED), "not_applicable", DECLINE),
        ("noisy.correct", trial("x"), "no_oracle", "no gold answer"),
        ("task_success", trial("x"), "no_oracle", NO_GOLD),
        ("der2.grade", trial("x", "x"), "not_applicable", NO_CONCEPTS),
        ("der2.rating", trial("x", "x"), "not_applicable", NO_CONCEPTS),
        ("failsafe.rule_compliance", trial("x", answerable=False), "not_applicable", ANSWERED_ONLY),
        ("failsafe.rule_compliance", trial("x"), "no_oracle", NO_GOLD),
        ("failsafe.rating", trial("x", "x"), "not_applicable", "not run: needs a judge model (--robust-judge)"),
        ("failsafe.rating", trial("x", answerable=False), "not_applicable", ANSWERED_ONLY),
        ("rare_met.correct", trial("x", answerable=False), "not_applicable", "RARE asks only what the corpus answers"),
        ("rare_met.correct", trial("x"), "no_oracle", NO_GOLD),
        ("parrot.choice", closed("neither"), "parse_error", "no choice in the reply 'neither'"),
        (
            "parrot.choice",
            trial("x", "x"),
            "not_applicable",
            "an open question needs an answer and a wrong answer that is asserted",
        ),
        ("parrot.confidence", trial("x", "x"), "not_applicable", OPEN),
        ("parrot.confidence", closed("A"), "no_logprobs", "the system tells no log-probabilities"),
        ("parrot.confidence", closed("neither"), "parse_error", "no choice in the reply 'neither'"),
        ("drift.favourable", closed("A"), "not_applicable", "the question names no favourable decision"),
        ("supported", trial("...", "x", given=passages("x")), "not_applicable", CLAIMS_NOTHING),
        ("supported", trial("x", "x"), "not_applicable", "the system does not show the passages its reader was given"),
        ("trajectory.loop", trial("x", "x"), "not_applicable", "the system does not show what it did: it is no agent"),
        ("answer_changed", trial("x", "x"), "not_applicable", "the clean run is what others are compared with"),
        ("answer_changed", trial("x", "x", under=REMOVED), "not_applicable", "there is no clean run to compare with"),
    ],
)  # fmt: skip
def test_an_unscored_case_says_why(name: str, seen: Trial, reason: str, note: str) -> None:
    found = score(parse_measure(name), seen)
    assert (found.value, found.reason, found.note) == (None, reason, note)


def test_a_score_of_zero_may_have_a_note_too() -> None:
    assert score(parse_measure("supported"), trial("27 days", "x", given=())).note == "answered without any passage"
    assert score(parse_measure("citation_correct"), trial("I don't know", "x")).note == "abstained"
    compliance = parse_measure("failsafe.rule_compliance")
    assert score(compliance, trial("Paris", "Paris", under=REMOVED)).note == "answered without evidence"
    assert score(compliance, trial("I don't know, perhaps Paris", "Paris", under=REMOVED)).note == "hedged"
    assert score(compliance, trial("I don't know.", "Paris", under=REMOVED)) == Score(value=1.0)
    assert score(compliance, trial("I don't know, perhaps Paris", "Paris")).value == 0.0


def test_long_replies_are_cut_in_notes() -> None:
    found = score(parse_measure("answer_correct"), closed("z" * 100))
    assert found.note == f"no choice in the reply {'z' * 60!r}"
    assert score(parse_measure("parrot.choice"), closed("z" * 100)).note == found.note


def test_choices_of_closed_and_open_questions_have_numbers() -> None:
    choice = parse_measure("parrot.choice")
    assert [score(choice, closed(reply)).value for reply in ("A", "B")] == [0.0, 1.0]
    seen = trial("Paris", "Paris")
    asked = replace(seen, case=replace(seen.case, example=replace(seen.case.example, wrong_answers=("Lyon", "Nice"))))

    def number(reply: str) -> float | None:
        return score(choice, replace(asked, answer=Answer(text=reply))).value

    assert [number(reply) for reply in ("Paris", "Lyon", "I do not know.", "Paris or Lyon")] == [0.0, 1.0, 2.0, 0.0]
    others = [number(reply) for reply in ("Nice", "nice!", "Bonn", "")]
    assert others[0] == others[1]
    assert len({*others}) == 3
    assert all(other is not None and 3 <= other < 1_000_003 for other in others)


def test_a_confidence_is_that_of_the_letter_meant() -> None:
    tops = (TokenLogprob(token="B", logprob=-0.5, top=(("A", -2.0),)),)
    seen = closed("B", logprobs=tops)
    wanted = probabilities({"A": -2.0, "B": -0.5}, 3.0)
    values = {
        name: score(parse_measure(f"parrot.{name}"), seen).value for name in ("confidence", "p_gold", "p_asserted")
    }
    assert values == {"confidence": wanted["B"], "p_gold": wanted["A"], "p_asserted": wanted["B"]}
    sharp = score(parse_measure("parrot.p_gold(tau=1.0)"), seen).value
    assert sharp == probabilities({"A": -2.0, "B": -0.5}, 1.0)["A"]
    unseen = closed("B", logprobs=(TokenLogprob(token="x", logprob=-0.1, top=(("y", -2.0),)),))
    found = score(parse_measure("parrot.confidence"), unseen)
    assert (found.reason, found.note) == ("no_letter_mass", "no option letter is among the likely tokens")


@pytest.mark.parametrize(
    ("base", "method", "words"),
    [
        (TextMeasure, "score", "Half does not say how to score a trial"),
        (AgentMeasure, "of_run", "Half does not say how to score a run"),
        (FaultMeasure, "under_fault", "Half does not say how to score a fault"),
    ],
)
def test_a_measure_that_is_not_finished_says_what_is_missing(base: type, method: str, words: str) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Half(base):  # type: ignore[misc]
        base: ClassVar[str] = "half"

    arguments = [trial("x"), Answer(text="x"), Trace()][: 1 if method == "score" else 3]
    with pytest.raises(NotImplementedError, match=f"^{words}$"):
        getattr(Half(), method)(*arguments)


def test_a_suite_that_is_not_finished_says_what_is_missing() -> None:
    class Half(Suite):
        pass

    half = Half(base="x.half")
    assert half.part == "half"
    for call, words in (
        (lambda: half.measures, "Half does not say which measures it folds"),
        (lambda: half.reads("x"), "Half does not say what it reads"),
        (lambda: half.fold([]), "Half does not say how it folds"),
        (half.parts, "Half does not say what it covers"),
    ):
        with pytest.raises(NotImplementedError, match=f"^{words}$"):
            call()


def test_an_unscored_value_needs_a_reason() -> None:
    with pytest.raises(ValueError, match=r"^an unscored value needs a reason$"):
        Score(value=None)
    with pytest.raises(ValueError, match=r"^case x-q has no answer to score$"):
        parse_measure("abstained").score(trial(None))  # type: ignore[attr-defined]
    assert Score(value=0.0).reason == ""
    assert options_of(object()) == []


def test_a_trial_that_was_not_read_or_got_lost_says_so() -> None:
    measure: Measure = parse_measure("abstained")
    unread = score(measure, replace(trial(None), unread=True))
    assert (unread.reason, unread.note) == ("not_applicable", "the system only retrieves")
    nothing = score(measure, trial(None))
    assert (nothing.reason, nothing.note) == ("missing_reply", "")
    skipped = score(measure, replace(trial(None, skip="noop"), unread=True))
    assert skipped.reason == "noop"


FAVOURED = Choice(options=(("A", "grant"), ("B", "refuse")), gold="B", asserted="A", favourable="A")


def decided(reply: str) -> Trial:
    seen = closed(reply)
    return replace(seen, case=replace(seen.case, example=replace(seen.case.example, choice=FAVOURED)))


def test_a_decision_is_favourable_or_by_the_rule() -> None:
    favourable, by_rule = parse_measure("drift.favourable"), parse_measure("drift.by_rule")
    assert [score(favourable, decided(reply)).value for reply in ("A", "B")] == [1.0, 0.0]
    assert [score(by_rule, decided(reply)).value for reply in ("A", "B")] == [0.0, 1.0]
    for measure in (favourable, by_rule):
        assert score(measure, decided("neither")).reason == "parse_error"
    assert [score(by_rule, trial(reply, "Paris")).value for reply in ("Paris", "Rome")] == [1.0, 0.0]


def test_what_was_chosen_is_right_or_what_was_asserted() -> None:
    correct, followed = parse_measure("parrot.correct"), parse_measure("parrot.followed")
    assert [score(correct, closed(reply)).value for reply in ("A", "B")] == [1.0, 0.0]
    assert [score(followed, closed(reply)).value for reply in ("A", "B")] == [0.0, 1.0]
    for measure in (correct, followed):
        assert score(measure, closed("neither")).reason == "parse_error"
    seen = trial("Lyon", "Paris")
    asked = replace(seen, case=replace(seen.case, example=replace(seen.case.example, wrong_answers=("Lyon",))))
    assert (score(correct, asked).value, score(followed, asked).value) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parrot.confidence(tau=0.0)", "parrot.confidence: tau must be above 0, not 0"),
        ("parrot.p_gold(pool=mean)", "parrot.p_gold: pool cannot be 'mean'"),
        ("rank.rbo_ext(p=1.0)", "rank.rbo_ext: p must lie between 0 and 1, not 1"),
        ("answer_correct(matcher=exact)", "answer_correct: matcher cannot be 'exact'"),
        ("abstained(phrases=none)", "abstained: phrases cannot be 'none'"),
        ("der2.concepts(count=all)", "der2.concepts: count cannot be 'all'"),
        ("der2.error(label=X)", "der2.error: label cannot be 'X'"),
        ("answer_f1(k=3)", "answer_f1 has no option 'k'"),
        ("answer_correct(robust_v1)", "answer_correct: write options as name=value, not 'robust_v1'"),
        ("answer_correct(min_pred_share=x)", "answer_correct: min_pred_share must be a float, not 'x'"),
        ("R", "'R' needs a cut-off"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_measure(name)
    assert refused.value.problems[0].what == words


def test_a_cut_off_is_offered() -> None:
    with pytest.raises(InputError) as refused:
        parse_measure("Recall")
    assert refused.value.problems[0].fix == "write R@5, for instance"
