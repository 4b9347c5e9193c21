"""SQuAD 2.0 JSON (Rajpurkar, Jia and Liang 2018, "Know What You Don't Know"): paragraphs with questions."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.jsonl import has_lone_surrogate
from robustcore.corpus.formats.record import Record, unique
from robustcore.corpus.formats.text import read_text
from robustcore.corpus.formats.values import kind
from robustcore.corpus.records import Doc, Example
from robustcore.keys import read_json

_SHAPE = 'SQuAD is {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers"}]}]}]}'


def read(path: Path, faults: Faults) -> tuple[tuple[Doc, ...], tuple[Example, ...]]:
    """Return the paragraphs as documents and the questions, both in file order.

    A paragraph's id is its article's title and its number in the article from 1 (``Normans-003``); its title is the
    article's with spaces, its tag the article's. A question's gold is its paragraph; it carries the article as a tag
    and is its own cluster. ``is_impossible`` makes it unanswerable, without gold; its ``plausible_answers``, spans
    that look right and are wrong, become ``wrong_answers``. SQuAD 1.1 files are read as well.
    """
    text = read_text(path, faults)
    data = None if text is None else _parse(text, faults)
    if text is None or data is None:
        return (), ()
    return _Reader(text, faults).read(data)


def _parse(text: str, faults: Faults) -> list[Any] | None:
    """Return the list of articles, or None after adding a fault."""
    try:
        value = read_json(text)
    except json.JSONDecodeError as error:
        faults.add(f"not JSON: {error.msg}", line=error.lineno, column=error.colno)
        return None
    except ValueError as error:
        faults.add(f"this JSON cannot be read: {error}")
        return None
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        found = f"an object with the keys {sorted(value)[:8]}" if isinstance(value, dict) else kind(value)
        faults.add(f"this is not SQuAD: the file holds {found}", line=1, column=1, fix=_SHAPE)
        return None
    if ("\\ud" in text or "\\uD" in text) and has_lone_surrogate(value):
        faults.add("this is not Unicode text: it holds half of a surrogate pair (\\ud...)")
        return None
    articles: list[Any] = value["data"]
    return articles


class _Reader:
    """The state of one pass over a file: what was made and which ids were used."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._record = Record(fields={}, source=text, line=1, faults=faults)
        self._faults = faults
        self._docs: list[Doc] = []
        self._examples: list[Example] = []
        self._numbers: Counter[str] = Counter()
        self._question_ids: set[str] = set()

    def read(self, data: list[Any]) -> tuple[tuple[Doc, ...], tuple[Example, ...]]:
        """Return the documents and questions of all articles."""
        for place, article in enumerate(data):
            self._article(article, f"data[{place}]")
        if not self._faults and not self._examples:
            self._faults.add("there are no questions in this file")
        return tuple(self._docs), tuple(self._examples)

    def _article(self, article: Any, path: str) -> None:
        if not self._is_object(article, path):
            return
        title = self._text(article, "title", path)
        for place, paragraph in enumerate(self._list(article, "paragraphs", path)):
            self._paragraph(paragraph, title, f"{path}.paragraphs[{place}]")

    def _paragraph(self, paragraph: Any, article: str, path: str) -> None:
        if not self._is_object(paragraph, path):
            return
        self._numbers[article] += 1
        doc_id = f"{article}-{self._numbers[article]:03d}"
        context = self._text(paragraph, "context", path)
        self._docs.append(Doc(id=doc_id, text=context, title=article.replace("_", " "), tags=(article,)))
        for place, qa in enumerate(self._list(paragraph, "qas", path)):
            self._question(qa, self._docs[-1], f"{path}.qas[{place}]")

    def _question(self, qa: Any, doc: Doc, path: str) -> None:
        if not self._is_object(qa, path):
            return
        before = self._faults.count
        qa_id, question = self._text(qa, "id", path), self._text(qa, "question", path)
        impossible = qa.get("is_impossible", False)
        answers = self._spans(qa, "answers", path)
        plausible = self._spans(qa, "plausible_answers", path)
        if not isinstance(impossible, bool):
            what = f"{path}: 'is_impossible' must be true or false, not {kind(impossible)}"
            self._record.fault(what, key="id", value=qa_id)
        if self._faults.count > before:
            return
        if qa_id in self._question_ids:
            self._record.fault(f"{path}: id {qa_id!r} is used twice", key="id", value=qa_id, fix="ids are unique")
        elif impossible == bool(answers):
            has = "has answers" if answers else "has no answers"
            what = f"{path}: question {qa_id!r} {has}, but is_impossible is {str(impossible).lower()}"
            self._record.fault(what, key="id", value=qa_id)
        self._question_ids.add(qa_id)
        wrong = plausible if impossible else ()
        self._examples.append(_example(qa_id, question, answers, wrong, doc))

    def _spans(self, qa: dict[str, Any], key: str, path: str) -> tuple[str, ...]:
        """Return the texts of a list of answers, repeats dropped; an absent list is empty."""
        if qa.get(key) is None:
            return ()
        spans = [(span, f"{path}.{key}[{place}]") for place, span in enumerate(self._list(qa, key, path))]
        return unique([self._text(span, "text", at) for span, at in spans if self._is_object(span, at)])

    def _is_object(self, value: Any, path: str) -> bool:
        if not isinstance(value, dict):
            self._faults.add(f"{path} must be an object, not {kind(value)}", fix=_SHAPE)
        return isinstance(value, dict)

    def _text(self, holder: dict[str, Any], key: str, path: str) -> str:
        value = holder.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self._wrong(holder, key, path, "a text that is not empty")
        return ""

    def _list(self, holder: dict[str, Any], key: str, path: str) -> list[Any]:
        value = holder.get(key)
        if isinstance(value, list):
            return value
        self._wrong(holder, key, path, "a list")
        return []

    def _wrong(self, holder: dict[str, Any], key: str, path: str, wanted: str) -> None:
        """Add a fault; it points at the holder's id or title, the texts in these files that are unique."""
        found = kind(holder[key]) if key in holder else "missing"
        found = "empty" if isinstance(holder.get(key), str) else found
        near = holder.get("id", holder.get("title"))
        what = f"{path}.{key} must be {wanted}; it is {found}"
        if isinstance(near, str):
            self._record.fault(what, value=near, fix=_SHAPE)
        else:
            self._faults.add(what, fix=_SHAPE)


def _example(qa_id: str, question: str, answers: tuple[str, ...], wrong: tuple[str, ...], doc: Doc) -> Example:
    return Example(
        id=qa_id,
        question=question,
        answers=answers,
        answerable=bool(answers),
        gold_doc_ids=(doc.id,) if answers else (),
        wrong_answers=wrong,
        tags=doc.tags,
        cluster=qa_id,
    )
