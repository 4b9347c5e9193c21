"""What ``pytest-robust new`` finds in a folder: what could be tested, questions, documents. Nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robustcore.keys import read_json

SKIPPED: Final = frozenset((
    "tests", "test", "docs", "build", "dist", "node_modules", "venv", "env", "site-packages", "migrations",
    "benchmarks",
))  # fmt: skip
SCENARIOS: Final = (".robust.yaml", ".robust.yml")  # what `pytest --robust` collects
FILES: Final = 2000  # source files that are looked into
CORPUS: Final = ("documents", "docs", "corpus", "dataset")  # the argument by which a factory is known
ASKED: Final = ("question", "query", "prompt", "message", "text", "user_input")
AGENTS: Final = ("create_agent", "create_react_agent", "create_deep_agent")  # what makes agents
RUNNABLES: Final = ("compile", "create_retrieval_chain", "from_chain_type", "from_llm", "AgentExecutor")
CHAINS: Final = ("chain", "agent", "graph", "rag", "app", "pipeline", "runnable")
TEXT_METHODS: Final = ("join", "format", "strip", "replace", "lower", "upper", "removesuffix")
NO_REPLY: Final = (  # what `words(text)` and `is_long(text)` return
    ast.Set, ast.SetComp, ast.List, ast.ListComp, ast.GeneratorExp, ast.Tuple, ast.Compare,
)  # fmt: skip
KINDS: Final = {
    "factory": "a factory of a system on documents: questions, passages and documents can be perturbed",
    "agent": "a LangChain agent, or a function that makes one: questions and what its tools return can be perturbed",
    "langchain": "a LangChain Runnable, or a function that makes one: questions can be perturbed",
    "callable": "a function of a question: questions can be perturbed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that could be tested: how it is named in YAML, one of `KINDS`, and where it stands."""

    target: str
    kind: str
    file: Path
    line: int
    below: str = ""  # the folder that has to be on the path, relative to the root


def candidates(root: Path) -> list[Candidate]:
    """Return what could be tested below ``root``, what offers most first."""
    found = [one for file in _sources(root) for one in _in_file(root, file)]
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one.kind), one.target.count("."), one.target))


def question_files(root: Path) -> list[Path]:
    """Return JSONL and CSV files below ``root`` whose first record has a question."""
    files = [*_walk(root, ".jsonl", skipped=False), *_walk(root, ".csv", skipped=False)]
    return sorted(file for file in files if _asks(file))


def document_folders(root: Path) -> list[Path]:
    """Return folders below ``root`` with Markdown or text files, fullest first; README and the like are none."""
    counts: dict[Path, int] = {}
    for suffix in (".md", ".txt"):
        for file in _walk(root, suffix, skipped=False):
            if file.parent != root and not file.stem.isupper():
                counts[file.parent] = counts.get(file.parent, 0) + 1
    parents = {folder.parent for folder in counts if sum(other.parent == folder.parent for other in counts) > 1}
    below = {
        folder: sum(count for other, count in counts.items() if other.is_relative_to(folder))
        for folder in {*counts, *(parents - {root})}
    }
    return sorted(below, key=lambda folder: (-below[folder], len(folder.parts), str(folder)))


def scenario_files(root: Path) -> list[Path]:
    """Return the scenario files below ``root``, in the order of their paths."""
    return sorted(file for suffix in SCENARIOS for file in _walk(root, suffix, skipped=False))


def _sources(root: Path) -> Iterator[Path]:
    for count, file in enumerate(_walk(root, ".py", skipped=True)):
        if count >= FILES:
            return
        yield file


def _walk(root: Path, suffix: str, *, skipped: bool) -> Iterator[Path]:
    for path in sorted(root.rglob(f"*{suffix}")):
        parts = path.relative_to(root).parts
        if any(part.startswith((".", "_")) and part != "__init__.py" for part in parts):
            continue
        if skipped and (SKIPPED & set(parts) or path.name.startswith(("test_", "conftest", "setup"))):
            continue
        if {"node_modules", "site-packages", "venv"} & set(parts):
            continue
        yield path


def _in_file(root: Path, file: Path) -> Iterator[Candidate]:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, OSError, ValueError):
        return
    relative = file.relative_to(root).with_suffix("")
    below = relative.parts[0] if relative.parts[0] == "src" and len(relative.parts) > 1 else ""
    parts = relative.parts[1:] if below else relative.parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    imported = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    chained = any(name.startswith(("langchain", "langgraph")) for name in imported)
    for node in tree.body:
        kind, name = _kind(node, chained=chained)
        if kind and not name.startswith("_"):
            yield Candidate(target=f"{module}:{name}", kind=kind, file=file, line=node.lineno, below=below)


def _kind(node: ast.stmt, *, chained: bool) -> tuple[str, str]:
    """Return kind and name of what a statement of a module defines; empty if it is nothing of ours."""
    if isinstance(node, ast.Assign) and chained and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        piped = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
        return ("langchain" if piped and name.lower() in CHAINS else _made(node.value)), name
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return "", ""
    arguments = [*node.args.posonlyargs, *node.args.args]
    needed = arguments[: len(arguments) - len(node.args.defaults)]
    first = needed[0].arg if needed else ""
    returned = ast.unparse(node.returns) if node.returns else ""
    given = [*_given_back(node)]
    if not needed and chained and (made := next(filter(None, map(_made, given)), "")):
        return made, node.name
    if not needed and ("Runnable" in returned or (chained and _last_word(node.name) in CHAINS)):
        return "langchain", node.name
    if len(needed) != 1 or not given:
        return "", ""
    if first in CORPUS and returned != "str" and not all(map(_is_text, given)):  # `format_docs` makes text of documents
        return "factory", node.name
    if (
        first in ASKED
        and returned in ("", "str", "dict[str, Any]")
        and not any(isinstance(one, NO_REPLY) for one in given)
    ):
        return "callable", node.name
    return "", ""


def _made(value: ast.expr) -> str:
    """Return the kind of what the constructor called in ``value`` makes; empty for any other expression."""
    if not isinstance(value, ast.Call):
        return ""
    called = ast.unparse(value.func).rpartition(".")[2]
    return "agent" if called in AGENTS else "langchain" if called in RUNNABLES else ""


def _last_word(name: str) -> str:
    return name.lower().rpartition("_")[2]


def _given_back(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Yield what ``function`` returns, and not what the functions inside it do."""
    left: list[ast.AST] = [*function.body]
    while left:
        node = left.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            left += ast.iter_child_nodes(node)


def _is_text(value: ast.expr) -> bool:
    """Say whether ``value`` is plainly text: a literal, sums and what methods of text return."""
    if isinstance(value, ast.BinOp):
        return _is_text(value.left) or _is_text(value.right)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in TEXT_METHODS
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))


def _asks(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8") as text:
            first = text.readline()
        if file.suffix == ".csv":
            return "question" in [name.strip().strip('"') for name in first.split(",")]
        record = read_json(first)
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and isinstance(record.get("question"), str)
