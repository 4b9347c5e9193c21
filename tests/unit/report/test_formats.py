"""The formats of a report: what each says of a failed gate, that it is well formed, that hostile texts do nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from report_world import HOSTILE, gate, hostile_report, report, scenario, small_report

from robustcore.errors import InputError
from robustcore.report.annotations import to_annotations
from robustcore.report.gitlab import to_gitlab
from robustcore.report.json_form import from_json, to_json
from robustcore.report.markdown import to_markdown
from robustcore.report.places import Place, place_of
from robustcore.report.rerun import rerun
from robustcore.report.sarif import to_sarif
from robustcore.report.types import COUNTED, Report
from robustcore.report.verdict import headline
from robustcore.report.writers import append_markdown, json_text, read_target, write, writer_registry

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\ud800-\udfff]")
# what SARIF 2.1.0 demands of the parts that we write
SARIF = json.loads((Path(__file__).parent / "sarif_rules.json").read_text(encoding="utf-8"))
OURS = {
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<details>\n<summary>",
    "<!-- -->",
    "<sub>",
    "</sub>",
    "<br>",
}


def test_markdown_says_first_what_failed_why_and_how_to_see_it_again() -> None:
    text = to_markdown(small_report())
    lines = text.splitlines()
    assert lines[0] == "## Robustness: ✗ 1 of 3 gates failed, 1 inconclusive"
    why = text.index("### ✗ `rag`: `answer_correct`, `1`")
    assert why < text.index("### ? `rag`") < text.index("<details>")
    assert "Stands at `tests/rag.robust.yaml:14:5`." in text
    assert "About 120 questions would decide it." in text
    assert re.search(r"\| run again \| `pytest --robust 'tests/rag.robust.yaml::rag\[\w+-s1-q\d+\]'` \|", text)
    assert re.search(r"\| answer before \| `[a-z ]+` \|\n\| answer now \| `[a-z ]+` \|", text)


def test_markdown_of_hostile_texts_has_no_markup_but_ours() -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(to_markdown(hostile_report()))
    inline = [child for token in tokens for child in token.children or []]
    html = {t.content.strip() for t in [*tokens, *inline] if t.type in ("html_block", "html_inline")}
    assert html <= {
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<details>\n<summary>",
        "<!-- -->",
        "<sub>",
        "</sub>",
        "<br>",
    }
    assert not [child for child in inline if child.type in ("link_open", "image")]
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert all(heading.startswith(("Robustness:", "✗", "?", "!")) for heading in headings)


@pytest.mark.parametrize("form", ["markdown", "html", "sarif", "github", "gitlab"])
def test_no_unseen_character_of_a_hostile_text_is_in_any_format(form: str) -> None:
    assert not UNSEEN.search(writer_registry().get(form)(hostile_report()))


def test_annotations_stand_on_the_line_of_the_gate_below_the_repository() -> None:
    lines = to_annotations(replace(small_report(), folder="services/rag")).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]
    assert lines[0].startswith(
        "::error file=services/rag/tests/rag.robust.yaml,line=14,col=5,"
        "title=robustness gate failed%3A rag%2C answer_correct 1::answer_correct is 0.4"
    )
    assert "%0Aanswer now: " in lines[0]
    assert "%0Arun again: pytest --robust" in lines[0]


def test_annotations_of_hostile_texts_are_one_line_a_gate() -> None:
    found = hostile_report()
    lines = to_annotations(found).split("\n")
    assert len(lines) == sum(len(one.gates) for one in found.scenarios) + 1
    assert all(re.match(r"::error (\w+=[^:]*)?(,\w+=[^:]*)*::", line) for line in lines[:-1])


def test_a_gate_that_stands_outside_of_the_repository_marks_no_line() -> None:
    found = report([scenario("shipped", [], [gate("failed", where="/opt/site/robust.yaml:3:1")])])
    assert "file=" not in to_annotations(found)
    assert to_annotations(found).startswith("::error title=")
    assert json.loads(to_gitlab(found)) == []
    assert json.loads(to_sarif(found))["runs"][0]["results"][0]["locations"] == []


@pytest.mark.parametrize("found", [small_report(), hostile_report(), report([])], ids=["small", "hostile", "empty"])
def test_sarif_keeps_the_rules_of_its_version(found: Report) -> None:
    Draft202012Validator.check_schema(SARIF)
    log = json.loads(to_sarif(found))
    errors = [error.message for error in Draft202012Validator(SARIF).iter_errors(log)]
    assert not errors
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert set(rules) == {result["ruleId"] for result in run["results"]}
    assert len(rules) == len(set(rules))


def test_sarif_has_failed_gates_and_failed_cases_and_the_same_fingerprints_next_time() -> None:
    found = small_report()
    (rag,) = found.scenarios
    failed = [replace(case, outcome="failed") for case in rag.cases[:2]]
    found = replace(found, scenarios=(replace(rag, cases=(*failed, *rag.cases[2:])),))
    results: list[Any] = json.loads(to_sarif(found))["runs"][0]["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("rag/gate", "error"), ("rag/gate", "warning"), ("rag/case", "error"), ("rag/case", "error"),
    ]  # fmt: skip
    again = json.loads(to_sarif(replace(found, run="another", created="later")))["runs"][0]["results"]
    prints = [result["partialFingerprints"] for result in results]
    assert prints == [result["partialFingerprints"] for result in again]
    assert len({json.dumps(one) for one in prints}) == 4


def test_gitlab_gets_what_its_merge_requests_show() -> None:
    found = json.loads(to_gitlab(small_report()))
    assert [entry["severity"] for entry in found] == ["critical", "minor"]
    assert found[0]["location"] == {"path": "tests/rag.robust.yaml", "lines": {"begin": 14}}
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(found[0])


@pytest.mark.parametrize(
    ("where", "folder", "place"),
    [
        ("a/b.yaml:3:5", "", Place(path="a/b.yaml", line=3, column=5)),
        ("a/b.yaml:3", "x", Place(path="x/a/b.yaml", line=3, column=0)),
        ("../b.yaml:3", "x", Place(path="b.yaml", line=3, column=0)),
        ("../../b.yaml:3", "x", Place(path="", line=3, column=0)),
        ("/abs/b.yaml:3:1", "x", Place(path="", line=3, column=1)),
        ("", "x", Place(path="", line=0, column=0)),
    ],
)
def test_places(where: str, folder: str, place: Place) -> None:
    assert place_of(replace(small_report(), folder=folder), where) == place


def test_the_json_form_reads_back_whole() -> None:
    for found in (small_report(), hostile_report()):
        assert from_json(json.loads(json.dumps(to_json(found)))) == found


def test_the_command_quotes_what_a_shell_would_read() -> None:
    (rag,) = small_report().scenarios
    odd = replace(rag.cases[0], id="it's; rm -rf")
    assert rerun(rag, odd) == "pytest --robust 'tests/rag.robust.yaml::rag[it'\"'\"'s; rm -rf]'"
    group = replace(rag, rerun="pytest --robust 'x::rag[{condition}]'")
    assert rerun(group, rag.cases[0]) == f"pytest --robust 'x::rag[typos-s{rag.cases[0].severity:g}]'"


@pytest.mark.parametrize(
    ("given", "form", "path"),
    [
        ("out.json", "json", "out.json"),
        ("x/a=b.html", "html", "x/a=b.html"),
        ("out.md", "markdown", "out.md"),
        ("report.HTML", "html", "report.HTML"),
        ("out", "json", "out"),
        ("sarif=out.json", "sarif", "out.json"),
        ("markdown=~/x.txt", "markdown", "~/x.txt"),
    ],
)
def test_a_target_is_a_format_and_a_path(given: str, form: str, path: str) -> None:
    assert read_target(given) == (form, path)


@pytest.mark.parametrize(
    ("given", "said"), [("htm=x", "did you mean 'html'"), ("html=", "html=PATH"), ("pdf=x", "choices")]
)
def test_a_target_nobody_can_write_is_refused(given: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        read_target(given)


@pytest.mark.parametrize("form", ["json", "markdown", "html", "sarif", "github", "gitlab"])
def test_every_format_is_written_whole_or_not_at_all(form: str, tmp_path: Path) -> None:
    write(hostile_report(), form, tmp_path / "new" / "out")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]
    assert (tmp_path / "new" / "out").read_text(encoding="utf-8")


def test_what_was_counted_is_read_back_as_whole_numbers() -> None:
    given = replace(small_report(), calls=dict.fromkeys(COUNTED, 3) | {"seconds": 0.5})
    read = from_json(json.loads(json_text(given)))
    assert [repr(value) for value in read.calls.values()] == ["3"] * 5 + ["0.5"]


def test_a_job_summary_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before\n", encoding="utf-8")
    append_markdown(small_report(), tmp_path / "summary.md")
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("before\n## Robustness: ✗")


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["passed"], "✓ the gate passed"),
        (["passed", "passed"], "✓ all 2 gates passed"),
        (["passed", "inconclusive"], "? 1 of 2 gates inconclusive"),
        (["error", "failed", "passed"], "✗ 1 of 3 gates failed, 1 could not be judged"),
        ([], "✓ nothing failed; nothing was gated"),
        (["not_run", "not_run"], "– 2 of 2 gates not run"),
        (["not_run", "passed", "passed"], "✓ 2 of 3 gates passed, 1 not run"),
        (["not_run", "failed", "passed"], "✗ 1 of 3 gates failed, 1 not run"),
    ],
)
def test_the_headline(statuses: list[Any], said: str) -> None:
    assert headline(report([scenario("s", [], [gate(status) for status in statuses])])) == said


def test_hostile_texts_are_what_the_world_is_about() -> None:
    assert any("script" in text for text in HOSTILE)
    assert all(UNSEEN.search(text) for text in (HOSTILE[5], HOSTILE[6], HOSTILE[11], HOSTILE[12]))
