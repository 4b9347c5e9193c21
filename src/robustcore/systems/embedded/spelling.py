"""Repair of misspelt question words against the words of the corpus."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from robustcore.systems.embedded.text import STOP_WORDS, WH_WORDS, Word, words

SHORTEST = 4  # letters; too many short words are one edit apart
COMMON = 50  # occurrences a function word counts for when it competes with words of the corpus


class Speller:
    """Replaces words that are in no list by the nearest word of the corpus, one keystroke error away.

    An error is a letter added, dropped or replaced, two neighbours swapped, a space left out, or a space too many.
    ``vocabulary`` maps the folded words of the corpus to their counts: the more frequent of two repairs wins.
    ``known`` are further words that are taken to be right, and what a word in lower case is repaired to where no word
    of the corpus is near. Candidates are found by deletion (Garbe's SymSpell
    idea): two words are one error apart only if they are equal after dropping at most one letter of each.
    """

    def __init__(self, vocabulary: Mapping[str, int], known: Collection[str] = frozenset()) -> None:
        self._counts = dict.fromkeys((*STOP_WORDS, *WH_WORDS), COMMON)
        self._counts.update(vocabulary)
        self._known = known
        self._by_deletion: dict[str, list[str]] = {}
        for word in {**self._counts, **dict.fromkeys(known)}:
            if len(word) >= SHORTEST - 1 and word.isalpha():
                for shorter in _deletions(word):
                    self._by_deletion.setdefault(shorter, []).append(word)

    def repair(self, text: str) -> str:
        """Return ``text`` with what can be repaired repaired; the rest of it stays as it is."""
        found = words(text)
        pieces, end, position = [], 0, 0
        while position < len(found):
            word = found[position]
            following = found[position + 1] if position + 1 < len(found) else None
            if following and self._is_split(text, word, following):
                repaired, last = text[word.start : word.end] + text[following.start : following.end], following
            else:
                repaired, last = self._repaired(word), word
            pieces += [text[end : word.start], repaired]
            end = last.end
            position += 1 if last is word else 2
        return "".join([*pieces, text[end:]])

    def _repaired(self, word: Word) -> str:
        if self._is_right(word.lower) or not word.lower.isalpha() or len(word.lower) < SHORTEST:
            return word.text
        near = {candidate for key in _deletions(word.lower) for candidate in self._by_deletion.get(key, ())}
        if word.text[0].isupper():  # a name that nobody knows is not an ordinary word misspelt
            near &= self._counts.keys()
        close = [candidate for candidate in near if one_error(word.lower, candidate)]
        if close:
            best = max(close, key=lambda c: (c in self._counts, c[0] == word.lower[0], self._counts.get(c, 0), c))
            return best.capitalize() if word.text[0].isupper() else best
        return self._with_space(word) or word.text

    def _with_space(self, word: Word) -> str:
        cuts = [(word.lower[:i], word.lower[i:]) for i in range(2, len(word.lower) - 1)]
        both = [cut for cut in cuts if self._can_stand_alone(*cut) and self._can_stand_alone(*cut[::-1])]
        if not both:
            return ""
        left, _ = max(both, key=lambda cut: (min(self._counts.get(half, 0) for half in cut), cut))
        return f"{word.text[: len(left)]} {word.text[len(left) :]}"

    def _can_stand_alone(self, half: str, other: str) -> bool:
        """Say whether ``half`` is a word, and long enough not to be a prefix or an ending of ``other``."""
        if half in STOP_WORDS:
            return len(half) >= 3 or other in STOP_WORDS
        return len(half) >= 4 and (half in self._counts or (half in self._known and other in WH_WORDS))

    def _is_split(self, text: str, left: Word, right: Word) -> bool:
        joined = left.lower + right.lower
        apart = text[left.end : right.start] == " " and joined.isalpha() and len(joined) >= SHORTEST
        if not apart or joined not in self._counts:
            return False
        return not (self._is_right(left.lower) and self._is_right(right.lower))

    def _is_right(self, lower: str) -> bool:
        return lower in self._counts or lower in self._known


def one_error(left: str, right: str) -> bool:
    """Say whether two words differ by at most one letter added, dropped or replaced, or two neighbours swapped."""
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1]
    return short[start + 1 :] == long[start + 1 :] or (
        swapped == long[start : start + 2] and short[start + 2 :] == long[start + 2 :]
    )


def _deletions(word: str) -> Iterable[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
