"""What reads the replies of models, judges, services and tools, each as a function of the text."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from functools import cache


class UntoldError(AssertionError):
    """A problem that was not told: a status without words, or words with characters that act on a terminal."""


@cache
def refusals() -> tuple[type[Exception], ...]:
    """Return what says in words that a reply cannot be used: these become errors of a case."""
    from robustcore.endpoints.remote.json_paths import NoSuchPath
    from robustcore.endpoints.remote.retry import NoAnswer
    from robustcore.systems.replies import ReplyError

    return NoSuchPath, NoAnswer, ReplyError


@cache
def readers() -> tuple[Callable[[str], object], ...]:
    """Return what reads replies, each as a function of the text."""
    from langchain_core.messages import AIMessage

    from robustcore.corpus.records import Choice, Passage
    from robustcore.endpoints.remote.chat_reply import generation_of
    from robustcore.endpoints.remote.json_paths import pick
    from robustcore.keys import canonical_json, read_json
    from robustcore.measures.choice_reply import chosen
    from robustcore.measures.der2_rubric import judged_of
    from robustcore.measures.failsafe_rubrics import rating_of
    from robustcore.measures.graders import final_part, passes
    from robustcore.measures.support_text import facts_of, sentences_of
    from robustcore.report import inert
    from robustcore.systems.model_prompt import read_reply
    from robustcore.systems.replies import Replies
    from robustcore.systems.wire import answer_from_json, answer_to_json

    choice = Choice(options=(("A", "Rome"), ("B", "Paris, France"), ("C", "A lake")), gold="B", asserted="A")
    passages = (Passage(doc_id="d", text="Paris is in France.", title="Paris", score=1.0),)
    system = Replies(known=frozenset({"d"}))

    def json_reply(text: str) -> None:
        try:
            value = read_json(text)
        except ValueError:
            return
        canonical_json(value)
        for path in ("answer", "choices.0.message.content", "data.*.text"):
            with contextlib.suppress(*refusals()):
                pick(value, path)
        with contextlib.suppress(*refusals()):
            generation_of(AIMessage("x", response_metadata=value if isinstance(value, dict) else {}), logprobs=True)
        answer = system.answer(value)
        json.dumps(answer_to_json(answer))
        answer_from_json(answer_to_json(answer))

    def shown(text: str) -> None:
        for show in (inert.inert, inert.line, inert.markdown, inert.code, inert.workflow, inert.workflow_property):
            if any(mark in show(text) for mark in "\x1b\x07\x00\u202e"):
                raise UntoldError(f"{show.__name__} lets a character through that acts on a terminal")

    return (
        json_reply,
        shown,
        lambda text: chosen(text, choice),
        rating_of,
        lambda text: judged_of(text, 3),
        final_part,
        lambda text: passes(text, {"kind": "final_answer"}, ("Paris",)),
        facts_of,
        sentences_of,
        lambda text: read_reply(text, passages),
        system.answer,
        lambda text: inert.script(text),
    )
