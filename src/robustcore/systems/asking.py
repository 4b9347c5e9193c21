"""How a question is put to a system: options and framing around it, a conversation before and after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from robustcore.calls.types import Flow
from robustcore.corpus.records import Example
from robustcore.perturb.edit import Framing, Talk
from robustcore.systems.base import Answer

REPLY: Final = (
    'Reply with one JSON object: {"final": the letter of your choice, "explanation": one sentence that says why}'
)


def asked_of(example: Example, question: str, framing: Framing, *, told: bool) -> str:
    """Return the text of the message that asks ``question``: with its options, if it is a closed one, and its framing.

    The options stand a line each below the question; what follows the framing's sentence after a blank line is how to
    reply, unless the system is ``told`` so in another way (a prompt of its own for closed questions).
    """
    choice = example.choice
    if choice is None:
        return framing.around(question)
    text = framing.around(f"{question}\n{choice.lines}")
    return text if told else f"{text}\n\n{REPLY}"


def conversation(ask: Callable[..., Flow[Answer]], text: str, talk: Talk) -> Flow[Answer]:
    """Return the flow that asks ``text`` after what was said before, then says the rest; the last reply is returned.

    ``ask`` takes the text, and ``history`` where there is any: each turn is answered with the system's own replies to
    the turns before in view. A turn is a call of its own.
    """
    history = talk.before
    answer = yield from (ask(text, history=history) if history else ask(text))
    for turn in talk.after:
        history = (*history, ("user", text), ("assistant", answer.text))
        text = turn
        answer = yield from ask(text, history=history)
    return answer
