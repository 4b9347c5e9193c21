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


VECTORS = """
robust: 1
name: near
system: {use: bm25, options: {depth: 5}}
data: {corpus: handbook, sample: 12}
items: group
perturb: [question.misspelled]
measures: [cert.topk_radius]
expect:
  - group: {measure: cert.violations, at-most: 0}
  - group: {measure: style.crossed, at-most: 0.05}
  - group: {measure: drop_abs(nDCG@5), at-most: 0.9}
"""


@pytest.mark.parametrize("more", [(), ("--robust-sequential",)])
def test_gates_on_vectors_are_not_run_where_a_retriever_has_none(
    pytester: pytest.Pytester, more: tuple[str, ...]
) -> None:
    (pytester.path / "near.robust.yaml").write_text(VECTORS)
    result = pytester.runpytest_subprocess("--robust", "-q", "--robust-report=out.json", "--robust-ledger=none", *more)
    (report,) = json.loads((pytester.path / "out.json").read_text())["scenarios"]
    assert {gate["measure"]: gate["status"] for gate in report["gates"]} == {
        "cert.violations": "not_run",
        "style.crossed": "not_run",
        "drop_abs(nDCG@5)": "passed",
    }
    printed = " ".join(result.stdout.str().split())
    assert "near, 2 gates: needs a retriever with vectors (dense), and bm25 shows none" in printed
    assert result.ret == 0


OWN = """
robust: 1
name: own
system: SYSTEM
data: {corpus: docs.jsonl, questions: questions.jsonl}
use: {ranking: {unseen: late}}
axis: none
items: group
"""
GULLIBLE = '''
"""A retriever that shows what was added first, and what was withdrawn all the same."""
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.base import Ranking
from robustcore.systems.retrieval.lexical import Bm25

class Gullible(Bm25):
    def search(self, queries, edits, k):
        found = super().search(queries, [CorpusEdit() for _ in edits], k)
        pairs = zip(found, ([doc.id for doc in edit.add] for edit in edits))
        return [self.first(ids, one, k) for one, ids in pairs]

    def first(self, added, one, k):
        ids = tuple(dict.fromkeys([*added, *one.ids]))[:k]
        return Ranking(ids=ids, scores=tuple(float(k - rank) for rank in range(len(ids))))

def build(corpus):
    return Gullible(corpus)
'''
FOOLED = {"rank.first_lost", "rank.stale", "rank.doubled_fell(of=rival)"}
FRUIT = ("apple", "pear", "plum", "grape", "lemon", "quince")


def own_data(pytester: pytest.Pytester) -> None:
    """Write six documents, a question about each, and the tags that tell the later ones."""
    docs = [{"id": f"d{i}", "text": f"The {word} is sold on day {i} of the market."} for i, word in enumerate(FRUIT)]
    asked = [
        {
            "id": f"q{i}",
            "question": f"When is the {word} sold at the market?",
            "answers": [f"day {i}"],
            "gold_doc_ids": [f"d{i}"],
            "tags": ["late" if i > 2 else "early"],
        }
        for i, word in enumerate(FRUIT)
    ]
    for name, records in (("docs", docs), ("questions", asked)):
        (pytester.path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    pytester.makepyfile(gullible=GULLIBLE)


@pytest.mark.parametrize(("system", "failed"), [("bm25", set()), ("gullible:build", FOOLED)])
def test_the_recipe_sets_the_tasks_to_data_of_ones_own(
    pytester: pytest.Pytester, system: str, failed: set[str]
) -> None:
    own_data(pytester)
    (pytester.path / "own.robust.yaml").write_text(OWN.replace("SYSTEM", system))
    pytester.runpytest_subprocess(
        "--robust", "-q", "-p", "no:randomly", "--robust-report=out.json", "--robust-ledger=none"
    )
    (report,) = json.loads((pytester.path / "out.json").read_text())["scenarios"]
    assert {gate["measure"] for gate in report["gates"] if gate["status"] != "passed"} == failed
    assert len(report["gates"]) == 6
    values = {suite["name"]: suite["estimate"]["value"] for suite in report["suites"]}
    assert values["rank.ood_change@10(shifted=late)"] == 0
    assert values["rank.first_lost"] == (1 if failed else 0)


def test_a_misspelt_retriever_or_option_is_refused_with_the_choices(pytester: pytest.Pytester) -> None:
    (pytester.path / "found.robust.yaml").write_text(FILE.replace("ITEMS", "group").replace("depth: 5", "dept: 5"))
    result = pytester.runpytest_subprocess("--robust", "-q", "-p", "no:randomly")
    result.stderr.fnmatch_lines(["*bm25 has no option 'dept'*"])
    assert "did you mean 'depth'" in result.stderr.str()
