"""The gate: is a perturbed case still the test it claims to be? A verdict per class of operator (spec metrics 9.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from robustcore.calls.flows import FlowError, values
from robustcore.calls.types import Call, CallError, Flow
from robustcore.corpus.normalise import contains_answer, number_of, tokens
from robustcore.corpus.records import Example, Passage
from robustcore.perturb.base import Preserves
from robustcore.perturb.edit import At, CorpusEdit, Edit, EditStatus
from robustcore.perturb.facts.evidence import holds, may_hold
from robustcore.perturb.language.meaning import INVALID_BELOW, VALID_AT, broken_rule, likeness_words, score_of
from robustcore.stats.validity import Validity

VERSION: Final = "gate/1"
ENTAILED_AT: Final = 0.5
_JUDGE: Final = (
    "You compare two versions of a question. Do both ask for the same information, so that an answer that is right and "
    "complete for one is right and complete for the other? Spelling and style do not matter. Reply with one word: yes "
    "or no."
)
_JUDGE_ADDED: Final = (
    "You compare a question with a longer version of it. Does the longer one ask for the same information, and does "
    "what was added neither answer the question, nor hint at its answer, nor contradict it? Reply with one word: "
    "yes or no."
)
_STATUS: Final[Mapping[Validity, EditStatus]] = {
    "valid": "applied", "invalid": "invalid_case", "undecided": "undecided_case",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a case is valid, and why not in words.

    ``oracles`` says what each oracle that was asked found (rules, encoder, judge, entailment); ``score`` is the
    encoder's, ``similarity`` the cosine of the texts before and after; None where the encoder was not asked.
    """

    validity: Validity
    note: str = ""
    oracles: Mapping[str, Validity] = field(default_factory=dict)
    score: float | None = None
    similarity: float | None = None

    @property
    def status(self) -> EditStatus:
        """Return what becomes of the case."""
        return _STATUS[self.validity]


def judged(preserves: Preserves, before: Any, edit: Edit[Any], at: At) -> Flow[Verdict]:
    """Return the flow of the verdict on what an operator made of ``before``. The text itself is never changed.

    Rules come first, and what they call invalid is. A stored variant that breaks none is valid, since who wrote the
    data vouches for it, unless another verdict is stored with it. Else, for questions whose meaning is to stay, a
    judge or an entailment model decides where there is one, the encoder's score otherwise. An oracle that cannot be
    asked is an error of the case (``judge_error``).
    """
    if isinstance(before, str) and preserves in (Preserves.MEANING, Preserves.ADDS_NOISE):
        return (yield from _reworded(before, edit, at, may_add=preserves is Preserves.ADDS_NOISE))
    rules = {
        Preserves.MEANING: _meaning_kept,
        Preserves.ADDS_NOISE: _noise_alone,
        Preserves.EVIDENCE_REMOVING: _evidence_gone,
        Preserves.CONTESTED: _value_stated,
        Preserves.ANSWER_CHANGING: _value_stated,
        Preserves.PRESSURE: _facts_kept,
    }
    validity, note = rules[preserves](before, edit, at.example)
    return Verdict(validity=validity, note=note, oracles={"rules": validity})


def _reworded(before: str, edit: Edit[str], at: At, *, may_add: bool) -> Flow[Verdict]:
    broken = broken_rule(before, edit.value, may_add=may_add) or _leak(before, edit.value, at.example)
    if broken:
        return Verdict(validity="invalid", note=broken, oracles={"rules": "invalid"}, similarity=edit.similarity)
    if edit.source == "stored":
        return _stored(edit)
    try:
        return (yield from _asked(before, edit.value, at, may_add=may_add))
    except FlowError as error:
        message = f"the oracle of validity: {error.error.message}"
        raise FlowError(CallError(kind="judge_error", message=message, exception=error.error.exception)) from error


def _stored(edit: Edit[str]) -> Verdict:
    origin = edit.origin
    if origin is None or not origin.validity:
        return Verdict(validity="valid", oracles={"rules": "valid"}, similarity=edit.similarity)
    oracles: dict[str, Validity] = {"rules": "undecided", "stored": origin.validity}
    note = "" if origin.validity == "valid" else origin.note or f"{origin.validity} says the verdict that is stored"
    return Verdict(validity=origin.validity, note=note, oracles=oracles, similarity=edit.similarity)


def _asked(before: str, after: str, at: At, *, may_add: bool) -> Flow[Verdict]:
    """Return the flow of the verdict of every oracle there is, asked in one round."""
    models = at.models
    calls: dict[str, list[Call]] = {}
    if models.encoder:
        calls["encoder"] = [_compare(models.encoder, before, after)]
    if models.judge:
        calls["judge"] = [_question_to_judge(models.judge, before, after, may_add=may_add)]
    if models.entailment:
        pairs = ((after, before),) if may_add else ((before, after), (after, before))
        calls["entailment"] = [_entailment(models.entailment, *pair) for pair in pairs]
    replies = yield from values([call for part in calls.values() for call in part])
    oracles: dict[str, Validity] = {"rules": "undecided"}
    score = similarity = None
    for oracle, part in calls.items():
        own, replies = replies[: len(part)], replies[len(part) :]
        if oracle == "encoder":
            score, similarity = round(score_of(before, after, own[0], may_add=may_add), 4), own[0]["cosine"]
            oracles[oracle] = by_score(score)
        else:
            oracles[oracle] = _by_judge(own[0]["text"]) if oracle == "judge" else _by_entailment(own)
    said = next((name for name in ("judge", "entailment", "encoder") if name in oracles), "rules")
    note = _note(said, oracles[said], score)
    return Verdict(validity=oracles[said], note=note, oracles=oracles, score=score, similarity=similarity)


def by_score(score: float) -> Validity:
    """Return what the encoder's score says."""
    return "valid" if score >= VALID_AT else "invalid" if score < INVALID_BELOW else "undecided"


def _note(said: str, validity: Validity, score: float | None) -> str:
    if validity == "valid":
        return ""
    if said == "rules":
        return "whether the meaning was kept needs the encoder (extra 'local') or a judge (--robust-judge)"
    if said == "encoder":
        limits = f"valid from {VALID_AT:g}, invalid below {INVALID_BELOW:g}"
        return f"the meaning may have changed: score {score:.2f} ({limits})"
    return f"the {said} {'says that the meaning changed' if validity == 'invalid' else 'gave no verdict'}"


def _compare(encoder: str, before: str, after: str) -> Call:
    payload = {"before": before, "after": after, "words": likeness_words(before, after)}
    return Call(endpoint=encoder, op="compare", payload=payload, length=len(before) + len(after))


def _question_to_judge(judge: str, before: str, after: str, *, may_add: bool) -> Call:
    messages = [
        {"role": "system", "content": _JUDGE_ADDED if may_add else _JUDGE},
        {"role": "user", "content": f"First: {before}\nSecond: {after}"},
    ]
    settings = {"max_tokens": 256, "temperature": 0.0}  # room for a model that thinks aloud first
    length = sum(len(message["content"]) for message in messages)
    return Call(endpoint=judge, op="chat", payload={"messages": messages}, settings=settings, length=length)


def _entailment(model: str, premise: str, hypothesis: str) -> Call:
    payload = {"premise": premise, "hypothesis": hypothesis}
    return Call(endpoint=model, op="entail", payload=payload, length=len(premise) + len(hypothesis))


def _by_judge(reply: str) -> Validity:
    said = re.findall(r"\b(yes|no)\b", reply.rpartition("</think>")[2].lower())
    return "undecided" if len(set(said)) != 1 else "valid" if said[0] == "yes" else "invalid"


def _by_entailment(replies: Sequence[Mapping[str, float]]) -> Validity:
    if min(reply["entailment"] for reply in replies) >= ENTAILED_AT:
        return "valid"
    return "invalid" if max(reply["contradiction"] for reply in replies) >= ENTAILED_AT else "undecided"


def _leak(before: str, after: str, example: Example) -> str:
    leaks = contains_answer(after, example.answers) and not contains_answer(before, example.answers)
    return "it gives a gold answer away" if leaks else ""


def _meaning_kept(before: Any, edit: Edit[Any], example: Example) -> tuple[Validity, str]:
    old, new = _texts(before), _texts(edit.value)
    lost = [one for old_, one in zip(old, new, strict=False) if _holds(old_, example) and not _holds(one, example)]
    if len(old) != len(new):
        return "invalid", "passages were added or lost"
    if any(not _may_hold(one, example) for one in lost):
        return "invalid", "a gold answer was lost"
    return ("undecided", "a gold answer stands there in another shape") if lost else ("valid", "")


def _noise_alone(before: Any, edit: Edit[Any], example: Example) -> tuple[Validity, str]:
    given = set(_texts(before))
    return _without_gold([text for text in _texts(edit.value) if text not in given], example, "what was added")


def _evidence_gone(before: Any, edit: Edit[Any], example: Example) -> tuple[Validity, str]:
    return _without_gold(_texts(edit.value), example, "what is left")


def _value_stated(before: Any, edit: Edit[Any], example: Example) -> tuple[Validity, str]:
    planted = edit.planted
    if not planted:
        return "undecided", "no value was planted that could be checked"
    if contains_answer(planted, example.answers):
        return "invalid", f"{planted!r} is a gold answer"
    if not any(contains_answer(text, (planted,)) for text in _texts(edit.value)):
        return "invalid", f"{planted!r} is not stated"
    number = number_of(tokens(planted)) is not None
    if example.answers and all((number_of(tokens(gold)) is not None) != number for gold in example.answers):
        return "undecided", f"{planted!r} may not be of the type of the answer"
    return "valid", ""


def _facts_kept(before: Any, edit: Edit[Any], example: Example) -> tuple[Validity, str]:
    if not all(text in "\n".join(_texts(edit.value)) for text in _texts(before)):
        return "invalid", "the facts were not left as they are"
    claims_gold = bool(edit.planted) and contains_answer(edit.planted, example.answers)
    return ("invalid", f"the claim {edit.planted!r} is true") if claims_gold else ("valid", "")


def _without_gold(texts: Sequence[str], example: Example, where: str) -> tuple[Validity, str]:
    if any(_holds(text, example) for text in texts):
        return "invalid", f"{where} holds a gold answer"
    if any(_may_hold(text, example) for text in texts):
        return "undecided", f"{where} may hold a gold answer in another shape"
    return "valid", ""


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    pieces = value.add if isinstance(value, CorpusEdit) else value or ()
    return [f"{piece.title}\n{piece.text}" if piece.title else piece.text for piece in pieces]


def _holds(text: str, example: Example) -> bool:
    return holds(Passage(doc_id="", text=text), example.answers)


def _may_hold(text: str, example: Example) -> bool:
    return may_hold(Passage(doc_id="", text=text), example.answers)
