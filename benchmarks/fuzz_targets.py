"""What `benchmarks.fuzz` gives bytes to: each target reads them as a user's file or a model's reply would be read.

A target returns where the input was sound or was refused in words. Anything it raises is a finding.
"""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmarks.fuzz_replies import UntoldError, readers, refusals
from benchmarks.fuzz_seeds import made
from robustcore.errors import RobustError

FORMS: Final = ("json", "markdown", "html", "sarif", "gitlab", "github")


def yaml(data: bytes, folder: Path) -> None:
    """Check ``data`` as a scenario file."""
    file = folder / "a.robust.yaml"
    file.write_bytes(data)
    _told("check", str(file))


def corpora(data: bytes, folder: Path) -> None:
    """Load ``data`` as documents or questions: the first byte chooses the format."""
    from robustcore.corpus.load import load_dataset

    if not data:
        return
    source, others, chosen = _placed(data[0], data[1:], folder)
    with contextlib.suppress(RobustError):
        load_dataset(source, **others, format=chosen)


def ledgers(data: bytes, folder: Path) -> None:
    """Look into ``data`` as a ledger, then use it as a run does: it is read or set aside, and takes a response."""
    from robustcore.calls.ledger import Ledger
    from robustcore.calls.types import Response

    file = folder / "ledger.sqlite"
    file.write_bytes(data)
    _told("ledger", str(file))
    book = Ledger(file)
    try:
        book.get_many(["a", "b", "key-3"])
        run = book.start_run()
        book.put_many({"new": Response(value={"said": 1}, seconds=0.1)}, ("one", "chat", ""))
        if book.get_many(["new"])["new"].value != {"said": 1}:
            raise UntoldError("a response that was put is not there")
        book.finish_run(run)
    finally:
        book.close()
    _told("ledger", str(file))
    _told("ledger", "prune", str(file), "--max-days", "1")


def replies(data: bytes, folder: Path) -> None:
    """Read ``data`` as the reply of a model, a judge, a service and a tool."""
    del folder
    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"\x01" else "replace")
    for read in readers():
        with contextlib.suppress(RobustError, *refusals()):
            read(text)


def baselines(data: bytes, folder: Path) -> None:
    """Compare with ``data`` as the baseline, and show it as a report."""
    file = folder / "baseline.json"
    file.write_bytes(data)
    _told("compare", str(file), str(made() / "baseline.json"))
    _told("compare", str(made() / "report.json"), str(file))
    form = FORMS[len(data) % len(FORMS)]
    _told("report", str(file), "--to", f"{form}={folder / 'out'}")


TARGETS: Final[Mapping[str, Callable[[bytes, Path], None]]] = {
    target.__name__: target for target in (yaml, corpora, ledgers, replies, baselines)
}


def _told(*argv: str) -> None:
    """Run the command ``argv``; one that finds a problem must say so, in text that does nothing to a terminal."""
    from robustcore.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main(list(argv), words=_words)
    if status not in (0, 1):
        raise UntoldError(f"status {status}")
    if status and not said.getvalue().strip():
        raise UntoldError("a problem was found, and nothing was said")
    if any(character in said.getvalue() for character in "\x1b\x07\x00\u202e\u2066"):
        raise UntoldError(f"{argv[0]} wrote a character that acts on a terminal")


@cache
def _words() -> Any:
    from robustcore.cli.main import shipped_vocabulary

    return shipped_vocabulary()


SOURCES: Final = (
    ("docs.jsonl", "auto"),
    ("docs.csv", "auto"),
    ("docs.tsv", "auto"),
    ("data.json", "auto"),
    ("notes/a.md", "auto"),
    ("corpus.jsonl", "beir"),
    ("closed.jsonl", "closed"),
)
ASIDE: Final = (("questions.jsonl", ""), ("questions.csv", ""), ("qrels/test.tsv", "beir"))


def _placed(choice: int, data: bytes, folder: Path) -> tuple[Path, dict[str, Path], str]:
    """Write ``data`` where ``choice`` says, with sound files around it; return the arguments of `load_dataset`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    beside = folder / "beside.jsonl"
    beside.write_text('{"id": "q", "question": "Who?", "answers": ["I"], "gold_doc_ids": ["d"]}\n', encoding="utf-8")
    which = choice % (len(SOURCES) + len(ASIDE))
    if which < len(SOURCES):
        name, form = SOURCES[which]
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        if form == "beir":
            return _beir(folder), {}, form
        alone = form == "closed" or name.endswith(".json")
        return file.parent if name.endswith(".md") else file, {} if alone else {"questions": beside}, form
    name, form = ASIDE[which - len(SOURCES)]
    if form == "beir":
        _beir(folder)
        (folder / name).write_bytes(data)
        return folder, {}, form
    (folder / name).write_bytes(data)
    docs = folder / "docs.jsonl"
    docs.write_text('{"id": "d", "title": "I", "text": "It was I."}\n', encoding="utf-8")
    return docs, {"questions": folder / name, "calibration": beside}, "auto"


def _beir(folder: Path) -> Path:
    for name, text in (
        ("corpus.jsonl", '{"_id": "d", "title": "", "text": "It was I."}\n'),
        ("queries.jsonl", '{"_id": "q", "text": "Who?"}\n'),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\td\t1\n"),
    ):
        file = folder / name
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return folder
