"""A LangChain vector store as a retriever: which document a piece is of, and how far it is searched."""

from __future__ import annotations

import pytest

from robustcore.corpus.records import Corpus, Doc
from robustcore.errors import InputError
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.vector_store import StoreRetriever

documents = pytest.importorskip("langchain_core.documents", reason="needs the extra 'langchain'")
embeddings = pytest.importorskip("langchain_core.embeddings")
stores = pytest.importorskip("langchain_core.vectorstores")

NAMES = ("boats", "lamps", "tower", "ferry")
CORPUS = Corpus(docs={name: Doc(id=name, text=f"All about {name}.") for name in NAMES})
QUERY = "All about boats."


def store_of(pieces: list[tuple[str, dict[str, str], str | None]]) -> object:
    store = stores.InMemoryVectorStore(embeddings.DeterministicFakeEmbedding(size=16))
    store.add_documents([documents.Document(page_content=text, metadata=data, id=own) for text, data, own in pieces])
    return store


def test_a_document_is_known_by_its_metadata_or_by_the_id_of_its_piece() -> None:
    keys = ("id", "doc_id", "source")
    pieces: list[tuple[str, dict[str, str], str | None]] = [
        (f"All about {name}.", {key: name}, None) for name, key in zip(NAMES, keys, strict=False)
    ]
    found = StoreRetriever(store_of([*pieces, ("All about ferry.", {}, "ferry")]), CORPUS)
    (ranking,) = found.search([QUERY], [CorpusEdit()], 4)
    assert ranking.ids[0] == "boats"
    assert sorted(ranking.ids) == sorted(NAMES)


def test_pieces_of_one_document_count_once_and_more_are_asked_for() -> None:
    many: list[tuple[str, dict[str, str], str | None]] = [(QUERY, {"id": "boats"}, None) for _ in range(9)]
    rest: list[tuple[str, dict[str, str], str | None]] = [(f"{name}?", {"id": name}, None) for name in NAMES[1:]]
    retriever = StoreRetriever(store_of([*many, *rest]), CORPUS)
    (ranking,) = retriever.search([QUERY], [CorpusEdit()], 3)
    assert ranking.ids[0] == "boats"
    assert len(set(ranking.ids)) == 3
    (hidden,) = retriever.search([QUERY], [CorpusEdit(hide=("boats",))], 2)
    assert len(hidden.ids) == 2
    assert "boats" not in hidden.ids
    (all_there_are,) = retriever.search([QUERY], [CorpusEdit()], 9)
    assert sorted(all_there_are.ids) == sorted(NAMES)


def test_an_added_document_is_ranked_by_cosine_among_those_found() -> None:
    retriever = StoreRetriever(store_of([(f"All about {name}.", {"id": name}, None) for name in NAMES]), CORPUS)
    (ranking,) = retriever.search([QUERY], [CorpusEdit(add=(Doc(id="copy", text=QUERY),))], 2)
    assert set(ranking.ids) == {"boats", "copy"}
    assert ranking.scores == pytest.approx([1.0, 1.0], abs=1e-6)


def test_what_cannot_be_told_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(InputError) as stranger:
        StoreRetriever(store_of([("All about maps.", {"page": "3"}, None)]), CORPUS).search([QUERY], [CorpusEdit()], 1)
    assert "none of the corpus's" in stranger.value.problems[0].what
    assert "id, doc_id, source" in stranger.value.problems[0].fix

    class Bare:
        def similarity_search(self, query: str, k: int) -> list[object]:
            return [documents.Document(page_content="x", metadata={"id": "boats"})]

    with pytest.raises(InputError) as blind:
        StoreRetriever(Bare(), CORPUS).search([QUERY], [CorpusEdit(add=(Doc(id="copy", text=QUERY),))], 1)
    assert "no embeddings" in blind.value.problems[0].what
    assert "add no document" in blind.value.problems[0].fix
