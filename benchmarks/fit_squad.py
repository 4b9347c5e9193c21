"""SQuAD 2.0 files for the fitting scripts: articles split into calibration and scoring, and SQuAD's own scores."""

from __future__ import annotations

import collections
import json
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from robustcore.corpus.records import Corpus, Doc, Example

CALIBRATION = frozenset(("1973_oil_crisis", "French_and_Indian_War", "Imperialism", "Scottish_Parliament"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Squad:
    """All paragraphs as one corpus; the questions of the calibration articles and those of all others."""

    corpus: Corpus
    calibration: tuple[Example, ...]
    scoring: tuple[Example, ...]


def load(path: Path) -> Squad:
    """Read a SQuAD 2.0 file. Each paragraph is a document; its article's title is the document's title and tag."""
    docs: list[Doc] = []
    halves: dict[bool, list[Example]] = {True: [], False: []}
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        title = article["title"]
        for number, paragraph in enumerate(article["paragraphs"]):
            doc = Doc(id=f"{title}-{number}", text=paragraph["context"], title=title.replace("_", " "), tags=(title,))
            docs.append(doc)
            for qa in paragraph["qas"]:
                answers = tuple(dict.fromkeys(answer["text"] for answer in qa["answers"]))
                example = Example(
                    id=qa["id"],
                    question=qa["question"],
                    answers=answers,
                    answerable=bool(answers),
                    gold_doc_ids=(doc.id,),
                    tags=(title,),
                    cluster=title,
                )
                halves[title in CALIBRATION].append(example)
    return Squad(corpus=Corpus.of(docs), calibration=tuple(halves[True]), scoring=tuple(halves[False]))


def normalise(text: str) -> str:
    """Return SQuAD's comparison form: lower case, no punctuation, no articles, single spaces."""
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def f1(found: str, golds: Iterable[str]) -> float:
    """Return the best token F1 of ``found`` with any gold answer."""
    return max((_f1(normalise(found).split(), normalise(gold).split()) for gold in golds), default=0.0)


def exact(found: str, golds: Iterable[str]) -> bool:
    """Say whether ``found`` equals a gold answer after normalisation."""
    return normalise(found) in {normalise(gold) for gold in golds}


def contains(found: str, golds: Iterable[str]) -> bool:
    """Say whether a gold answer stands inside ``found``, whole words."""
    return any(f" {normalise(gold)} " in f" {normalise(found)} " for gold in golds)


def _f1(found: list[str], gold: list[str]) -> float:
    common = sum((collections.Counter(found) & collections.Counter(gold)).values())
    return 2 * common / (len(found) + len(gold)) if common else 0.0
