"""Sound inputs for `benchmarks.fuzz` to start from, and the words that a file may hold."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".fuzz"
SMALL = 6_000  # bytes of a seed: larger ones are mutated too slowly to be of use
PATTERNS = ("docs.jsonl", "*.csv", "*.tsv", "*.json", "*.md", "corpus.jsonl", "questions.jsonl")
PLACES = len(PATTERNS)  # of documents, as `fuzz_targets.SOURCES` has them; questions come after them
QRELS = "query-id\tcorpus-id\tscore\nq\td\t1\n"


def seeds(target: str, folder: Path) -> None:
    """Write sound inputs of ``target`` into ``folder``."""
    for number, data in enumerate(_sound(target)):
        (folder / f"seed-{number}").write_bytes(data)


def words(target: str) -> list[str]:
    """Return the words that a file of ``target`` may hold, for the dictionary."""
    if target == "yaml":
        return [
            *sorted(_named(json.loads(_output("schema"))) - {""}),
            "&a",
            "*a",
            "<<: *a",
            "!!python/object:os.system",
            "? ",
            "|-",
        ]
    return {
        "corpora": ['"id"', '"text"', '"question"', '"answers"', "_id", "docs", "is_impossible", "\t", "\ufeff"],
        "replies": [
            '{"final": "',
            "<think>",
            "</think>",
            "[1]",
            "Rating: ",
            '"choices"',
            '"content"',
            "\u202e",
            "\x1b[",
        ],
        "baselines": ['"version"', "NaN", "1e999", "null", "[]", "{}", '"status"', '"value"'],
    }.get(target, [])


def _output(*argv: str) -> str:
    from robustcore.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(list(argv))
    return said.getvalue()


def _named(schema: Any) -> set[str]:
    """Return the keys and choices that a JSON schema names."""
    if isinstance(schema, list):
        return {name for part in schema for name in _named(part)}
    if not isinstance(schema, dict):
        return set()
    here = {name for key in ("properties", "$defs") for name in schema.get(key, {})}
    here |= {name for name in schema.get("enum", []) if isinstance(name, str)}
    return here.union(*(_named(part) for part in schema.values()))


@cache
def made() -> Path:
    """Run a small scenario once, for a sound report and baseline; return their folder."""
    folder = HOME / "made"
    if not (folder / "baseline.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in APPLICATION.items():
            (folder / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "--robust", "-q", "--rootdir", str(folder)]
        subprocess.run([*command, "--robust-report", "report.json"], cwd=folder, check=False, stdout=subprocess.DEVNULL)
        _output("baseline", str(folder / "report.json"), "-o", str(folder / "baseline.json"))
    return folder


def _sound(target: str) -> Iterator[bytes]:
    """Yield inputs that are sound, of at most `SMALL` bytes each (ledgers may be larger)."""
    match target:
        case "yaml":
            files = [*ROOT.glob("scenarios/**/*.yaml"), *ROOT.glob("examples/**/*.yaml"), *ROOT.glob("tests/**/*.yaml")]
            yield from (data[:SMALL] for data in (file.read_bytes() for file in sorted(files)))
        case "corpora":
            for which, pattern in enumerate(PATTERNS):
                for file in sorted(ROOT.glob(f"fixtures/corpora/**/{pattern}"))[:3]:
                    yield bytes([which]) + file.read_bytes()[:2_000].rpartition(b"\n")[0]
            for which, text in enumerate((QUESTION, 'id,question,answers\nq,Who?,"a|b"\n', QRELS)):
                yield bytes([PLACES + which]) + text.encode()
            yield b"\x03" + json.dumps(SQUAD).encode()
        case "ledgers":
            yield from _ledgers()
        case "replies":
            yield from (text.encode() for text in REPLIES)
        case _:
            for name in ("report.json", "baseline.json"):
                whole = json.loads((made() / name).read_text(encoding="utf-8"))
                for kept in (1, 2, 3):
                    yield json.dumps(_cut(whole, kept)).encode()


def _cut(value: Any, kept: int) -> Any:
    """Return ``value`` with the first ``kept`` items of each list: small enough to be mutated quickly."""
    if isinstance(value, list):
        return [_cut(item, kept) for item in value[:kept]]
    return {key: _cut(item, kept) for key, item in value.items()} if isinstance(value, dict) else value


APPLICATION = {
    "app.py": "def answer(question):\n    return 'It was I.' if 'Who' in question else 'You'\n",
    "docs.jsonl": '{"id": "d", "title": "I", "text": "It was I."}\n',
    "questions.jsonl": "".join(
        json.dumps({"id": f"q{number}", "question": f"Who took {number} lamps?", "answers": ["I"]}) + "\n"
        for number in range(6)
    ),
    "small.robust.yaml": """robust: 1
name: small
system: app:answer
data: {corpus: docs.jsonl, questions: questions.jsonl}
perturb: [clean, typos, word_drop]
measures: [answer_correct, answer_f1]
expect:
  - group: {measure: answer_correct, at-least: 0.5}
  - group: {measure: drop_abs(answer_correct), at-most: 0.5, by: perturbation}
""",
}
QUESTION = '{"id": "q", "question": "Who?", "answers": ["I"], "gold_doc_ids": ["d"], "tags": ["x"]}\n'
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "T",
            "paragraphs": [
                {
                    "context": "It was I.",
                    "qas": [{"id": "q", "question": "Who?", "answers": [{"text": "I", "answer_start": 7}]}],
                }
            ],
        }
    ],
}
REPLIES = (
    "The answer is B.",
    '{"final": "B", "confidence": 0.9}',
    "<think>Rome?</think>\n(b) because of [1].",
    '```json\n{"rating": 5, "reason": "x"}\n```',
    "Rating: 6",
    '{"answer": "Paris", "citations": [{"doc_id": "d", "text": "x"}], "confidence": 0.5, "passages": ["a"]}',
    '{"choices": [{"message": {"content": "Paris", "logprobs": {"content": [{"token": "a", "logprob": -1}]}}}]}',
    '{"concepts": [1, 0, 1], "conclusion": 1, "reasoning": "x"}',
    "I cannot answer: the documents hold nothing of it. 3,400.5 km in 1999, \u0664\u0665 %.",
    '{"output": {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "x"}]}]}}',
)


def _ledgers() -> Iterator[bytes]:
    """Yield ledgers with rows: one of three responses, one of a run cut off, and one of an older schema."""
    from robustcore.calls.ledger import Ledger
    from robustcore.calls.types import Response

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "ledger.sqlite")
        book = Ledger(file)
        book.start_run()
        book.put_many(
            {key: Response(value={"text": key}, seconds=0.2) for key in ("a", "b", "key-3")}, ("e", "chat", "")
        )
        book.close()
        yield file.read_bytes()
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA page_size = 512")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        yield file.read_bytes()
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA user_version = 1")
        yield file.read_bytes()
