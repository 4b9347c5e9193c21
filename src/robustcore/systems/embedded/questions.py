"""A question as the reader sees it: what kind of answer it asks for, and how much each word weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.endpoints.local.encoder_model import Encoded
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.sentences import stems_of, words_of_tokens
from robustcore.systems.embedded.text import WH_WORDS, Word, word_set, words

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

KINDS = ("date", "number", "percent", "money", "person", "place", "thing", "what", "why", "how")
FUNCTION_WORD = 0.3  # weight of a stop word, where the rarest content word weighs 1
_NOUNS = {
    "date": "year years date century decade day month time period era",
    "percent": "percentage percent proportion fraction share",
    "number": "number amount population age distance length size rate",
    "money": "price cost fee salary budget",
    "place": "country city state place region river continent location town area province nation street island "
    "district village capital colony territory sea ocean building",
    "person": "person man woman king queen leader president emperor general author scientist scholar philosopher "
    "historian writer governor commander",
}
_KIND_OF = {noun: kind for kind, listed in _NOUNS.items() for noun in listed.split()}
_MONEY = word_set("cost spend spent worth pay paid price money dollars pounds euros earn fined")
_MEASURES = word_set("many old long far often large tall big high deep wide fast few")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of t tokens and w words.

    ``weights`` (t,) sum to 1 and say how much each token counts when it is looked for; ``idf`` (w,) is 0 for
    stop words and punctuation; ``asks`` and ``head`` are the positions of the wh-word and of the noun it asks
    about ("which *river*"), -1 if there is none.
    """

    text: str
    kind: str
    vector: Floats
    tokens: Floats
    word_of: Ints
    weights: Floats
    stems: tuple[str, ...]
    stem_ids: Ints
    idf: Floats
    asks: int
    head: int


def analyse(text: str, encoded: Encoded, lexical: Lexical) -> Question:
    """Return the analysed question."""
    found = words(text)
    stems = stems_of(found, lexical)
    idf = np.array([lexical.idf(stem) / lexical.highest_idf if stem else 0.0 for stem in stems], np.float32)
    kind, asks, head = classify(found)
    word_of = words_of_tokens(found, encoded)
    per_word = np.array([idf[i] or (FUNCTION_WORD if word.is_word else 0.0) for i, word in enumerate(found)] or [1.0])
    weights = per_word[word_of]
    return Question(
        text=text,
        kind=kind,
        vector=encoded.vector,
        tokens=encoded.tokens.astype(np.float32),
        word_of=word_of,
        weights=(weights / max(float(weights.sum()), 1e-6)).astype(np.float32),
        stems=stems,
        stem_ids=lexical.ids(stems),
        idf=idf,
        asks=asks,
        head=head,
    )


def classify(found: Sequence[Word]) -> tuple[str, int, int]:
    """Return the kind of answer asked for, the position of the wh-word and that of its noun (-1 if none)."""
    lowers = [word.lower for word in found]
    asks = next((i for i, lower in enumerate(lowers) if lower in WH_WORDS), -1)
    if asks < 0:
        return "what", -1, -1
    wh, after = lowers[asks], lowers[asks + 1 : asks + 2]
    if wh in ("who", "whom", "whose"):
        return "person", asks, -1
    if wh in ("when", "where", "why"):
        return {"when": "date", "where": "place", "why": "why"}[wh], asks, -1
    if wh == "how":
        return _how(lowers, after), asks, -1
    nouns = [i for i in range(asks + 1, min(asks + 4, len(found))) if lowers[i] in _KIND_OF]
    if nouns:
        return _KIND_OF[lowers[nouns[0]]], asks, nouns[0]
    has_noun = bool(after) and found[asks + 1].is_word and after[0] not in _VERBS
    return ("thing", asks, asks + 1) if has_noun else ("what", asks, -1)


_VERBS = word_set(
    "is are was were be been do does did has have had can could will would should may might must happened caused made "
    "led helped the a"
)


def _how(lowers: Sequence[str], after: Sequence[str]) -> str:
    if after == ["much"]:
        return "money" if _MONEY.intersection(lowers) else "number"
    return "number" if after and after[0] in _MEASURES else "how"
