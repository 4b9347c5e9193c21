"""A small application repo under test: a callable that counts its calls, and scenarios each test writes."""

from __future__ import annotations

import importlib
import importlib.util
import json
import pkgutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import pytest_robust
import robustcore

# pytester forgets what a run in this process imported, but modules with C parts must not be imported twice, and two
# copies of one module would have two sets of stash keys: so everything of ours is imported before, and what it loads.
for package in (robustcore, pytest_robust):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
for name in ("torch", "faiss", "bm25s", "sentence_transformers", "transformers", "ir_measures", "langchain_openai"):
    if importlib.util.find_spec(name):
        importlib.import_module(name)

SYSTEM = '''
"""Systems of the toy application. Every call is written to calls.log, so that tests can count."""
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

LOG = Path(os.environ.get("TOY_LOG", "calls.log")).absolute()
ANSWERS = {"apple": "1", "pear": "2", "plum": "3", "grape": "4", "lemon": "5"}

def note(question):
    with LOG.open("a", encoding="utf-8") as log:
        log.write(question + "\\n")

def answer(question):
    """Knows the number of a fruit only if it is spelt in lower case: brittle to casing."""
    note(question)
    found = [digit for word, digit in ANSWERS.items() if word in question]
    return found[0] if found else "I do not know."

def sturdy(question):
    note(question)
    found = [digit for word, digit in ANSWERS.items() if word in question.lower()]
    return found[0] if found else "I do not know."

def raises_on_upper(question):
    note(question)
    if question.isupper():
        raise KeyError("upper case")
    return answer(question)

def raises_always(question):
    note(question)
    raise KeyError("always")

def times_out(question):
    note(question)
    raise TimeoutError("the service is slow")

def times_out_on_upper(question):
    note(question)
    if question.isupper():
        raise ConnectionError("connection refused")
    return answer(question)
'''

CONFTEST = """
import toy

def pytest_robust_systems(config):
    names = ["answer", "sturdy", "raises_on_upper", "raises_always", "times_out", "times_out_on_upper"]
    return {name: getattr(toy, name) for name in names}
"""

WORDS = ("apple", "pear", "plum", "grape", "lemon")


class App:
    """The toy application in a pytester folder."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path: Path = pytester.path
        pytester.makepyfile(toy=SYSTEM)
        pytester.makeconftest(CONFTEST)
        docs = [{"id": f"d{i}", "text": f"The word {word} stands for {i}."} for i, word in enumerate(WORDS, 1)]
        questions = [
            {"id": f"q{i}", "question": f"Which digit is {word} please", "answers": [str(i)], "gold_doc_ids": [f"d{i}"]}
            for i, word in enumerate(WORDS, 1)
        ]
        self.jsonl("docs.jsonl", docs)
        self.jsonl("questions.jsonl", questions)

    def jsonl(self, name: str, rows: Sequence[Mapping[str, object]]) -> Path:
        path = self.path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    def scenario(self, name: str = "upper", *, system: str = "answer", body: str = "", perturb: str = "") -> Path:
        """Write a scenario: upper-cased questions to ``system``; ``body`` adds or replaces the end of the file."""
        text = textwrap.dedent(
            f"""\
            robust: 1
            name: {name}
            system: {system}
            axis: none
            data: {{corpus: docs.jsonl, questions: questions.jsonl}}
            perturb:
            {perturb or "  - question.casing: {mode: upper}"}
            measures: [answer_correct]
            """
        ) + textwrap.dedent(body)
        path = self.path / f"{name}.robust.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *args: str) -> pytest.RunResult:
        """Run pytest in this process (as fast as it gets; heavy modules stay imported)."""
        return self.pytester.runpytest_inprocess("--robust", "-p", "no:randomly", "-rA", *args)

    def run_apart(self, *args: str) -> pytest.RunResult:
        """Run pytest in a process of its own, as a user does."""
        return self.pytester.runpytest_subprocess("--robust", "-p", "no:randomly", "-rA", *args)

    @property
    def calls(self) -> list[str]:
        """Return the questions the system was asked so far, in order."""
        log = self.path / "calls.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def forget_calls(self) -> None:
        (self.path / "calls.log").unlink(missing_ok=True)


EACH = "expect: [{each: {measure: answer_correct, at-least: 1}}]\n"
GATE = "expect: [{group: {measure: answer_correct, at-least: 0.9}}]\n"


@pytest.fixture
def app(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("TOY_LOG", str(pytester.path / "calls.log"))
    return App(pytester)
