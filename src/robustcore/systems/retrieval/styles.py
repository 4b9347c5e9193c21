"""Questions in several styles, made by rule, and how an encoder places them (spec metrics 10.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from robustcore.corpus.records import Corpus, Example
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At
from robustcore.stats.style import Grid, margins, neighbour_counts
from robustcore.systems.retrieval.vectors import Embeds

MEANINGS = 64
K = 7  # neighbours, one for each other style of a question: 1 to 11 all tell the meaning of the packaged grid rightly
STYLES: tuple[str, ...] = (
    "question.misspelled",
    "question.typo_composite",
    "question.incomplete",
    "question.stopword_removal",
    "question.grammar_slip",
    "question.casing",
    "question.verbosity",
)
"""The styles beside the question as it is: rules that keep its meaning, at full severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleTexts:
    """M questions in S styles: ``rows[m][s]`` is a text, ``items`` the ids of the questions, ``styles`` the names."""

    items: tuple[str, ...]
    styles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def texts(self) -> list[str]:
        """Return all texts, question by question."""
        return [text for row in self.rows for text in row]

    def grid(self, vectors: Any) -> Grid:
        """Return the grid of ``vectors``, those of `texts` in order."""
        shape = len(self.rows), len(self.styles)
        meaning, style = np.indices(shape)
        return Grid(vectors=vectors, meaning=meaning.reshape(-1), style=style.reshape(-1))


def style_texts(
    examples: Sequence[Example], *, meanings: int = MEANINGS, names: Sequence[str] = STYLES, seed: int = 0
) -> StyleTexts:
    """Return up to ``meanings`` questions, drawn by ``seed`` and their ids, in every style.

    A question that some style leaves as another has it is passed over: its styles cannot be told apart.
    """
    operators = _operators(names)
    rows, items = [], []
    for example in sorted(examples, key=lambda one: seed_of("style", seed, one.id)):
        row = (example.question, *(_styled(example, operator) for operator in operators))
        if len(set(row)) == len(row):
            rows.append(row)
            items.append(example.id)
        if len(rows) == meanings:
            break
    return StyleTexts(
        items=tuple(items), styles=("as asked", *(operator.short for operator in operators)), rows=tuple(rows)
    )


class Styles:
    """The style counts of each question of a drawn grid; the grid is made, and encoded, at the first look."""

    def __init__(self, examples: Sequence[Example], encoder: Embeds, *, k: int = K) -> None:
        self._examples, self._encoder, self._k = examples, encoder, k
        self._found: dict[str, dict[str, Any]] | None = None

    def of(self, item: str) -> dict[str, Any]:
        """Return ``{so, os, croma, meanings, styles}`` of a question; ``croma`` per style, None where undefined.

        A question outside the grid has ``so`` None.
        """
        if self._found is None:
            self._found = self._all()
        return self._found.get(item, {"so": None})

    def _all(self) -> dict[str, dict[str, Any]]:
        texts = style_texts(self._examples)
        if len(texts.rows) < 2:
            return {}
        grid = texts.grid(self._encoder.encode(texts.texts))
        so, os_ = neighbour_counts(grid, self._k)
        croma, width = margins(grid), len(texts.styles)
        found = {}
        for row, item in enumerate(texts.items):
            own = slice(row * width, (row + 1) * width)
            found[item] = {
                "so": int(so[own].sum()),
                "os": int(os_[own].sum()),
                "croma": [None if np.isnan(one) else float(one) for one in croma[own]],
                "meanings": len(texts.items),
                "styles": width,
            }
        return found


def _operators(names: Sequence[str]) -> list[Operator]:
    from robustcore.perturb.families import shipped

    known = {operator.name: operator for operator in shipped()}
    return [known[name] for name in names]


def _styled(example: Example, operator: Operator) -> str:
    rng = rng_of(seed_of("style", operator.name, operator.version, example.id))
    options = {option.name: option.default for option in operator.options.values()}
    at = At(severity=1.0, rng=rng, example=example, corpus=Corpus())
    edit = operator.apply(example.question, at, **options)
    return str(edit.value) if edit.status == "applied" else example.question
