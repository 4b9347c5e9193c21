"""``supported`` and ``fully_supported``: is what the reply says backed by the passages it was given? [OURS]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.corpus.normalise import tokens
from robustcore.errors import InputError, Problem, suggest
from robustcore.measures.abstention import has_abstained
from robustcore.measures.base import Score, Status, TextMeasure, not_applicable, unscored
from robustcore.measures.entailed import calls_of, judged, pairs_of
from robustcore.measures.support_rules import TextEncoder
from robustcore.systems.base import Answer
from robustcore.systems.trial import Trial

RULES, ENTAILMENT = "rules+encoder", "entailment"
MODEL_OPTIONS = frozenset({"checker", "model", "revision", "entailed_at"})  # the rest are settings of the rules


def default_encoder() -> TextEncoder:
    """Return the packaged sentence encoder; it loads its weights at the first text."""
    from robustcore.endpoints.local.encoder import Encoder

    return Encoder()


@dataclass(frozen=True, kw_only=True)
class Supported(TextMeasure):
    """Share of the reply's claims that a passage given to the reader backs. Up; [0, 1].

    See `support_rules` and `SupportEndpoint` for claims, windows and the score. ``coverage_weight``, ``threshold`` and
    ``candidates`` were chosen by hand on calibration questions, which are never scored. Short replies are read together
    with the question as it was before any perturbation: that is what they were meant to answer. Unscored
    (``not_applicable``): an empty reply, an abstention, a system that does not show what its reader was given. An
    answer from no passages at all is 0. Backed by a distractor is still backed; a negation the rules cannot see, or a
    quantity taken from another row of the same window, can be missed.

    With ``checker=entailment`` a claim is backed iff the cross-encoder ``model`` (a folder, or a hub name with its
    ``revision``) gives entailment by one of its ``candidates`` closest windows at least the probability
    ``entailed_at``.
    """

    base: ClassVar[str] = "supported"
    binary: ClassVar[bool] = False
    status: ClassVar[Status] = "OURS"
    checker: str = RULES
    model: str = ""
    revision: str = ""
    entailed_at: float = 0.5
    coverage_weight: float = 0.5
    threshold: float = 0.45
    candidates: int = 2
    encoder: Callable[[], TextEncoder] = field(default=default_encoder, repr=False, metadata={"option": False})

    def __post_init__(self) -> None:
        """Refuse options that do not go together."""
        if self.checker not in (RULES, ENTAILMENT):
            choices = (RULES, ENTAILMENT)
            what, fix = f"{self.base} has no checker {self.checker!r}", suggest(self.checker, choices)
            raise InputError(Problem(what=what, choices=choices, fix=fix))
        if (self.checker == ENTAILMENT) != bool(self.model):
            what = f"{self.base}: checker=entailment and model=... go together"
            raise InputError(Problem(what=what, fix=f"{self.base}(checker=entailment, model=FOLDER_OR_HUB_NAME)"))

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoint that checks claims."""
        if self.checker == ENTAILMENT:
            from robustcore.endpoints.local.cross_encoder import CrossEncoderEndpoint

            return {self._entailer: CrossEncoderEndpoint(self.model, revision=self.revision or None)}
        from robustcore.measures.support_endpoint import NAME, SupportEndpoint

        return {NAME: SupportEndpoint(self.encoder)}

    @property
    def _entailer(self) -> str:
        return f"entailment:{self.model}@{self.revision}" if self.revision else f"entailment:{self.model}"

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial``: one call, or none where nothing is to be checked."""
        answer = trial.answer
        missing = unscored(trial)
        if missing is not None or answer is None:
            return missing or not_applicable("no answer")
        if not tokens(answer.text) or has_abstained(answer):
            return not_applicable("an empty reply or an abstention claims nothing")
        if answer.passages is None:
            return not_applicable("the system does not show the passages its reader was given")
        if not answer.passages:
            return Score(value=0.0, note="answered without any passage")
        if self.checker == ENTAILMENT:
            return (yield from self._entailed(trial, answer))
        (reply,) = yield [self._call(trial, answer)]
        if isinstance(reply, CallError):
            return Score(value=None, reason="judge_error", note=reply.message)
        return self._judge(reply.value["claims"])

    def _entailed(self, trial: Trial, answer: Answer) -> Flow[Score]:
        question = trial.case.example.question
        pairs = pairs_of(question, answer.text, answer.passages or (), candidates=self.candidates)
        if not pairs:
            return not_applicable("the reply claims nothing")
        found = judged(pairs, (yield calls_of(self._entailer, pairs)))
        if isinstance(found, CallError):
            return Score(value=None, reason="judge_error", note=found.message)
        missed = next((claim for claim in found if claim.score < self.entailed_at), None)
        note = "" if missed is None else f"not entailed ({missed.score:.2f}): {missed.claim}"
        return Score(value=self._fold([claim.score >= self.entailed_at for claim in found]), note=note)

    def _call(self, trial: Trial, answer: Answer) -> Call:
        passages = [{"title": passage.title, "text": passage.text} for passage in answer.passages or ()]
        payload = {"question": trial.case.example.question, "reply": answer.text, "passages": passages}
        settings = {name: value for name, value in self.options.items() if name not in MODEL_OPTIONS}
        return Call(endpoint="support", op="check", payload=payload, settings=settings)

    def _judge(self, claims: list[dict[str, Any]]) -> Score:
        if not claims:
            return not_applicable("the reply claims nothing")
        backed = [claim["supported"] for claim in claims]
        missed = next((claim for claim in claims if not claim["supported"]), None)
        note = "" if missed is None else f"not backed ({missed['broken'] or 'too far'}): {missed['claim']}"
        return Score(value=self._fold(backed), note=note)

    @staticmethod
    def _fold(backed: list[bool]) -> float:
        return sum(backed) / len(backed)


@dataclass(frozen=True, kw_only=True)
class FullySupported(Supported):
    """1 iff every claim of the reply is backed by a passage given to the reader; see `Supported`. Up; {0, 1}."""

    base: ClassVar[str] = "fully_supported"
    binary: ClassVar[bool] = True

    @staticmethod
    def _fold(backed: list[bool]) -> float:
        return float(all(backed))
