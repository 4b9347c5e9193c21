"""The commands around a run: new, plan, run, report, doctor, completion, and the hook of pre-commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from report_world import small_report

from pytest_robust.hooks import SUFFIXES
from robustcore.cli import main
from robustcore.cli.finding import SCENARIOS, candidates, document_folders, question_files
from robustcore.cli.main import COMMANDS, make_parser
from robustcore.report.writers import write

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = '''
"""An application."""

NUMBERS = {"apple": "1", "pear": "2", "plum": "3"}


def answer(question: str) -> str:
    found = [number for word, number in NUMBERS.items() if word in question.lower()]
    return found[0] if found else "I do not know."


def _private(question):
    return question


def no_answer(question):
    print(question)
'''
CHAIN = """
from langchain_core.runnables import RunnableLambda

chain = RunnableLambda(str) | RunnableLambda(str)


def make_chain():
    return chain


def build(documents):
    return chain
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_what_could_be_tested_is_found_without_importing_it(folder: Path) -> None:
    put(folder, app__rag_dot_py=CHAIN + "\nraise SystemExit('imported')", app__simple_dot_py=ANSWERS)
    put(folder, tests__test_x_dot_py=ANSWERS, broken_dot_py="def answer(question: return")
    put(folder, _dot_venv__x_dot_py=ANSWERS, src__inner__core_dot_py=ANSWERS)
    found = [(one.target, one.kind, one.below) for one in candidates(folder)]
    assert found == [
        ("app.rag:build", "factory", ""),
        ("app.rag:chain", "langchain", ""),
        ("app.rag:make_chain", "langchain", ""),
        ("app.simple:answer", "callable", ""),
        ("inner.core:answer", "callable", "src"),
    ]


AIDES = """
from langchain_core.runnables import RunnablePassthrough

def format_docs(docs):
    return "\\n\\n".join(doc.page_content for doc in docs)

def headed(documents):
    def line(doc):
        return doc
    return "Leaflets: " + ", ".join(map(line, documents))

def annotated(docs) -> str:
    return render(docs)

def words(text):
    return {word for word in text.split()}

def is_long(question):
    return len(question) > 200

def rag_chain():
    return {"context": retriever | format_docs, "question": RunnablePassthrough()} | prompt | model
"""


MAKERS = """
from langchain.agents import create_agent
from langgraph.graph import StateGraph

agent = create_agent(model, [search])
graph = StateGraph(State).add_node(x).compile()
pattern = compile_pattern("x")

def make():
    return create_agent(model, [search])

def answerer():
    return RetrievalQA.from_chain_type(model, retriever=retriever)

def settings():
    return load("settings")
"""


def test_agents_and_graphs_are_known_by_what_makes_them(folder: Path) -> None:
    put(folder, app_dot_py=MAKERS, other_dot_py="import re\n\nagent = re.compile('x')\n")
    assert [(one.target, one.kind) for one in candidates(folder)] == [
        ("app:agent", "agent"), ("app:make", "agent"), ("app:answerer", "langchain"), ("app:graph", "langchain"),
    ]  # fmt: skip


def test_new_puts_the_tools_of_an_agent_to_the_test_as_well(folder: Path) -> None:
    put(folder, app_dot_py=MAKERS)
    assert main(["new", "--no-input", "--ask", "What is it?", "--answer", "7"]) == 0
    scenario = folder / "tests" / "robust" / "first.robust.yaml"
    assert main(["check", str(scenario)]) == 0
    assert "name: first-tools\n" in scenario.read_text()
    assert "tools.error: 503" in scenario.read_text()


def test_what_serves_a_system_is_none(folder: Path) -> None:
    """Nearly every LangChain app has a function that makes one text of documents: it is no factory of a system."""
    put(folder, app_dot_py=AIDES)
    assert [(one.target, one.kind) for one in candidates(folder)] == [("app:rag_chain", "langchain")]


def test_questions_and_documents_are_found(folder: Path) -> None:
    put(folder, data__q_dot_jsonl='{"id": "1", "question": "x"}\n', data__d_dot_jsonl='{"id": "1", "text": "x"}\n')
    put(folder, data__q_dot_csv="id,question,answers\n", README_dot_md="x")
    put(folder, kb__a__one_dot_md="x", kb__b__two_dot_md="x", kb__b__three_dot_txt="x")
    assert [path.name for path in question_files(folder)] == ["q.csv", "q.jsonl"]
    assert document_folders(folder)[0] == folder / "kb"


@pytest.mark.parametrize("source", ["", "src/"], ids=["flat", "src"])
def test_new_writes_a_scenario_that_runs(folder: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, **{f"{source}fruit/__init__.py": "", f"{source}fruit/core.py": ANSWERS})
    asked = [part for word, number in (("apple", "1"), ("pear", "2"), ("plum", "3"))
             for part in ("--ask", f"Which number does the {word} have?", "--answer", number)]  # fmt: skip
    assert main(["new", "numbers", "--no-input", *asked]) == 0
    said = capsys.readouterr().out
    assert "found fruit.core:answer" in said
    scenario = folder / "tests" / "robust" / "numbers.robust.yaml"
    assert "system: answer" in scenario.read_text()
    assert main(["check", str(scenario)]) == 0
    command = [sys.executable, "-m", "pytest", "--robust", str(scenario), "-q", "-p", "no:langsmith_plugin"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    assert "robustness summary" in ran.stdout
    assert "error" not in ran.stdout.splitlines()[-1]
    assert re.search(r"answer_correct\) +(typos|casing)", ran.stdout)


def test_a_first_scenario_fails_where_everything_is_wrong(folder: Path) -> None:
    """A drop alone would pass: what is always wrong has nothing to lose."""
    put(folder, fruit_dot_py=ANSWERS)
    asked = [
        part for word in ("apple", "pear", "plum") for part in ("--ask", f"Which number: {word}?", "--answer", "9")
    ]
    assert main(["new", "--no-input", *asked]) == 0
    command = [sys.executable, "-m", "pytest", "--robust", "tests/robust", "-q", "-p", "no:langsmith_plugin"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "✗ 1 of 3 gates failed" in ran.stdout


def test_check_without_files_looks_below_the_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    assert "there is no *.robust.yaml below this folder" in capsys.readouterr().err
    sound = "robust: 1\nname: sound\ndata: handbook\nperturb: [question.typos]\nmeasures: [answer_correct]\n"
    put(folder, a__one_dot_robust_dot_yaml=sound, a__two_dot_robust_dot_yml="robust: 2\n")
    put(folder, _dot_venv__three_dot_robust_dot_yaml="robust: 3\n", other_dot_yaml="robust: 4\n")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "a/two.robust.yml:1" in out
    assert "2 files: 1 sound scenario" in out
    assert SCENARIOS == SUFFIXES


def test_new_overwrites_nothing_and_leaves_a_conftest_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, fruit_dot_py=ANSWERS, conftest_dot_py="# mine\n")
    arguments = ["new", "--no-input", "--ask", "apple?", "--answer", "1"]
    assert main(arguments) == 0
    assert (folder / "conftest.py").read_text() == "# mine\n"
    assert "system: fruit:answer" in (folder / "tests/robust/first.robust.yaml").read_text()
    assert main(arguments) == 1
    assert "is there already" in capsys.readouterr().err


def test_new_for_a_factory_perturbs_passages_too(folder: Path) -> None:
    put(folder, rag_dot_py=CHAIN, kb__one_dot_md="# One\n\nx", kb__two_dot_md="# Two\n\ny")
    assert main(["new", "--no-input", "--ask", "apple?", "--answer", "1"]) == 0
    text = (folder / "tests/robust/first.robust.yaml").read_text()
    assert [part["perturb"] for part in yaml.safe_load_all(text)][1] == ["context.distractor_same_topic"]
    assert main(["check", "tests/robust/first.robust.yaml"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ask", "x?", "--answer", "1"], "nothing here looks like a system"),
        (["--system", "nonsense"], "is not MODULE:NAME"),
        (["--system", "a:b"], "no file with questions"),
        (["--system", "a:b", "--ask", "x?"], "one each"),
        (["--system", "a:b", "--questions", "none.jsonl"], "no file none.jsonl"),
        (["--system", "a:b", "--kind", "factory", "--ask", "x?", "--answer", "1"], "needs documents"),
        (["9lives"], "is no name"),
    ],
)
def test_new_says_what_is_missing(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "--no-input", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not list(folder.rglob("*.yaml"))


def test_new_asks_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, one_dot_py=ANSWERS, two_dot_py=ANSWERS)
    replies = iter(["2", "Which number does the pear have?", "2", ""])
    monkeypatch.setattr("builtins.input", lambda prompt: next(replies))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert main(["new"]) == 0
    assert "from two import answer" in (folder / "conftest.py").read_text()
    (row,) = (folder / "tests/robust/questions.jsonl").read_text().splitlines()
    assert json.loads(row)["answers"] == ["2"]


def test_run_and_plan_pass_everything_on(folder: Path) -> None:
    put(folder, test_one_dot_py="def test_a(): pass\ndef test_b(): assert 0\n")
    command = [sys.executable, "-c", "import sys; from robustcore.cli import main; sys.exit(main())"]
    env = {**os.environ, "PYTEST_ADDOPTS": "-p no:langsmith_plugin"}
    ran = subprocess.run([*command, "run", "-q", "-k", "a"], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert "1 passed, 1 deselected" in ran.stdout
    assert subprocess.run([*command, "run", "-q"], env=env, capture_output=True, check=False).returncode == 1
    planned = subprocess.run([*command, "plan"], env=env, capture_output=True, text=True, check=False)
    assert "robustness plan" in planned.stdout


def test_report_renders_a_stored_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(small_report(), "json", folder / "out.json")
    assert main(["report", "out.json", "--to", "out.html", "--to", "sarif=x.sarif", "--format", "github"]) == 0
    assert "::error file=tests/rag.robust.yaml,line=14" in capsys.readouterr().out
    assert (folder / "out.html").read_text().startswith("<!doctype html>")
    assert main(["report", "out.json"]) == 0
    assert "✗ failed" in capsys.readouterr().out
    assert main(["report", "out.json", "--exit-code", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["run"] == "r1"


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("{}", [], "not a report of version 1"),
        ('{"schema": "pytest-robust/report", "version": 1, "x": NaN}', [], "the number NaN is not finite"),
        ("nonsense", [], "this is no report"),
        ('{"schema": "pytest-robust/report", "version": 1}', [], "this is no report"),
        ("{}", ["--to", "pdf=x"], "no report format is called 'pdf'"),
        ("{}", ["--format", "htlm"], "did you mean 'html'"),
    ],
)
def test_report_refuses_what_is_none(
    folder: Path, text: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, out_dot_json=text)
    assert main(["report", "out.json", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert main(["report", "none.json"]) == 1
    assert "none.json: cannot read the report" in capsys.readouterr().err


def test_doctor_tells_versions_extras_devices_and_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"pytest-robust +\d", text)
    assert re.search(r"local +(ready|without)", text)
    assert "devices" in text
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["base"]["pytest"]
    assert set(found["extras"]) >= {"local", "langchain", "chat", "http", "ray", "ir", "ocr"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(command.name in script for command in COMMANDS)
    assert "--exit-code" in script or "-l exit-code" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_completion_works_in_bash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    (tmp_path / "complete.bash").write_text(capsys.readouterr().out)
    line = 'COMP_WORDS=(pytest-robust {}); COMP_CWORD={}; _pytest_robust; echo "${{COMPREPLY[@]}}"'

    def complete(words: str, place: int) -> list[str]:
        script = f"source {tmp_path}/complete.bash; {line.format(words, place)}"
        return subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()

    assert complete("rep", 1) == ["report"]
    assert complete("report --to", 2) == ["--to"]
    assert complete("baseline --o", 2) == ["--output"]
    assert complete("perturb sh", 2) == ["show"]
    assert "bash" in complete("completion ''", 2)


def test_help_tells_exit_codes_and_every_command() -> None:
    text = make_parser().format_help()
    assert "exit status: 0 done; 1 problems were found" in text
    assert all(re.search(rf"^ +{command.name}\b", text, re.MULTILINE) for command in COMMANDS)


def test_the_hook_of_pre_commit_runs_a_command_that_exists() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, command = hook["entry"].split()
    assert program == "pytest-robust"
    assert command in {each.name for each in COMMANDS}
    assert re.search(hook["files"], "tests/rag.robust.yaml")
