"""``pytest-robust encoders``: what is compared, printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from robustcore.cli import main

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


def questions(tmp_path: Path) -> Path:
    """Write a corpus of two subjects in eight documents, and a question on each; return its folder."""
    facts = ["opens at nine", "costs forty crowns", "is closed on Mondays", "was founded in 1921"]
    docs, asked = [], []
    for place, name in enumerate(("museum of glass", "harbour ferry")):
        for number, fact in enumerate(facts):
            doc_id = f"d{place}{number}"
            docs.append({"id": doc_id, "title": name, "text": f"The {name} {fact}, as the town council announced."})
            wording = ("When does it open", "What does it cost", "When is it closed", "When was it founded")[number]
            asked.append(
                {"id": f"q{place}{number}", "question": f"{wording}, the {name}?", "answers": ["x"],
                 "answerable": True, "gold_doc_ids": [doc_id]}
            )  # fmt: skip
    for file, rows in (("docs", docs), ("questions", asked)):
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / f"{file}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_encoders_are_compared_by_query_beside_bm25_and_a_run_made_elsewhere(
    tmp_path: Path, built: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from models import encoder_model

    from robustcore.corpus.load import load_dataset

    data, runs = questions(tmp_path), tmp_path / "runs"
    tiny = str(built(encoder_model))
    options = ["--data", str(data), "--write-runs", str(runs), "--json"]
    assert main(["encoders", "packaged", tiny, *options]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["dense", f"dense ({Path(tiny).name})", "bm25"]
    assert all(len(row["clean"]) == 8 for row in rows)
    packaged, random = rows[0], rows[1]
    assert packaged["mean"]["value"] > random["mean"]["value"]  # a model with random weights ranks at random
    assert packaged["violations"] == random["violations"] == 0
    assert rows[2]["certified"] is None
    assert packaged["p"] is None
    assert 0 <= random["p"] <= 1
    assert (runs / "qrels.txt").is_file()
    again = load_dataset(runs / "beir", format="beir")
    assert [(one.id, one.relevance) for one in again.examples] == [
        (one.id, one.relevance) for one in load_dataset(data).examples if one.relevance
    ]
    assert main(["encoders", "--data", str(data), "--run", str(runs / "bm25.trec"), "--retriever", "hybrid"]) == 0
    table = capsys.readouterr().out
    assert "8 judged questions" in table
    assert "hybrid" in table


def test_what_cannot_be_compared_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = questions(tmp_path)
    bare = data / "bare.jsonl"
    bare.write_text('{"id": "q", "question": "Who?", "answers": ["x"], "answerable": true}\n')
    assert main(["encoders", "--data", str(data / "docs.jsonl"), "--questions", str(bare)]) == 1
    assert "no question names a relevant document" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["encoders", "--data", "handbook", "--index", "tree"])
