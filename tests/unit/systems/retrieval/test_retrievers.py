"""Dense, BM25, hybrid and reranked retrieval: equal standing, edits of the corpus, and the names of YAML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Corpus, Dataset, Doc
from robustcore.endpoints.local.encoder import Encoder
from robustcore.errors import InputError
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.adapt import adapt
from robustcore.systems.retrieval.base import edited
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.hybrid import fused
from robustcore.systems.retrieval.lexical import Bm25
from robustcore.systems.retrieval.names import RETRIEVERS, build, read_options, retriever
from robustcore.systems.retrieval.nearest import FaissIndex
from robustcore.systems.retrieval.system import RetrieverSystem

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")

SMALL = 24


@pytest.fixture(scope="module")
def data() -> Dataset:
    whole = bundled_dataset("handbook")
    docs = list(whole.corpus.docs.values())[:SMALL]
    kept = tuple(e for e in whole.examples if set(e.gold_doc_ids) and set(e.gold_doc_ids) <= {d.id for d in docs})
    return replace(whole, corpus=Corpus.of(docs), examples=kept[:12])


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def made(data: Dataset, encoder: Encoder) -> dict[str, Any]:
    return {name: retriever(name, data, read_options(name, {}), encoder_of=lambda _: encoder) for name in RETRIEVERS}


def edit_of(data: Dataset) -> CorpusEdit:
    docs = list(data.corpus.docs.values())
    return CorpusEdit(
        hide=(docs[0].id, docs[3].id),
        add=(
            Doc(id=docs[5].id, title=docs[5].title, text="Holiday leave at Orlewick is requested from the superior."),
            Doc(id="new", text="The parking permit costs nine euros a month."),
        ),
    )


@pytest.mark.parametrize("name", RETRIEVERS)
def test_every_retriever_finds_most_gold_and_never_what_is_hidden(
    name: str, data: Dataset, made: dict[str, Any]
) -> None:
    questions = [example.question for example in data.examples]
    found = made[name].search(questions, [CorpusEdit()] * len(questions), 5)
    hits = [bool(set(e.gold_doc_ids) & set(r.ids)) for e, r in zip(data.examples, found, strict=True)]
    assert sum(hits) >= 0.6 * len(hits)
    assert all(list(one.scores) == sorted(one.scores, reverse=True) for one in found)
    edit = edit_of(data)
    hidden = made[name].search(questions, [edit] * len(questions), SMALL)
    assert all(set(edit.hide).isdisjoint(one.ids) for one in hidden)
    (parking,) = made[name].search(["What does a parking permit cost a month?"], [edit], 3)
    assert "new" in parking.ids[:2]


def test_dense_under_an_edit_equals_a_rebuild(data: Dataset, encoder: Encoder) -> None:
    edit = edit_of(data)
    questions = [example.question for example in data.examples]
    over = Dense(data.corpus, encoder).search(questions, [edit] * len(questions), 10)
    anew = Dense(edited(data.corpus, edit), encoder).search(questions, [CorpusEdit()] * len(questions), 10)
    assert [one.ids for one in over] == [one.ids for one in anew]
    assert np.allclose([one.scores for one in over], [one.scores for one in anew], atol=1e-6)


def test_an_added_copy_scores_in_bm25_as_its_original(data: Dataset) -> None:
    bm25 = Bm25(data.corpus)
    original = next(iter(data.corpus.docs.values()))
    question = data.examples[0].question
    (found,) = bm25.search([question], [CorpusEdit(add=(replace(original, id="copy"),))], SMALL)
    scores = dict(zip(found.ids, found.scores, strict=True))
    assert scores["copy"] == pytest.approx(scores[original.id], rel=1e-5)


def test_fusion_is_the_published_formula() -> None:
    found = fused([["a", "b"], ["b", "c"]], rrf=60.0, k=3)
    assert found.ids == ("b", "a", "c")
    assert found.scores == pytest.approx((1 / 61 + 1 / 62, 1 / 61, 1 / 62))


def run(system: RetrieverSystem, *flows: Any) -> list[Any]:
    engine = Engine(Ledger(None), Run("test"))
    engine.add_endpoints(system.endpoints)
    found = dict(engine.run(enumerate(flows)))
    return [found[i] for i in range(len(flows))]


def test_a_retriever_is_a_system_whose_replies_hold_no_texts(data: Dataset) -> None:
    system = build("bm25", data, {"depth": 3})
    plain, edited_ = run(
        system,
        system.retrieve("parking permit price", corpus=CorpusEdit(), replicate=0),
        system.retrieve("parking permit price", corpus=edit_of(data), replicate=1),
    )
    assert len(plain) <= 3
    assert edited_[0].text.startswith("The parking permit")
    assert system.points == {"question", "corpus"}


def test_the_cache_keeps_embeddings_between_systems(data: Dataset, tmp_path: Path) -> None:
    texts = ["permit"]
    for _ in range(2):
        system = build("dense", data, cache=tmp_path)
        run(system, system.retrieve(texts[0], corpus=CorpusEdit(), replicate=0))
    dense = system.retriever
    assert isinstance(dense, Dense)
    assert dense._store.encoded == 0


def test_bad_options_are_told_at_once(data: Dataset) -> None:
    with pytest.raises(InputError) as caught:
        build("reranked", data, {"indx": "flat", "precision": "fp8", "depth": 0})
    assert len(caught.value.problems) == 3
    assert "did you mean 'index'" in str(caught.value)


def test_an_approximate_index_is_named_as_one(data: Dataset) -> None:
    system = build("dense", data, {"index": "hnsw"})
    assert "approximate" in system.name
    assert not system.retriever.exact


def test_a_users_faiss_index_and_vector_store_are_adapted(data: Dataset, encoder: Encoder) -> None:
    faiss = pytest.importorskip("faiss")
    stores = pytest.importorskip("langchain_core.vectorstores", reason="needs the extra 'langchain'")
    embeddings = pytest.importorskip("langchain_core.embeddings")
    texts = [f"{doc.title}. {doc.text}" for doc in data.corpus.docs.values()]
    own = faiss.IndexHNSWFlat(384, 16, faiss.METRIC_INNER_PRODUCT)
    own.add(encoder.encode(texts))
    indexed = Dense(data.corpus, encoder, index=FaissIndex(own), name="own index")

    class Embeddings(embeddings.Embeddings):  # type: ignore[misc, name-defined]
        def embed_documents(self, given: list[str]) -> list[list[float]]:
            rows: list[list[float]] = encoder.encode(given).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    store = stores.InMemoryVectorStore(Embeddings())
    store.add_texts(texts, metadatas=[{"source": doc_id} for doc_id in data.corpus.docs])
    flat = Dense(data.corpus, encoder)
    edit, question = edit_of(data), data.examples[2].question
    (expected,) = flat.search([question], [edit], 3)
    for value in (indexed, store):
        system = adapt(value, name="mine", dataset=data, options={"depth": 3})
        assert isinstance(system, RetrieverSystem)
        assert not system.retriever.exact
        (passages,) = run(system, system.retrieve(question, corpus=edit, replicate=0))
        assert [passage.doc_id for passage in passages] == list(expected.ids)


def test_a_cross_encoder_by_name_orders_candidates_by_its_logits(
    data: Dataset, built: Any, made: dict[str, Any]
) -> None:
    from models import reranker_model

    folder = built(reranker_model)
    full = read_options("reranked", {"reranker": str(folder), "first": "bm25", "candidates": 6})
    again = retriever("reranked", data, full)
    question = data.examples[0].question
    (first,) = made["bm25"].search([question], [CorpusEdit()], 8)
    (found,) = again.search([question], [CorpusEdit()], 8)
    assert set(found.ids[:6]) == set(first.ids[:6])
    assert found.ids[6:] == first.ids[6:8]
    assert again.fingerprint is not None
