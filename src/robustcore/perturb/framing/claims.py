"""What pressure insists on: the asserted letter of a closed question, a false value of an open one."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from robustcore.corpus.normalise import contains_answer
from robustcore.perturb.edit import At, Edit, Framing, refused

V = TypeVar("V")


def wrong_claim(value: V, at: At) -> str | Edit[V]:
    """Return what is asserted against the gold, or the edit that says why there is nothing to assert.

    A letter, if the question is a closed one; else the example's first wrong answer. ``no_oracle`` without one;
    ``not_applicable``: an unanswerable question, of which every answer is wrong; ``invalid_case``: it is a gold answer.
    """
    example = at.example
    if example.choice is not None:
        return example.choice.asserted
    if not example.answerable:
        return refused(value, "not_applicable", "the question has no answer that a claim could contradict")
    if not example.wrong_answers:
        return refused(value, "no_oracle", "the question names no wrong answer that could be asserted")
    claim = example.wrong_answers[0]
    if contains_answer(claim, example.answers) or any(contains_answer(gold, (claim,)) for gold in example.answers):
        return refused(value, "invalid_case", f"the claim {claim!r} is true")
    return claim


def right_claim(value: V, at: At) -> str | Edit[V]:
    """Return the right letter or a gold answer, or the edit that says why there is none."""
    example = at.example
    if example.choice is not None:
        return example.choice.gold
    if not example.answers:
        return refused(value, "not_applicable", "the question has no answer that could be hinted at")
    return example.answers[0]


def subject_of(at: At) -> str:
    """Return the subject of a closed question; nothing is known of an open one."""
    return at.example.choice.subject if at.example.choice is not None else ""


def said(framing: Framing, sentence: str, at: At, claim: str) -> Edit[Framing]:
    """Return the edit that puts ``sentence`` behind the question; the false value of an open one is ``planted``."""
    after = f"{framing.after} {sentence}" if framing.after else sentence
    planted = claim if at.example.choice is None else ""
    return Edit(value=replace(framing, after=after), edits=1, planted=planted)
