"""``pytest-robust new``: a first scenario that works, and a conftest.py, for an application that is found or named."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from robustcore.cli.finding import KINDS, Candidate, candidates, document_folders, question_files
from robustcore.errors import InputError, Problem
from robustcore.systems.targets import TARGET

T = TypeVar("T")

ENOUGH: Final = (
    "group: {measure: answer_correct, at-least: 0.50}  # a system that is always wrong has nothing to lose; raise it"
)
MORE: Final = {
    "factory": """\
---
robust: 1
name: {name}-noise
claim: Passages about something near do not displace the right answer.
system: {system}
{data}
axis: none
perturb:
  - context.distractor_same_topic
measures: [answer_correct, abstained]
expect:
  - group: {{measure: drop_abs(answer_correct), at-most: 0.20}}
  - {enough}
""",
    "agent": """\
---
robust: 1
name: {name}-tools
claim: A tool that fails is tried again or told, and nothing is made up for it.
system: {system}
{data}
axis: none
perturb:
  - {{tools.error: 503, severity: [0.5, 1]}}   # one call fails, every call fails
measures: [task_success, fault_handled, fabricated_result]
expect:
  - group: {{measure: fabricated_result, at-most: 0.10}}
  - group: {{measure: fault_handled, at-least: 0.50}}
""",
}
"""Kind of a system → the scenarios besides the first one."""
NO_DOCUMENTS: Final = "This scenario perturbs questions alone, so the system's own documents are not needed here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be written: the scenario's name and folder, the system, its data (``documents`` None: a stand-in)."""

    name: str
    folder: Path
    system: Candidate
    questions: Path
    documents: Path | None
    asked: tuple[tuple[str, str], ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be said; the rest is found, or asked for on a terminal."""
    parser.add_argument("name", nargs="?", default="first", help="the scenario's name (default: first)")
    parser.add_argument("--system", metavar="MODULE:NAME", help="what is tested (default: what is found here)")
    parser.add_argument("--kind", choices=tuple(KINDS), help="what --system is (default: read from its source)")
    parser.add_argument("--questions", type=Path, metavar="FILE", help="questions with answers, JSONL or CSV")
    parser.add_argument("--documents", type=Path, metavar="PATH", help="the documents behind the system, if there are")
    parser.add_argument("--ask", action="append", default=[], metavar="QUESTION", help="a question (repeatable)")
    parser.add_argument("--answer", action="append", default=[], metavar="ANSWER", help="its answer, in the same order")
    parser.add_argument("--folder", type=Path, default=Path("tests/robust"), help="where to (default: tests/robust)")
    parser.add_argument("--no-input", action="store_true", help="ask nothing, also on a terminal")


def run(arguments: argparse.Namespace, words: Callable[[], Any]) -> int:
    """Write the files and say what to do next; raise `InputError` for what is missing or already there."""
    del words
    asks = sys.stdin.isatty() and not arguments.no_input
    plan = _plan(arguments, Path.cwd(), asks=asks)
    written = write(plan, Path.cwd())
    for path, why in written:
        print(f"wrote {path}: {why}")
    scenario = _relative(plan.folder / f"{plan.name}.robust.yaml")
    print(f"next: pytest-robust plan {scenario}\n      pytest --robust {scenario}")
    return 0


def write(plan: Plan, root: Path) -> list[tuple[Path, str]]:
    """Write what ``plan`` says below ``root``, never over a file that is there; return paths and what they are."""
    scenario = plan.folder / f"{plan.name}.robust.yaml"
    if scenario.exists():
        raise InputError(Problem(what=f"{scenario} is there already", fix="give another name: pytest-robust new NAME"))
    plan.folder.mkdir(parents=True, exist_ok=True)
    written = []
    if plan.asked:
        rows = [
            {"id": f"q{place}", "question": question, "answers": [answer] if answer else []}
            for place, (question, answer) in enumerate(plan.asked, 1)
        ]
        plan.questions.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        written.append((_relative(plan.questions), f"{len(rows)} questions; add some dozens of your own"))
    documents = plan.documents
    if documents is None:
        documents = plan.folder / "documents.jsonl"
        documents.write_text(json.dumps({"id": "none", "text": NO_DOCUMENTS}) + "\n", "utf-8")
        written.append((_relative(documents), "a stand-in: questions alone are perturbed"))
    name, said = _system(plan.system, root)
    if said:
        written.append((Path("conftest.py"), said))
    scenario.write_text(_scenario(plan, name, documents), "utf-8")
    return [(_relative(scenario), "the scenario"), *written]


def _system(system: Candidate, root: Path) -> tuple[str, str]:
    """Return how the scenario names the system, and what was said in a new conftest.py, if there was none."""
    conftest = root / "conftest.py"
    if conftest.exists():
        return system.target, ""
    module, _, attribute = system.target.partition(":")
    name = re.sub(r"\W", "-", attribute)
    path = ""
    if system.below:
        path = f'\nsys.path.insert(0, str(Path(__file__).parent / "{system.below}"))  # or install the package\n'
    imports = "import sys\nfrom pathlib import Path\n" if system.below else ""
    conftest.write_text(
        f'''"""What pytest-robust is told about this application: which systems it can put to the test."""

from __future__ import annotations

{imports}from typing import Any

import pytest
{path}

@pytest.hookimpl(optionalhook=True)  # the application's own tests run without pytest-robust, too
def pytest_robust_systems(config: pytest.Config) -> dict[str, Any]:
    """Return what scenarios may name as their ``system``."""
    from {module} import {attribute}

    return {{"{name}": {attribute}}}
''',
        "utf-8",
    )
    return name, f"names {system.target} as {name!r}"


def _scenario(plan: Plan, system: str, documents: Path) -> str:
    corpus = Path(os.path.relpath(documents, plan.folder)).as_posix()
    questions = Path(os.path.relpath(plan.questions, plan.folder)).as_posix()
    head = f"""\
# yaml-language-server: $schema=robust.schema.json   (pytest-robust schema > robust.schema.json)
# `axis: none`: these questions were written by hand. Gates look at the value on these questions and claim nothing
# about others; take the line away once the questions are a sample of what people ask.
robust: 1
name: {plan.name}
claim: Misspelt and shouted questions still get the right answer.
system: {system}
data: {{corpus: {json.dumps(corpus)}, questions: {json.dumps(questions)}}}
axis: none
perturb:
  - question.typos
  - question.casing: upper
severity: [0.5, 1]
measures: [answer_correct, abstained]
expect:
  - group: {{measure: drop_abs(answer_correct), by: perturbation, at-most: 0.20}}
  - {ENOUGH}
"""
    if plan.system.kind not in MORE:
        return head
    data = f"data: {{corpus: {json.dumps(corpus)}, questions: {json.dumps(questions)}}}"
    return head + MORE[plan.system.kind].format(name=plan.name, system=system, data=data, enough=ENOUGH)


def _plan(arguments: argparse.Namespace, root: Path, *, asks: bool) -> Plan:
    if not re.fullmatch(r"[A-Za-z][\w-]*", arguments.name):
        raise InputError(Problem(what=f"{arguments.name!r} is no name of a scenario", fix="letters, digits and dashes"))
    system = _chosen_system(arguments, root, asks=asks)
    folder = root / arguments.folder
    questions, asked = _questions(arguments, root, folder, asks=asks)
    documents = arguments.documents or next(iter(document_folders(root)), None)
    if documents is not None and not documents.exists():
        raise InputError(Problem(what=f"--documents: there is no {documents}"))
    if documents is None and system.kind == "factory":
        raise InputError(Problem(what="a factory needs documents to build on", fix="--documents FOLDER"))
    where = None if documents is None else documents.resolve()
    return Plan(name=arguments.name, folder=folder, system=system, questions=questions, documents=where, asked=asked)


def _chosen_system(arguments: argparse.Namespace, root: Path, *, asks: bool) -> Candidate:
    found = candidates(root)
    if arguments.system:
        if not TARGET.fullmatch(arguments.system):
            raise InputError(Problem(what=f"--system: {arguments.system!r} is not MODULE:NAME", fix="app.rag:answer"))
        known = next((one for one in found if one.target == arguments.system), None)
        kind = arguments.kind or (known.kind if known else "callable")
        below = known.below if known else ""
        return Candidate(target=arguments.system, kind=kind, file=root, line=0, below=below)
    if not found:
        what = (
            "nothing here looks like a system to test: a function of a question, a LangChain chain or agent, a factory"
        )
        raise InputError(Problem(what=what, fix="name it: --system package.module:function"))
    shown = [f"{one.target}  ({one.file.relative_to(root)}:{one.line}) {KINDS[one.kind]}" for one in found]
    if not asks or len(found) == 1:
        print(f"found {shown[0]}")
        for other in shown[1:6]:
            print(f"  not taken: {other}")
        return found[0]
    return _choice("What is tested?", found, shown)


def _questions(
    arguments: argparse.Namespace, root: Path, folder: Path, *, asks: bool
) -> tuple[Path, tuple[tuple[str, str], ...]]:
    """Return the file of questions, and those that will be written to it."""
    if arguments.questions:
        if not arguments.questions.is_file():
            raise InputError(Problem(what=f"--questions: there is no file {arguments.questions}"))
        return arguments.questions.resolve(), ()
    given = tuple(zip(arguments.ask, arguments.answer, strict=False))
    if len(arguments.ask) != len(arguments.answer):
        raise InputError(Problem(what=f"{len(arguments.ask)} --ask and {len(arguments.answer)} --answer: one each"))
    found = [] if given else question_files(root)
    if found:
        print(f"found questions: {_relative(found[0])}")
        return found[0].resolve(), ()
    given = given or (tuple(_typed()) if asks else ())
    if not given:
        what = "no file with questions is here (JSONL with question and answers, or CSV)"
        fix = '--questions FILE, or --ask "QUESTION" --answer "ANSWER", each as often as you like'
        raise InputError(Problem(what=what, fix=fix))
    file = folder / "questions.jsonl"
    if file.exists():
        raise InputError(Problem(what=f"{file} is there already", fix=f"--questions {_relative(file)}"))
    return file, given


def _typed() -> Iterator[tuple[str, str]]:
    print("Questions that your system answers, an empty one to end:")
    while question := input("  question: ").strip():
        yield question, input("  answer (empty: it should refuse): ").strip()


def _choice(title: str, values: Sequence[T], shown: Sequence[str]) -> T:
    print(title)
    for place, text in enumerate(shown, 1):
        print(f"  {place}. {text}")
    answer = input(f"1 to {len(values)} [1]: ").strip() or "1"
    if not answer.isdigit() or not 1 <= int(answer) <= len(values):
        raise InputError(Problem(what=f"{answer!r} is none of 1 to {len(values)}"))
    return values[int(answer) - 1]


def _relative(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
