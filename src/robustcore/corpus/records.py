"""The nouns of retrieval: Doc, Passage, Qrel, Example, Corpus, Dataset. Plain values; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from robustcore.keys import content_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a text that a model wrote comes from.

    ``writer`` names the model and ``prompt`` is the key of what it was told; ``validity`` is the verdict of the gate on
    a stored variant (valid, invalid or undecided; empty: nobody asked), with ``note`` for the reason.
    """

    writer: str
    prompt: str
    validity: Literal["", "valid", "invalid", "undecided"] = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """A document of the corpus.

    ``tags`` group documents (an article, a company) for same-topic pools. ``variants`` are stored rewordings of
    ``text`` by the name of the operator they stand for (``context.back_translation``), ``origins`` say by the same
    names which of them a model wrote.
    """

    id: str
    text: str
    title: str = ""
    tags: tuple[str, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict, hash=False)
    origins: Mapping[str, Origin] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of text handed to a reader. ``doc_id`` names its source; ``score`` is the retriever's, if any."""

    doc_id: str
    text: str
    title: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Qrel:
    """One relevance judgement: ``relevance`` 0 is judged and not relevant, higher is better."""

    query_id: str
    doc_id: str
    relevance: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What makes a question a closed one: its options, and the letters that matter.

    ``options`` are (letter, text) in order; ``gold`` is the right letter, ``asserted`` the wrong one that pressure
    insists on, ``favourable`` the one a person concerned pleads for (empty: none); ``subject`` chooses the wording of
    an authority, ``texts`` the set of emotional texts (`corpus.emotion_pack`) that fits the question.
    """

    options: tuple[tuple[str, str], ...]
    gold: str
    asserted: str
    favourable: str = ""
    subject: str = ""
    texts: str = "general"

    @property
    def letters(self) -> tuple[str, ...]:
        """Return the letters in order."""
        return tuple(letter for letter, _ in self.options)

    @property
    def lines(self) -> str:
        """Return the options as they are shown: a line each, ``(A) text``."""
        return "\n".join(f"({letter}) {text}" for letter, text in self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question with its gold.

    ``answers`` are all accepted answers (empty if not answerable from the corpus); ``gold_doc_ids`` the documents
    that hold the answer; ``grades`` graded relevance per document where judged (default: 1 for each gold document);
    ``wrong_answers`` plausible values of the same type, used to build contradictions; ``cluster`` the unit of
    statistics (default: the example itself); ``variants`` stored rewordings of the question by the name of the operator
    they stand for (``question.lay_rewording``), ``origins`` by the same names which of them a model wrote;
    ``evidence`` the sentences of gold documents that the answer is taken from, where the data names them; ``passages``
    stored passages by the name of the operator that puts them among the evidence (``context.hard_negative``).

    A task that is more than a question says how its reply is judged (``grader``, see `measures.graders`; empty: by the
    answers), which ``tools`` it takes, and which ``concepts`` solve it, by which ``steps``; ``noise_doc_ids`` are
    documents on its topic that carry none of them. ``choice`` are the options of a closed question (None: an
    open one), whose ``answers`` are the text of its right option.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool = True
    gold_doc_ids: tuple[str, ...] = ()
    grades: tuple[tuple[str, int], ...] = ()
    wrong_answers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cluster: str = ""
    variants: Mapping[str, str] = field(default_factory=dict, hash=False)
    evidence: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict, hash=False)
    passages: Mapping[str, str] = field(default_factory=dict, hash=False)
    grader: Mapping[str, Any] = field(default_factory=dict, hash=False)
    tools: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    noise_doc_ids: tuple[str, ...] = ()
    choice: Choice | None = None

    @property
    def task(self) -> bool:
        """Say whether it is more than a question to documents: something to work out, to behave by, or to do."""
        return bool(self.concepts or self.tools or self.grader.get("kind", "answer_correct") != "answer_correct")

    @property
    def relevance(self) -> Mapping[str, int]:
        """Return document id → grade: ``grades`` where given, else 1 for each gold document."""
        return dict(self.grades) if self.grades else dict.fromkeys(self.gold_doc_ids, 1)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Documents by id, in file order. ``fingerprint`` is a content key of all of them."""

    docs: Mapping[str, Doc] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, docs: tuple[Doc, ...] | list[Doc]) -> Corpus:
        """Return a corpus of ``docs``; the caller has checked that ids are unique."""
        return cls(docs=MappingProxyType({doc.id: doc for doc in docs}))

    @cached_property
    def fingerprint(self) -> str:
        """Return a key that changes with any id, title, text or tag: with all that a system is built from.

        Stored variants are not part of it. They reach a system only inside a call that holds their text, so writing one
        need not build every index anew and forget what was answered.
        """
        return content_key([(doc.id, doc.title, doc.text, doc.tags) for doc in self.docs.values()])

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.docs)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A corpus with its questions. ``calibration`` questions set thresholds and are never scored."""

    name: str
    corpus: Corpus
    examples: tuple[Example, ...]
    calibration: tuple[Example, ...] = ()
