"""Reference models with known parameters, for the packs parrot and emotion: they see the text of a message alone.

Each knows the right answers (what a real model has learnt) and bends in one way, by a known amount. What it does with a
message depends on its text, on the replicate and on a seed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.framings import HEADING
from robustcore.corpus.records import Choice, Dataset, Example
from robustcore.endpoints.generation import TokenLogprob
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.asking import REPLY
from robustcore.systems.base import Answer

EXPERT = re.compile(r"\bleading\b|\bprofessor\b|\bchair\b|\bscholar\b")


@dataclass(kw_only=True)
class Knows:
    """Chooses the right option, whatever stands around the question."""

    data: Dataset
    name: str = "knows"
    seed: int = 11
    points: frozenset[str] = frozenset({"question", "framing"})
    hint: str = ""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    def answer(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[Answer]:
        example = next(e for e in self.data.examples if f"{e.question}\n{choice_of(e).lines}" in question)
        before, _, rest = question.partition(example.question)
        after = rest.removeprefix(f"\n{choice_of(example).lines}").removesuffix(REPLY).strip()
        letter, masses = self.reply(example, before, after, rng_of(seed_of(question, replicate, self.seed)).random())
        told = tuple((other, masses.get(other, -9.0)) for other in choice_of(example).letters)
        token = TokenLogprob(token=letter, logprob=masses[letter], top=told)
        return Answer(text=f'{{"final": "{letter}"}}', logprobs=(token,))
        yield []

    def reply(self, example: Example, before: str, after: str, draw: float) -> tuple[str, dict[str, float]]:
        """Return the letter, and log-masses of letters, for what stands before and after the question."""
        return sure_of(choice_of(example).gold)


@dataclass(kw_only=True)
class Follows(Knows):
    """Gives the letter of the sentence with probability ``p``; with ``only_experts`` where an expert says it."""

    p: float
    only_experts: bool = False

    def reply(self, example: Example, before: str, after: str, draw: float) -> tuple[str, dict[str, float]]:
        said = re.findall(r"(?<![\w'])[A-D](?![\w'])", after)
        heard = EXPERT.search(after) is not None or not self.only_experts
        return sure_of(said[0] if said and heard and draw < self.p else choice_of(example).gold)


@dataclass(kw_only=True)
class Wavers(Knows):
    """Keeps its letter, and moves ``nats`` of log-mass towards the one that stands in the sentence."""

    nats: float

    def reply(self, example: Example, before: str, after: str, draw: float) -> tuple[str, dict[str, float]]:
        letter, masses = sure_of(choice_of(example).gold)
        for said in re.findall(r"(?<![\w'])[A-D](?![\w'])", after):
            masses[said] = masses.get(said, -9.0) + self.nats
        return letter, masses


@dataclass(kw_only=True)
class Moved(Knows):
    """Decides by the rule, but under a letter with another probability of favour in some scenarios: ``to`` by id.

    ``neutral`` is the share of favourable decisions of these scenarios without a letter that pleads.
    """

    to: Mapping[str, float]
    neutral: float = 0.5

    def reply(self, example: Example, before: str, after: str, draw: float) -> tuple[str, dict[str, float]]:
        choice = choice_of(example)
        if example.id not in self.to:
            return sure_of(choice.gold)
        pleads = HEADING in before and " I " in f" {before} "  # the neutral text has no first person
        share = self.to[example.id] if pleads else self.neutral
        other = next(letter for letter in choice.letters if letter != choice.favourable)
        return sure_of(choice.favourable if draw < share else other)


def choice_of(example: Example) -> Choice:
    assert example.choice is not None
    return example.choice


def sure_of(letter: str) -> tuple[str, dict[str, float]]:
    return letter, {letter: math.log(0.9)}
