"""Measures of one reply against gold: answer_correct, answer_f1, abstained, passes, misled, citation_correct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from robustcore.corpus.normalise import contains_answer
from robustcore.errors import InputError, Problem, suggest
from robustcore.measures.abstention import PHRASES, has_abstained
from robustcore.measures.base import DECLINE, NO_GOLD, Score, Status, TextMeasure, not_applicable
from robustcore.measures.choice_reply import chosen
from robustcore.measures.matching import MATCHERS, Matcher, is_correct, token_f1
from robustcore.systems.base import Answer, Citation
from robustcore.systems.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCorrect(TextMeasure):
    """1 iff the reply states a gold answer (spec metrics 1, see `matching.is_correct`). Up; {0, 1}.

    Of a closed question: iff it chooses the right option (`choice_reply.chosen`), unscored (``parse_error``) where it
    chooses none. Unscored: no gold with content (``no_oracle``), abstention expected (``not_applicable``). Known limit
    of string matching: "it is not Paris" is correct for Paris.
    """

    base: ClassVar[str] = "answer_correct"
    matcher: Matcher = "robust_v1"
    min_pred_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a matcher that does not exist."""
        check_choice("answer_correct", "matcher", self.matcher, MATCHERS)

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if trial.case.expects_abstention:
            return DECLINE
        choice = trial.case.example.choice
        if choice is not None:
            letter = chosen(_text(trial), choice)
            unread = Score(value=None, reason="parse_error", note=f"no choice in the reply {_text(trial)[:60]!r}")
            return Score(value=float(letter == choice.gold)) if letter else unread
        golds = trial.case.example.answers
        found = is_correct(_text(trial), golds, matcher=self.matcher, min_pred_share=self.min_pred_share)
        return NO_GOLD if found is None else Score(value=float(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerF1(TextMeasure):
    """Token F1 of reply and gold under ``robust_v1``, the best over golds (spec metrics 1). Up; [0, 1].

    Unscored: no gold with content (``no_oracle``), abstention expected (``not_applicable``: `Abstained` scores those).
    """

    base: ClassVar[str] = "answer_f1"
    binary: ClassVar[bool] = False
    status: ClassVar[Status] = "STANDARD"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if trial.case.expects_abstention:
            return DECLINE
        found = token_f1(_text(trial), trial.case.example.answers)
        return NO_GOLD if found is None else Score(value=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstained(TextMeasure):
    """1 iff the system declines to answer, whether right or not (spec metrics 1). Direction depends on answerability.

    A structured field decides where the system has one, else a phrase list; an empty reply does not abstain.
    """

    base: ClassVar[str] = "abstained"
    phrases: str = "default_en_v1"

    def __post_init__(self) -> None:
        """Refuse a phrase list that does not exist."""
        check_choice("abstained", "phrases", self.phrases, tuple(PHRASES))

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        return Score(value=float(has_abstained(_answer(trial), self.phrases)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes(TextMeasure):
    """What ``pass_rate`` counts by default (spec metrics 0.11): correct where an answer exists, else abstained. Up."""

    base: ClassVar[str] = "passes"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        return (_ABSTAINED if trial.case.expects_abstention else _CORRECT).score(trial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misled(TextMeasure):
    """1 iff the reply gives the planted false value and no gold answer (spec metrics 1, source_preference). Down.

    Only contested cases have a planted value; all others are ``not_applicable``. A reply that names both values is
    not misled, and neither is an abstention.
    """

    base: ClassVar[str] = "misled"
    higher_is_better: ClassVar[bool] = False

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if not trial.planted:
            return not_applicable("no false value was planted")
        answer = _answer(trial)
        took = is_correct(answer.text, [trial.planted])
        if took is None:
            return Score(value=None, reason="no_oracle", note="the planted value has no content")
        gold = bool(is_correct(answer.text, trial.case.example.answers))
        return Score(value=float(took and not gold and not has_abstained(answer)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationCorrect(TextMeasure):
    """1 iff the text of a cited passage states a gold answer, by the rule of `contains_answer`. Up, [OURS].

    An abstention cites nothing right and counts 0. Unscored: abstention expected, a system that cites nothing or
    cites ids whose text it does not show (``not_applicable``), no gold with content (``no_oracle``).
    """

    base: ClassVar[str] = "citation_correct"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if trial.case.expects_abstention:
            return DECLINE
        golds = trial.case.example.answers
        if is_correct("", golds) is None:
            return NO_GOLD
        answer = _answer(trial)
        if has_abstained(answer):
            return Score(value=0.0, note="abstained")
        texts = [text for citation in answer.citations if (text := _cited(citation, answer))]
        if not texts:
            return not_applicable("no citation with a text")
        return Score(value=float(any(contains_answer(text, golds) for text in texts)))


def _cited(citation: Citation, answer: Answer) -> str:
    """Return what a citation points to: its own text, or that of the passages it names."""
    if citation.text:
        return citation.text
    return "\n".join(passage.text for passage in answer.passages or () if passage.doc_id == citation.doc_id)


def _answer(trial: Trial) -> Answer:
    if trial.answer is None:
        raise ValueError(f"case {trial.case.id} has no answer to score")
    return trial.answer


def _text(trial: Trial) -> str:
    return _answer(trial).text


def check_choice(measure: str, option: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise `InputError` with the choices if ``value`` cannot be an option of ``measure``."""
    if value not in choices:
        what = f"{measure}: {option} cannot be {value!r}"
        raise InputError(Problem(what=what, choices=choices, fix=suggest(value, choices)))


_CORRECT, _ABSTAINED = AnswerCorrect(), Abstained()
