"""A scenario and its questions as cases, one at a time, under ids that never change for the same content."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from robustcore.case import Case, Condition
from robustcore.corpus.records import Example
from robustcore.errors import InputError, Problem
from robustcore.scenario.types import Scenario

LONGEST = 80
# What pytest, shells or ``::``-separated node ids give a meaning to, and everything that is not printable ASCII.
_UNSAFE = re.compile(r"[^ -~]|[\[\]\\]|::|^ | $")
_LIKE_A_REPLICATE = re.compile(r"-r[0-9]+$")


def expand(scenario: Scenario, examples: Sequence[Example]) -> Iterator[Case]:
    """Yield every case, in the order condition, example, replicate.

    Ids are ``label-s0.5-q017`` (``clean-q017`` without steps), with ``-r2`` from the second replicate on, and are
    unique: conditions differ by name and examples by id. Raises `InputError` at once if two examples share an id.
    """
    tokens = question_tokens(scenario, examples)
    return (case for condition in scenario.conditions for case in _cases(scenario, condition, examples, tokens))


def cases_of(
    scenario: Scenario, condition: Condition, examples: Sequence[Example], tokens: Sequence[str] | None = None
) -> Iterator[Case]:
    """Yield the cases of one condition, as `expand` does for all.

    ``tokens`` is what `question_tokens` returns; a caller that asks for many conditions makes it once.
    """
    return _cases(scenario, condition, examples, question_tokens(scenario, examples) if tokens is None else tokens)


def question_tokens(scenario: Scenario, examples: Sequence[Example]) -> list[str]:
    """Return the part of a case id that stands for each question of ``scenario``, see `tokens_of`."""
    return tokens_of([example.id for example in examples], replicates=scenario.replicates)


def count(scenario: Scenario, n_examples: int) -> int:
    """Return how many cases `expand` yields."""
    return len(scenario.conditions) * n_examples * scenario.replicates


def tokens_of(ids: Sequence[str], *, replicates: int = 1) -> list[str]:
    """Return the part of a case id that stands for each question.

    An id of printable ASCII without brackets, backslashes and ``::`` stands for itself; any other is cleaned and
    gets a hash of the original, so that it stays unique and does not depend on the other questions.
    """
    twice = [name for name, times in Counter(ids).items() if times > 1]
    if twice:
        raise InputError(Problem(what=f"two questions have the id {twice[0]!r}", fix="give each its own id"))
    kept = {name for name in ids if _keeps(name, replicates)}
    taken = set(kept)
    return [name if name in kept else _cleaned(name, taken) for name in ids]


def _cases(
    scenario: Scenario, condition: Condition, examples: Sequence[Example], tokens: Sequence[str]
) -> Iterator[Case]:
    suffixes = ["", *(f"-r{replicate}" for replicate in range(2, scenario.replicates + 1))]
    prefix = condition.name
    for example, token in zip(examples, tokens, strict=True):
        for replicate, suffix in enumerate(suffixes):
            yield Case(f"{prefix}-{token}{suffix}", example, condition, replicate)


def _keeps(name: str, replicates: int) -> bool:
    if not name or len(name) > LONGEST or _UNSAFE.search(name):
        return False
    return replicates == 1 or _LIKE_A_REPLICATE.search(name) is None  # "q-r2" is also the second replicate of "q"


def _cleaned(name: str, taken: set[str]) -> str:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    stem = _UNSAFE.sub("_", name)[:LONGEST].strip()
    # eight digits are enough unless two hashes, or a hash and an id made to look like it, happen to meet
    tokens = (f"{stem}-{digest[:length]}".lstrip("-") for length in (8, 16, 32))
    token = next(token for token in tokens if token not in taken)
    taken.add(token)
    return token
