import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from unit.scenario.world import EXAMPLES, vocabulary

from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Response
from robustcore.cli import main

GOOD, BAD = EXAMPLES / "good", EXAMPLES / "bad"


def test_schema_prints_the_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"], words=vocabulary) == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    assert "qwerty_swap" in schema["$defs"]["PerturbItem"]["anyOf"][0]["enum"]


def test_check_of_sound_files_exits_0_and_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--no-data", str(GOOD / "smallest.yaml"), str(GOOD / "several.yaml")], words=vocabulary) == 0
    assert capsys.readouterr().out == "2 files: 3 sound scenarios, 0 problems\n"


def test_check_prints_every_problem_of_every_file_and_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(BAD / "tags-as-text.yaml"), str(GOOD / "smallest.yaml"), str(BAD / "severity-out-of-range.yaml")]
    assert main(["check", *files], words=vocabulary) == 1
    out = capsys.readouterr().out
    assert "tags-as-text.yaml:4:7: 'tags' must be a list" in out
    assert "severity-out-of-range.yaml:6:17:" in out
    assert "severity-out-of-range.yaml:6:21:" in out
    assert out.endswith("3 files: 1 sound scenario, 3 problems\n")


def test_a_likely_name_is_not_lost_in_a_long_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "questions.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "a.robust.yaml").write_text(
        "robust: 1\nname: a\ndata: {corpus: handbook, questions: question.jsonl}\n"
        "perturb: [context.irelevant, context.swap_irrelevant]\nseverity: [0.5]\nmeasures: [answer_corect]\n",
        encoding="utf-8",
    )
    assert main(["check", str(tmp_path / "a.robust.yaml")]) == 1
    problems = capsys.readouterr().out
    assert "did you mean 'questions.jsonl'?" in problems
    assert "fix: did you mean 'context.swap_irrelevant'?" in problems
    assert "choices: context.swap_irrelevant, " in problems
    assert "question." not in problems.partition("choices: context.")[2].partition("\n")[0]
    assert "choices: answer_correct, " in problems
    assert max(map(len, problems.splitlines())) < 300
    assert "fix: give this item its own: {context.swap_irrelevant: {}, severity: [1]}" in problems


@pytest.mark.parametrize("argv", [["measures"], ["measures", "rank", "parrot.correct"]])
def test_measures_tells_what_each_says(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    text = capsys.readouterr().out
    assert "rank.kendall_distance  lower is better\n" in text
    assert "    k=10\n" in text
    assert ("answer_correct" in text) == ("nDCG@10" in text) == (argv == ["measures"])
    assert main([*argv, "--json"]) == 0
    found = {measure["name"]: measure for measure in json.loads(capsys.readouterr().out)}
    assert found["parrot.correct"]["better"] == "higher"
    assert all(measure["about"] for measure in found.values())
    assert main(["measures", "rank.kendal_distance"]) == 1
    assert "did you mean 'rank.kendall_distance'?" in capsys.readouterr().err


def test_check_reads_the_data_that_scenarios_name_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with a wrong field was found sound, and failed when it was collected."""
    (tmp_path / "docs.jsonl").write_text('{"id": "d", "text": "x"}\n')
    (tmp_path / "q.jsonl").write_text('{"id": "q", "question": "What?", "ground_truth": "x"}\n')
    part = (
        "robust: 1\nname: NAME\ndata: {corpus: docs.jsonl, questions: q.jsonl}\n"
        "perturb: [typos]\nmeasures: [answer_correct]\n"
    )
    file = tmp_path / "a.robust.yaml"
    file.write_text(f"{part.replace('NAME', 'one')}---\n{part.replace('NAME', 'two')}")
    assert main(["check", str(file)]) == 1
    said = capsys.readouterr().out
    assert said.count("q.jsonl:1:34: unknown key 'ground_truth'") == 1
    assert "fix: did you mean 'answers'?" in said
    assert said.endswith("1 file: 0 sound scenarios, 1 problem\n")
    assert main(["check", "--no-data", str(file)]) == 0
    assert capsys.readouterr().out == "1 file: 2 sound scenarios, 0 problems\n"


def test_check_of_a_file_that_is_not_there_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.yaml")], words=vocabulary) == 1
    assert "none.yaml: cannot read the file" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["chek"], ["schema", "x"]])
def test_a_wrong_command_line_exits_2_with_the_usage(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv, words=vocabulary)
    assert caught.value.code == 2
    assert "usage: pytest-robust" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    code = "import sys; from robustcore.cli import main; sys.exit(main(['schema']))"
    read, write = os.pipe()
    os.close(read)  # like `pytest-robust schema | head`, once head has its lines
    result = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (result.returncode, result.stderr) == (141, "")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".robust" / "ledger.sqlite"
    filled = Ledger(path)
    for endpoint, count in (("hf:org/name", 3), ("toy.answer", 1)):
        filled.put_many({f"{endpoint}{i}": Response(value=i) for i in range(count)}, (endpoint, "chat", ""))
    filled.close()
    return path


def test_ledger_shows_what_the_default_file_holds(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger"]) == 0
    out = capsys.readouterr().out
    assert ".robust/ledger.sqlite: 4 responses" in out
    assert re.search(r"hf:org/name chat +3 ", out)
    assert re.search(r"toy.answer chat +1 ", out)


def test_ledger_prunes_and_says_how_much(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "prune", str(ledger), "--max-days", "1"]) == 0
    assert "0 of 4 responses dropped" in capsys.readouterr().out
    assert main(["ledger", "prune", "--all"]) == 0
    assert "4 of 4 responses dropped" in capsys.readouterr().out
    assert Ledger(ledger).count() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.sqlite"], "there is no ledger at nowhere.sqlite"),
        (["conftest.py"], "cannot be used"),
        (["prune", "conftest.py", "--all"], "cannot be used"),
        (["prune"], "--max-mb N, --max-days N or --all"),
        (["--all"], "belong together"),
        (["prune", "--max-mb", "-1"], "above 0"),
        (["one", "two"], "one ledger at a time"),
    ],
)
def test_ledger_refuses_what_makes_no_sense(
    ledger: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("conftest.py").write_text("# nothing of ours\n" * 50)
    assert main(["ledger", *words]) == 1
    assert said in capsys.readouterr().err
    assert Path("conftest.py").read_text() == "# nothing of ours\n" * 50
    assert Ledger(ledger).count() == 4
