"""A small, complete question-answering system without a language model: retrieve, pick sentences, pick a span."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from robustcore.corpus.records import Corpus, Doc, Passage
from robustcore.endpoints.local.encoder import Encoder
from robustcore.errors import require
from robustcore.systems.base import Answer, Citation
from robustcore.systems.embedded.chunks import Chunk, chunk, windows
from robustcore.systems.embedded.index import build_index, under_title
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.picking import Page, Pick, pick
from robustcore.systems.embedded.questions import Question
from robustcore.systems.embedded.questions import analyse as analyse_question
from robustcore.systems.embedded.search import Added, Search
from robustcore.systems.embedded.sentences import Floats, Sentence, SentenceStore
from robustcore.systems.embedded.span_ranker import SpanRanker
from robustcore.systems.embedded.spelling import Speller
from robustcore.systems.embedded.text import Stems, sentences, words

VERSION = "embedded/1"  # part of every fingerprint: raise it when answers may change
REFUSAL = "I could not find this in the documents."
REFUSE_BELOW = 1.12  # refuses one in ten answerable questions of the articles that the span weights were fitted to
STORE_TOKENS = 300_000  # analysed sentences kept in memory, about 1.5 kB a token
BLOCK = 256  # questions read at once: bounds memory, large enough for full batches


class _New(NamedTuple):
    """A passage of an added document, its vector and those of its windows."""

    chunk: Chunk
    vector: Floats
    windows: Floats


class EmbeddedRag:
    """A RAG system over ``corpus`` that needs no server and no generative model. Read it, copy it, change it.

    Questions are freed of typing errors against the corpus's words (`Speller`), unless ``repair_spelling`` is off.
    ``retrieve`` fuses BM25, sentence windows and whole passages; ``read`` picks the sentence that speaks about the
    question and, in it, the words that answer it. The answer quotes those words and cites their sentence.
    ``level`` (cosine + MaxSim of the best sentence) says whether the passages speak about the question at all: the
    reply is a refusal below ``refuse_below``. ``confidence`` is the lead of the cited sentence over the next.

    All work is done in batches: call ``retrieve`` and ``read`` with many questions at once.
    """

    def __init__(
        self,
        corpus: Corpus,
        *,
        encoder: Encoder | None = None,
        k: int = 5,
        refuse_below: float = REFUSE_BELOW,
        span_weights: Mapping[str, float] | None = None,
        repair_spelling: bool = True,
        cache: Path | None = None,
    ) -> None:
        self.encoder = encoder or Encoder()
        self.k, self.refuse_below = k, refuse_below
        index = build_index(corpus, self.encoder, cache=cache)
        self._chunks, self._titled = index.chunks, index.titled
        self._lexical = Lexical([f"{chunk.title}. {chunk.text}" for chunk in index.chunks], Stems())
        self._search = Search(index, self._lexical, threads=self.encoder.threads)
        self._store = SentenceStore(self.encoder, self._lexical, known=index.sentences, tokens=STORE_TOKENS)
        known = self.encoder.whole_words()
        self._speller = Speller(self._lexical.vocabulary, known) if repair_spelling else None
        self._ranker = SpanRanker(span_weights)
        self._pools: Any = require("threadpoolctl", extra="local", purpose="the embedded system").ThreadpoolController()

    def retrieve(
        self,
        questions: Sequence[str],
        hidden: Sequence[Sequence[str]] | None = None,
        added: Sequence[Sequence[Doc]] | None = None,
    ) -> list[tuple[Passage, ...]]:
        """Return the best ``k`` passages for each question.

        ``hidden[i]`` are document ids question i must not see, ``added[i]`` documents that it finds besides; one under
        an id of the corpus stands in place of that document. The cost of an edit follows its size.
        """
        analysed = self.analyse(questions)
        absent = [frozenset(ids) for ids in hidden] if hidden is not None else [frozenset[str]()] * len(questions)
        if not analysed:
            return []
        new = self._added(added or ())
        more = [tuple(chunk for doc in own for chunk in new[doc]) for own in added or ()]
        if added is not None:
            absent = [ids | {doc.id for doc in own} for ids, own in zip(absent, added, strict=True)]
        vectors = np.stack([question.vector for question in analysed])
        stems = [[stem for stem in question.stems if stem] for question in analysed]
        found = self._search.run(vectors, stems, absent, self.k, [_together(own) for own in more] or None)
        return [
            tuple(self._passage(number, score, more[i] if more else ()) for number, score in own)
            for i, own in enumerate(found)
        ]

    def read(self, items: Sequence[tuple[str, Sequence[Passage]]]) -> list[Answer]:
        """Answer each question from exactly its passages, which may hold any text."""
        answers: list[Answer] = []
        for start in range(0, len(items), BLOCK):
            block = items[start : start + BLOCK]
            questions = self.analyse([question for question, _ in block])
            picks = self.pick(questions, [passages for _, passages in block])
            with self._one_thread():
                answers += [
                    self._answer(question, passages, own)
                    for question, (_, passages), own in zip(questions, block, picks, strict=True)
                ]
        return answers

    def ask(self, question: str) -> Answer:
        """Retrieve and read for one question."""
        return self.read([(question, self.retrieve([question])[0])])[0]

    def calibrate(self, questions: Sequence[str], *, false_refusals: float = 0.1) -> float:
        """Set and return ``refuse_below`` so that this share of answerable ``questions`` is refused."""
        picks = self.pick(self.analyse(questions), self.retrieve(questions))
        levels = [max((one.level for one in own), default=0.0) for own in picks]
        self.refuse_below = float(np.quantile(levels, false_refusals))
        return self.refuse_below

    def pick(
        self, questions: Sequence[Question], passages: Sequence[Sequence[Passage]], *, keep: int = 2
    ) -> list[list[Pick]]:
        """Return the ``keep`` best sentences for each question, best first."""
        texts = {passage.text: sentences(passage.text) for own in passages for passage in own}
        analysed = self._store.get(text for own in texts.values() for text in own)
        split = {text: tuple(analysed[sentence] for sentence in own) for text, own in texts.items()}
        vectors = self._titled_vectors(
            under_title(passage.title, text) for own in passages for passage in own for text in texts[passage.text]
        )
        pages = [[self._page(passage, split[passage.text], vectors) for passage in own] for own in passages]
        with self._one_thread():
            return pick(questions, pages, keep=keep)

    def analyse(self, questions: Sequence[str]) -> list[Question]:
        """Return the questions as the reader sees them."""
        repaired = [self._speller.repair(question) for question in questions] if self._speller else list(questions)
        encoded = self.encoder.encode_tokens(repaired)
        return [analyse_question(text, one, self._lexical) for text, one in zip(repaired, encoded, strict=True)]

    def _page(self, passage: Passage, own: tuple[Sentence, ...], vectors: Mapping[str, Floats]) -> Page:
        titled = tuple(vectors[under_title(passage.title, one.text)] for one in own)
        return Page(own, titled, self._title(passage.title))

    def _titled_vectors(self, texts: Iterable[str]) -> dict[str, Floats]:
        """Return the vector of each sentence under its title; what the index does not hold is encoded in one go."""
        wanted = dict.fromkeys(texts)
        new = [text for text in wanted if text not in self._titled]
        encoded = dict(zip(new, self.encoder.encode(new), strict=True)) if new else {}
        return {text: encoded[text] if text in encoded else self._titled[text] for text in wanted}

    def _one_thread(self) -> AbstractContextManager[Any]:
        """Return a block in which NumPy's matrix products use one thread: they are many, and each is small."""
        context: AbstractContextManager[Any] = self._pools.limit(limits=1, user_api="blas")
        return context

    def _title(self, title: str) -> tuple[int, ...]:
        return tuple(self._lexical.ids(self._lexical.stems.content(words(title))).tolist())

    def _added(self, added: Sequence[Sequence[Doc]]) -> dict[Doc, tuple[_New, ...]]:
        """Return the passages of each added document with their vectors, all encoded in one go."""
        docs = list(dict.fromkeys(doc for own in added for doc in own))
        pieces = [(doc, Chunk(doc.id, doc.title, text)) for doc in docs for text in chunk(doc)]
        inner = [windows(piece.text) for _, piece in pieces]
        if not pieces:
            return dict.fromkeys(docs, ())
        vectors = self.encoder.encode([under_title(piece.title, piece.text) for _, piece in pieces])
        titled = [under_title(p.title, text) for (_, p), texts in zip(pieces, inner, strict=True) for text in texts]
        window_vectors = self.encoder.encode(titled)
        found: dict[Doc, list[_New]] = {doc: [] for doc in docs}
        start = 0
        for (doc, piece), texts, vector in zip(pieces, inner, vectors, strict=True):
            found[doc].append(_New(piece, vector, window_vectors[start : start + len(texts)]))
            start += len(texts)
        return {doc: tuple(own) for doc, own in found.items()}

    def _passage(self, number: int, score: float, more: Sequence[_New]) -> Passage:
        size = len(self._chunks)
        chunk = self._chunks[number] if number < size else more[number - size].chunk
        return Passage(doc_id=chunk.doc_id, text=chunk.text, title=chunk.title, score=score)

    def _answer(self, question: Question, passages: Sequence[Passage], picks: Sequence[Pick]) -> Answer:
        level = max((one.level for one in picks), default=0.0)
        if not picks or level < self.refuse_below:
            return Answer(text=REFUSAL, abstained=True, level=level, passages=tuple(passages))
        best = picks[0]
        return Answer(
            text=self._ranker.best(question, best),
            abstained=False,
            citations=(Citation(doc_id=passages[best.rank].doc_id, text=best.sentence.text),),
            confidence=best.score - (picks[1].score if len(picks) > 1 else 0.0),
            level=level,
            passages=tuple(passages),
        )


def _together(more: Sequence[_New]) -> Added | None:
    """Return the added passages of one question as the search takes them."""
    if not more:
        return None
    return Added(
        texts=[f"{one.chunk.title}. {one.chunk.text}" for one in more],
        vectors=np.stack([one.vector for one in more]),
        window_vectors=np.concatenate([one.windows for one in more]),
        chunk_of=np.repeat(np.arange(len(more)), [len(one.windows) for one in more]),
    )
