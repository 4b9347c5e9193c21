"""TREC runs and qrels, and BEIR folders: what is written reads back, and what is wrong is told by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.formats.qrels import read_trec_qrels
from robustcore.corpus.formats.runs import read_trec_run, write_beir, write_trec_qrels, write_trec_run
from robustcore.corpus.load import load_dataset
from robustcore.errors import InputError


def test_a_run_reads_back_in_its_order_ties_included(tmp_path: Path) -> None:
    run = {"q2": [("b", 0.5), ("a", 0.5), ("c", 0.1)], "q1": [("x", -1.0)]}
    write_trec_run(tmp_path / "r.trec", run, tag="my run")
    back = read_trec_run(tmp_path / "r.trec")
    assert {query: [doc for doc, _ in found] for query, found in back.items()} == {"q2": ["b", "a", "c"], "q1": ["x"]}
    assert back["q2"][0][1] == 0.5
    scores = [score for _, score in back["q2"]]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3  # a tool that sorts by score finds the same order
    assert (tmp_path / "r.trec").read_text().splitlines()[0] == "q2 Q0 b 1 0.5 my_run"


def test_everything_wrong_with_a_run_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "r.trec"
    file.write_text("q1 Q0 a 1 0.5 t\nq1 Q0 a 2 0.4 t\nq1 Q0 b one 0.4 t\nq1 Q0 c 3\n\n")
    with pytest.raises(InputError) as caught:
        read_trec_run(file)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "r.trec:2" in text
    assert "stands twice" in text
    assert "rank and score must be numbers" in text
    file.write_text("\n")
    with pytest.raises(InputError, match="empty"):
        read_trec_run(file)


def test_judgements_and_a_beir_folder_read_back(tmp_path: Path) -> None:
    data = bundled_dataset("handbook")
    write_trec_qrels(tmp_path / "qrels.txt", data)
    rows = read_trec_qrels(tmp_path / "qrels.txt")
    assert {(row.query_id, row.doc_id) for row in rows} == {(e.id, doc) for e in data.examples for doc in e.relevance}
    write_beir(tmp_path / "beir", data)
    back = load_dataset(tmp_path / "beir")
    assert list(back.corpus.docs) == list(data.corpus.docs)
    judged = [example for example in data.examples if example.relevance]
    assert [(e.id, e.question, e.relevance) for e in back.examples] == [(e.id, e.question, e.relevance) for e in judged]
