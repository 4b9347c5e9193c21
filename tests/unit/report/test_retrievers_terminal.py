"""The comparison of retrievers as a person reads it: what is known of vectors, and the questions that lose most."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from robustcore.corpus.records import Corpus, Dataset, Doc
from robustcore.report.retrievers import RetrieverRow
from robustcore.report.retrievers_terminal import render
from robustcore.stats.rows import Estimate

DATA = Dataset(name="shop", corpus=Corpus.of([Doc(id="d", text="x")]), examples=())


def row(name: str, clean: dict[str, float], **vectors: Any) -> RetrieverRow:
    return RetrieverRow(
        name=name,
        exact=True,
        clean=clean,
        attacked={"question.casing": clean},
        mean=Estimate(value=0.5, low=0.4, high=0.6, n=2, clusters=2),
        vndcg=0.1,
        worst_quarter=0.2,
        query_change={"question.casing": -0.25, "all": -0.25},
        top1_changed={"plant": 0.9},
        boosted={"plant": 1.0},
        **vectors,
    )


def printed(*rows: RetrieverRow) -> list[str]:
    file = io.StringIO()
    render(rows, DATA, Console(file=file, width=160))
    return file.getvalue().splitlines()


def test_vectors_have_a_table_and_a_violation_is_named_a_fault() -> None:
    pairs = {"as asked | upper": 0.8, "as asked | misspelled": 0.6, "upper | misspelled": None}
    dense = row(
        "dense [x]", {"q1": 1.0, "q2": 0.5}, certified=0.17, violations=2, ri=0.99, chance=0.1, crossed=0.0,
        style_pairs=pairs,
    )  # fmt: skip
    lines = printed(dense, row("bm25", {"q1": 0.2, "q2": 0.9}))
    (found,) = [line.split() for line in lines if "0.17" in line]
    assert found[2:] == ["0.17", "2", "0.99", "0.10", "0.00", "as", "asked", "|", "misspelled", "0.60"]
    assert "a violation is a fault of the retriever, or of an index that overlooks documents" in lines
    assert "bm25 loses most on: q1" in lines
    assert any(line.split()[:2] == ["question.casing", "-0.25"] for line in lines)


def test_where_nothing_has_vectors_there_is_no_table_of_them() -> None:
    lines = printed(row("bm25", {"q1": 1.0}), row("hybrid", {"q1": 1.0}))
    assert not [line for line in lines if "certified" in line or "loses most" in line]


def test_styles_that_cannot_be_told_apart_are_a_dash() -> None:
    lines = printed(row("dense", {"q1": 1.0}, certified=0.0, violations=0, style_pairs={"a | b": None}))
    assert any(line.split()[-1:] == ["–"] and line.strip().startswith("dense") for line in lines)
