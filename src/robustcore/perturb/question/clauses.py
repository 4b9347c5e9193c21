"""Words around the question: polite and circumstantial clauses, and remarks that have nothing to do with it."""

from __future__ import annotations

from itertools import islice

from robustcore.corpus.normalise import contains_answer, tokens
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import count_at, in_random_order
from robustcore.perturb.edit import At, Edit, refused
from robustcore.perturb.language.wordlists import STOP_WORDS

_OPENINGS = (
    "Hello!",
    "Hi there!",
    "Good morning!",
    "Good afternoon!",
    "Hello, and I hope that you are well.",
    "I hope that it is all right to ask here.",
    "Thank you for taking the time to read this.",
)
_CIRCUMSTANCES = (
    "I was wondering.",
    "I have a question.",
    "A friend asked me this.",
    "Here is what I would like to ask:",
    "I have been wondering about this for a while.",
    "It came up in a conversation and I could only guess.",
    "I would be very grateful if you could help me with this.",
    "My colleagues and I talked it over at lunch and came to different views.",
    "I am putting together a short summary and would like to get this detail right.",
    "Somebody asked me this morning and I promised that I would look it up for them.",
)
_CLOSINGS = (
    "Thanks!",
    "Many thanks!",
    "Thank you.",
    "Thank you in advance.",
    "Please take your time.",
    "Any help would be very welcome.",
    "I am looking forward to hearing from you.",
    "A short reply is fine, whenever you have a moment to spare.",
)
_PARTS = tuple((part, text) for part, texts in enumerate((_OPENINGS, _CIRCUMSTANCES, _CLOSINGS)) for text in texts)
_AT_MOST = (1, len(_CIRCUMSTANCES), 1)  # one greeting, any number of circumstances, one closing

_REMARKS = (
    "My bicycle has a new basket.",
    "It rained all through the weekend.",
    "The cat has been asleep on the sofa since noon.",
    "My neighbour is painting the fence green.",
    "I had soup for lunch and it was rather salty.",
    "The bus was late again today.",
    "My sister is learning to play the accordion.",
    "There is a lovely smell of pancakes in the kitchen.",
    "Somebody left an umbrella on the stairs.",
    "The tomatoes on my balcony are finally turning red.",
    "I keep losing my left glove.",
    "The radio is playing that old song again.",
    "A spider has moved into the letter box.",
    "My cousin is knitting a scarf for the dog.",
)
_MOST_REMARKS = 3


@perturbation("question.verbosity", preserves=Preserves.ADDS_NOISE)
def verbosity(text: str, at: At) -> Edit[str]:
    """Put polite and circumstantial clauses around the question, which itself stays as it is (our own recipe).

    ``severity`` is the number of added words as a share of the question's: at 1 as many again, at most, and at least
    one clause. A clause that holds a gold or wrong answer is not used; the clauses are ours and hold no number.
    """
    room, chosen, counts = max(1, round(at.severity * len(text.split()))), [], [0, 0, 0]
    for part, clause in in_random_order(at.rng, [(part, text) for part, text in _PARTS if _harmless(text, at)]):
        size = len(clause.split())
        if size <= room and counts[part] < _AT_MOST[part]:
            chosen.append((part, clause))
            counts[part] += 1
            room -= size
    if not chosen or not text.strip():
        return refused(text, "noop", "no clause to add")
    before = [clause for wanted in (0, 1) for part, clause in chosen if part == wanted]
    before.sort(key=lambda clause: clause.endswith(":"))  # a colon stands before the question itself
    after = [clause for part, clause in chosen if part == 2]
    return Edit(value=" ".join([*before, text, *after]), edits=len(chosen))


@perturbation("question.irrelevant_clause", preserves=Preserves.ADDS_NOISE)
def irrelevant_clause(text: str, at: At) -> Edit[str]:
    """Put ``ceil(3 * severity)`` remarks that have nothing to do with the question before or after it (our own recipe).

    The remarks are ours: everyday statements without number, name or question. One that shares a content word with
    the question, or holds a gold or wrong answer, is not used.
    """
    asked = frozenset(tokens(text)) - STOP_WORDS
    apart = [remark for remark in _REMARKS if _harmless(remark, at) and not asked & frozenset(tokens(remark))]
    chosen = list(islice(in_random_order(at.rng, apart), count_at(_MOST_REMARKS, at.severity)))
    if not chosen or not text.strip():
        return refused(text, "noop", "no remark to add")
    before: list[str] = []
    after: list[str] = []
    for remark in chosen:
        (before if at.rng.random() < 0.5 else after).append(remark)
    return Edit(value=" ".join([*before, text, *after]), edits=len(chosen))


OPERATORS: tuple[Operator, ...] = (verbosity, irrelevant_clause)


def _harmless(clause: str, at: At) -> bool:
    return not contains_answer(clause, (*at.example.answers, *at.example.wrong_answers))
