"""Search in the handbook: which paragraphs are nearest to a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    page: str
    text: str


def features(text: str) -> Counter[str]:
    """Return what of a text is indexed: its letter trigrams, so that a slip of the finger costs three of many."""
    flat = f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
    return Counter(flat[place : place + 3] for place in range(len(flat) - 2))


class Index:
    """Paragraphs, weighed by how rare what they hold is."""

    def __init__(self, paragraphs: list[Paragraph]) -> None:
        self.paragraphs = paragraphs
        self._features = [features(paragraph.text) for paragraph in paragraphs]
        held = Counter(name for found in self._features for name in found)
        self._rarity = {name: math.log(1 + len(paragraphs) / count) for name, count in held.items()}

    def nearest(self, question: str, k: int = 3) -> list[Paragraph]:
        """Return the ``k`` nearest paragraphs, nearest first; none that has nothing in common with the question."""
        asked = features(question)
        scored = [(similarity(asked, found, self._rarity), place) for place, found in enumerate(self._features)]
        best = sorted((-score, place) for score, place in scored if score > 0)[:k]
        return [self.paragraphs[place] for _, place in best]


def similarity(one: Counter[str], other: Counter[str], rarity: dict[str, float]) -> float:
    """Return the cosine of two texts, each feature weighed by its rarity."""
    product = sum(count * other[name] * rarity.get(name, 0.0) ** 2 for name, count in one.items())
    sizes = [math.sqrt(sum((n * rarity.get(name, 0.0)) ** 2 for name, n in text.items())) for text in (one, other)]
    return product / (sizes[0] * sizes[1]) if all(sizes) else 0.0
