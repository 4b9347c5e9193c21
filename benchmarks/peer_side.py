"""The peer's side of benchmark i: run by the Python of a peer's own environment, it needs nothing of ours.

``python peer_side.py PEER SENTENCES``: SENTENCES is a JSON file ``{"sentences": [...], "stop_words": [...]}``. On each
line of input, the name of one of our operators and a count, it answers with one line of JSON: the strings per second of
the counterpart on the first COUNT sentences, how many it changed and one of its texts, or why none runs here.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

SHARE = 0.30  # of the words, one character each: what our operators do at severity 1


def nlpaug_augmenter(operator: str, stop_words: list[str]) -> Callable[[str], str]:
    """Return nlpaug's counterpart of ``operator``: one character of a share of the words of four letters or more."""
    by_char: Any = import_module("nlpaug.augmenter.char")
    by_word: Any = import_module("nlpaug.augmenter.word")
    char: dict[str, Any] = {"aug_char_max": 1, "aug_word_p": SHARE, "aug_word_max": None, "min_char": 4}
    word: dict[str, Any] = {"aug_p": SHARE, "aug_max": None}
    make: dict[str, Callable[[], Any]] = {
        "question.neighbour_swap": lambda: by_char.RandomCharAug(action="swap", **char),
        "question.char_substitute": lambda: by_char.RandomCharAug(action="substitute", **char),
        "question.char_delete": lambda: by_char.RandomCharAug(action="delete", **char),
        "question.char_insert": lambda: by_char.RandomCharAug(action="insert", **char),
        "question.qwerty_swap": lambda: by_char.KeyboardAug(include_special_char=False, include_numeric=False, **char),
        "question.misspelled": lambda: by_word.SpellingAug(**word),
        "question.word_drop": lambda: by_word.RandomWordAug(action="delete", **word),
        "question.word_order_swap": lambda: by_word.RandomWordAug(action="swap", aug_p=SHARE, aug_max=3),
        "question.synonym_wordnet": lambda: by_word.SynonymAug(aug_src="wordnet", **word),
    }
    augmenter = make[operator]()
    return lambda text: "".join(augmenter.augment(text)[:1])


def textattack_augmenter(operator: str, stop_words: list[str]) -> Callable[[str], str]:
    """Return TextAttack's counterpart of ``operator``, under its usual constraints, stop words and no word twice."""
    transformations: Any = import_module("textattack.transformations")
    augmentation: Any = import_module("textattack.augmentation")
    before: Any = import_module("textattack.constraints.pre_transformation")
    make: dict[str, Callable[[], Any]] = {
        "question.neighbour_swap": transformations.WordSwapNeighboringCharacterSwap,
        "question.char_substitute": transformations.WordSwapRandomCharacterSubstitution,
        "question.char_delete": transformations.WordSwapRandomCharacterDeletion,
        "question.char_insert": transformations.WordSwapRandomCharacterInsertion,
        "question.qwerty_swap": transformations.WordSwapQWERTY,
        "question.homoglyph": transformations.WordSwapHomoglyphSwap,
        "question.unicode_noise": transformations.WordSwapInvisibleCharacters,
        "question.word_drop": transformations.WordDeletion,
        "question.word_order_swap": transformations.WordInnerSwapRandom,
        "question.synonym_wordnet": transformations.WordSwapWordNet,
    }
    constraints = [before.RepeatModification(), before.StopwordModification(stopwords=stop_words)]
    augmenter = augmentation.Augmenter(make[operator](), constraints=constraints, pct_words_to_swap=SHARE)
    return lambda text: str(augmenter.augment(text)[0])


def answer(make: Callable[[str, list[str]], Callable[[str], str]], asked: str, given: Any) -> dict[str, Any]:
    """Return how fast the counterpart of an operator is on the first sentences, or why it cannot run."""
    operator, count = asked.split()
    sentences = given["sentences"][: int(count)]
    random.seed(1)
    try:
        augment = make(operator, given["stop_words"])
        shown = augment(sentences[0])  # what is loaded at the first use is not counted
    except KeyError:
        return {"why": "no counterpart"}
    except Exception as error:  # whatever a peer lacks here is reported
        told = next((line for line in map(str.strip, str(error).splitlines()) if line.strip("*")), "")
        return {"why": f"{type(error).__name__}: {told[:160]}"}
    gc.collect()
    gc.disable()
    began = time.process_time()
    texts = [augment(sentence) for sentence in sentences]
    seconds = time.process_time() - began
    changed = sum(text != sentence for text, sentence in zip(texts, sentences))  # noqa: B905  # the peer's Python
    return {"rate": len(texts) / seconds, "changed": changed, "shown": shown}


def main() -> None:
    warnings.simplefilter("ignore")
    peer, file = sys.argv[1:]
    given = json.loads(Path(file).read_text(encoding="utf-8"))
    make = {"nlpaug": nlpaug_augmenter, "textattack": textattack_augmenter}[peer]
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")  # peers print what they download
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        for line in sys.stdin:
            print(json.dumps(answer(make, line.strip(), given)), file=replies, flush=True)


if __name__ == "__main__":
    main()
