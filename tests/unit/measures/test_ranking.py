"""Retrieval measures: documents, withdrawn documents, and one pass of the library per batch."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest
from trials import WITHDRAWN, passages, score, trial

from robustcore.calls.types import Call, CallError, Response
from robustcore.corpus.records import Passage
from robustcore.errors import InputError
from robustcore.measures.ir_endpoint import IrEndpoint
from robustcore.measures.ir_names import _COMMON, _NEEDS_CUTOFF, EXAMPLES
from robustcore.measures.registry import parse_measure

ir_measures = pytest.importorskip("ir_measures", reason="needs the extra 'ir'")


def ranked(*ids: str) -> tuple[Passage, ...]:
    return tuple(Passage(doc_id=doc, text=f"passage of {doc}") for doc in ids)


def test_the_best_passage_of_a_document_gives_its_rank() -> None:
    seen = trial("x", gold_docs=("b",), ranking=ranked("a", "a", "b", "a"))
    assert score(parse_measure("RR@10"), seen).value == 0.5
    assert score(parse_measure("R@1"), seen).value == 0.0
    assert score(parse_measure("R@2"), seen).value == 1.0


def test_the_order_is_kept_whatever_the_ids() -> None:
    assert score(parse_measure("RR"), trial("x", gold_docs=("a",), ranking=ranked("z", "y", "a"))).value == (
        pytest.approx(1 / 3)
    )


def test_without_a_relevant_document_there_is_no_oracle() -> None:
    assert score(parse_measure("R@5"), trial("x", ranking=ranked("a"))).reason == "no_oracle"
    assert score(parse_measure("R@5"), trial("x", grades=(("a", 0),), ranking=ranked("a"))).reason == "no_oracle"


def test_a_system_that_shows_no_ranking_is_not_judged_on_it() -> None:
    assert score(parse_measure("R@5"), trial("x", gold_docs=("a",))).reason == "not_applicable"


def test_nothing_retrieved_is_zero() -> None:
    for name in EXAMPLES:
        assert score(parse_measure(name), trial("x", gold_docs=("a",), ranking=())).value == 0.0


def test_a_lost_answer_does_not_lose_the_ranking() -> None:
    broken = CallError(kind="infra_error", message="reader down")
    seen = trial(None, gold_docs=("a",), ranking=ranked("a"), error=broken)
    assert score(parse_measure("R@5"), seen).value == 1.0


def test_withdrawn_documents_are_no_longer_relevant() -> None:
    part = trial("x", gold_docs=("a", "b"), under=WITHDRAWN, removed=("a",), ranking=ranked("b", "c"))
    assert score(parse_measure("R@5"), part).value == 1.0
    none = trial("x", gold_docs=("a",), under=WITHDRAWN, removed=("a",), ranking=ranked("b"))
    assert score(parse_measure("R@5"), none).reason == "no_oracle"


def test_documents_taken_from_the_context_only_stay_relevant() -> None:
    assert score(parse_measure("R@5"), trial("x", gold_docs=("a",), removed=("a",), ranking=ranked("b"))).value == 0.0


@pytest.mark.parametrize("base", sorted(_COMMON))
def test_the_names_known_without_the_library_are_those_of_the_library(base: str) -> None:
    for name in [f"{base}@7"] if _COMMON[base] in _NEEDS_CUTOFF else [base, f"{base}@7"]:
        assert parse_measure(name).name == str(ir_measures.parse_measure(name))


def test_any_other_name_of_the_library_is_understood() -> None:
    assert parse_measure("R(rel=2)@5").name == "R(rel=2)@5"
    assert parse_measure("nDCG(dcg='exp-log2')@10").name == "nDCG(dcg='exp-log2')@10"


def test_a_missing_cut_off_is_named() -> None:
    with pytest.raises(InputError, match="write R@5"):
        parse_measure("Recall")


def test_a_batch_gives_what_its_calls_give_one_by_one() -> None:
    calls = [
        Call(
            endpoint="ir_measures",
            op="score",
            payload={"measure": name, "ranking": docs, "relevance": {"a": 2, "b": 1}},
        )
        for name in (*EXAMPLES, "R(rel=2)@5")
        for docs in (["a", "b"], ["c", "b", "a"], ["x"])
    ]
    assert IrEndpoint().fingerprint == f"ir_measures {version('ir_measures')}"
    batch = dict(IrEndpoint().run(calls))
    assert sorted(batch) == list(range(len(calls)))
    for index, call in enumerate(calls):
        assert dict(IrEndpoint().run([call]))[0] == batch[index]


def test_a_measure_nobody_computes_costs_only_its_own_calls() -> None:
    payload = {"ranking": ["a"], "relevance": {"a": 1}}
    calls = [
        Call(endpoint="ir_measures", op="score", payload={**payload, "measure": name}) for name in ("RBP(p=0.8)", "R@1")
    ]
    if ir_measures.DefaultPipeline.supports(ir_measures.parse_measure("RBP(p=0.8)")):
        pytest.skip("every known provider is installed")
    found = dict(IrEndpoint().run(calls))
    assert isinstance(found[0], CallError)
    assert found[0].kind == "infra_error"
    assert found[1] == Response(value=1.0)


def test_a_case_that_changed_nothing_keeps_its_reason_though_there_is_a_ranking() -> None:
    found = score(parse_measure("nDCG@2"), trial("x", skip="noop", note="nothing to change", ranking=ranked("a")))
    assert (found.value, found.reason, found.note) == (None, "noop", "nothing to change")


def test_ndcg_has_linear_gain() -> None:
    grades = (("a", 3), ("b", 1))
    found = score(parse_measure("nDCG@2"), trial("x", grades=grades, ranking=ranked("b", "a")))
    assert found.value == pytest.approx((1 + 3 / 1.5849625) / (3 + 1 / 1.5849625))


def test_names_and_fingerprint_import_neither_the_library_nor_numpy() -> None:
    code = (
        "import sys; from robustcore.measures.registry import parse_measure, measure_names\n"
        "parse_measure('nDCG@10').endpoints['ir_measures'].fingerprint\n"
        "parse_measure('passes'); parse_measure('supported'); measure_names()\n"
        "assert not {'ir_measures', 'numpy', 'torch', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_passages_share_a_ranking_with_their_documents() -> None:
    seen = trial("x", gold_docs=("d1",), ranking=passages("one", "two"))
    assert score(parse_measure("Success@2"), seen).value == 1.0


def test_a_batch_is_large_and_in_any_order_of_length() -> None:
    packing = IrEndpoint().packing
    assert (packing.max_calls, packing.by_length) == (20_000, False)
