"""An unrelated conversation before the question: random chat history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from robustcore.corpus.pools import Chat, chat_pool
from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import count_at, in_random_order
from robustcore.perturb.edit import At, Edit, Talk, refused
from robustcore.perturb.facts.evidence import may_hold

MOST_PAIRS: Final = 8  # of a message and its reply, at severity 1


@perturbation("history.random_chat", preserves=Preserves.ADDS_NOISE)
def random_chat(talk: Talk, at: At) -> Edit[Talk]:
    """Put an unrelated conversation of ``2 * ceil(8 * severity)`` messages before the question (arXiv 2601.07226).

    It is drawn from the shipped pool (``noisy/1``: 43 chats of this project's own, Apache-2.0, none of which tells the
    assistant what to do), chat after chat in random order, messages in pairs; one that may state a gold answer is
    passed over. ``noop`` if none is left.
    """
    wanted = count_at(MOST_PAIRS, at.severity)
    chats = in_random_order(at.rng, chat_pool())
    pairs = list(islice((pair for chat in chats if not _states(chat, at) for pair in _pairs(chat)), wanted))
    if not pairs:
        return refused(talk, "noop", "every chat of the pool may state the answer")
    messages = tuple(message for pair in pairs for message in pair)
    return Edit(value=replace(talk, before=(*messages, *talk.before)), edits=len(messages))


OPERATORS: tuple[Operator, ...] = (random_chat,)


def _pairs(chat: Chat) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield what the user says with the reply to it; a last message without a reply is left out."""
    yield from zip(chat.turns[::2], chat.turns[1::2], strict=False)


def _states(chat: Chat, at: At) -> bool:
    text = "\n".join(text for _, text in chat.turns)
    return may_hold(Passage(doc_id=chat.id, text=text), at.example.answers)
