"""A retriever as the system of a scenario: gates count its rankings, nobody reads, and edits are merged at search."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("bm25s", reason="needs the extra 'local'")

FILE = """
robust: 1
name: found
claim: What was withdrawn is gone, what is planted comes first.
system: {use: bm25, options: {depth: 5}}
data: {corpus: handbook, sample: 12}
items: ITEMS
perturb: [corpus.delete_gold, {corpus.doc_attack: plant}, question.casing]
measures: [nDCG@5, rank.top1_changed, rank.boosted]
expect:
  - group: {measure: rank.stale, at-most: 0.5}
"""


@pytest.mark.parametrize("items", ["case", "group"])
def test_rankings_are_counted_by_gates_and_answers_are_nobodys(pytester: pytest.Pytester, items: str) -> None:
    (pytester.path / "found.robust.yaml").write_text(FILE.replace("ITEMS", items))
    result = pytester.runpytest_subprocess(
        "--robust", "-q", "-p", "no:randomly", "--robust-report=out.json", "--robust-ledger=none"
    )
    result.assert_outcomes(
        **({"passed": 1, "xfailed": 3} if items == "group" else {"passed": 1, "xfailed": 33, "skipped": 3})
    )
    (report,) = json.loads((pytester.path / "out.json").read_text())["scenarios"]
    cells = {
        (one["label"], cell["measure"]): cell["perturbed"]["value"]
        for one in report["conditions"]
        for cell in one["measures"]
    }
    assert cells["corpus.delete_gold".partition(".")[2], "rank.stale"] == 0
    planted = next(value for (label, name), value in cells.items() if "doc_attack" in label and name == "rank.boosted")
    assert planted == 1
    assert cells["casing", "rank.top1_changed"] == 0


def test_a_misspelt_retriever_or_option_is_refused_with_the_choices(pytester: pytest.Pytester) -> None:
    (pytester.path / "found.robust.yaml").write_text(FILE.replace("ITEMS", "group").replace("depth: 5", "dept: 5"))
    result = pytester.runpytest_subprocess("--robust", "-q", "-p", "no:randomly")
    result.stderr.fnmatch_lines(["*bm25 has no option 'dept'*"])
    assert "did you mean 'depth'" in result.stderr.str()
