"""``validate-items``: the two phases on items of one's own, with trial models behind a real service."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers.fault_server import FaultServer
from servers.faults import Asked

from robustcore.cli import main
from robustcore.corpus.bundled import shipped_folder

pytest.importorskip("langchain_openai")

WORDS = ("leaky", "fine", "hopeless", "easy", "hard")
OFTEN = "always solved with its concepts, not always from documents"
COUNTS = (
    "1 dropped: always solved, from documents too",
    "1 dropped: never solved with its concepts",
    "1 dropped: solved without its concepts",
    "2 kept",
)
PACK = shipped_folder("fixtures") / "packs" / "der2"
STATED, PROSE = "The levy of the {} is 7.", "Seven are taken by the {}, they say: 7."


def tries(seen: Counter[tuple[str, str]]) -> Callable[[Asked], str]:
    """Answer as each item is named: what is right when, and how often, in the order in which trials arrive."""

    def answer(asked: Asked) -> str:
        word = next(word for word in WORDS if f"levy of the {word} gate" in asked.prompt)
        phase = (
            "concepts" if STATED.format(word) in asked.prompt else "documents" if "Seven" in asked.prompt else "alone"
        )
        seen[word, phase] += 1
        right = {
            ("leaky", "alone"): seen[word, phase] == 3,
            ("fine", "concepts"): seen[word, phase] == 1,
            ("easy", "concepts"): True,
            ("easy", "documents"): True,
            ("hard", "concepts"): True,
            ("hard", "documents"): seen[word, phase] != 2,
        }
        return f"I think.\nAnswer: {7 if right.get((word, phase)) else 8}"

    return answer


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "library.jsonl", [{"id": f"doc-{w}", "text": PROSE.format(w), "concepts": ["c"]} for w in WORDS])
    write(
        tmp_path / "items.jsonl",
        [
            {"id": w, "instruction": f"What is the levy of the {w} gate?", "answer": "7", "related_docs": [f"doc-{w}"]}
            for w in WORDS
        ],
    )
    rows = [{"id": w, "concepts": [STATED.format(w)]} for w in (*WORDS, "of", "nobody")]
    write(tmp_path / "concepts.jsonl", rows)
    return tmp_path


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def validate(server: FaultServer | None, *more: str) -> int:
    url = server.url if server else "http://127.0.0.1:9"
    model = ["--trial-model", "openai:trier", "--trial-arg", f"base_url={url}", "--trial-arg", "retries=0"]
    given = ["--library", "library.jsonl", "--join", "concepts.jsonl", "--robust-ledger", "none"]
    return main(["validate-items", "items.jsonl", *given, *model, *more])


def test_each_item_ends_where_its_trials_send_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    with FaultServer(answer=tries(seen)) as server:
        assert validate(server, "-o", "kept.jsonl") == 0
        sent = server.seen
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "leaky: dropped: solved without its concepts (alone 1/3)",
        "fine: kept: solved at times (alone 0/3, concepts 1/3)",
        "hopeless: dropped: never solved with its concepts (alone 0/3, concepts 0/3)",
        "easy: dropped: always solved, from documents too (alone 0/3, concepts 3/3, documents 3/3)",
        f"hard: kept: {OFTEN} (alone 0/3, concepts 3/3, documents 2/3)",
        "2 rows of concepts.jsonl belong to no item and were ignored",
        f"5 items: {'; '.join(COUNTS)}; trial models: openai:trier",
        "calls: 33 asked, 33 unique, 0 from the ledger, 33 sent",
        "kept.jsonl: 2 lines",
    ]
    assert len(sent) == 3 * (1 + 2 + 2 + 3 + 3)
    assert {(one.body["temperature"], one.body["top_p"]) for one in sent} == {(1.0, 0.7)}
    kept = [json.loads(text) for text in (folder / "kept.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in kept] == ["fine", "hard"]
    assert kept[0]["metadata"]["validation"] == {"models": ["openai:trier"], "alone": "0/3", "concepts": "1/3"}
    assert kept[0]["concepts"] == [STATED.format("fine")]


def test_a_judge_may_say_what_is_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def judges(asked: Asked) -> str:
        reply = asked.prompt.partition("<reply>\n")[2]
        return json.dumps({"score": 1 if "8" in reply else 0.75, "used": [1], "other": 0, "errors": []})

    with FaultServer(answer=tries(Counter())) as server, FaultServer(answer=judges) as judge:
        given = [f"--robust-judge-arg=base_url={judge.url}", "--limit", "1"]
        assert validate(server, "--robust-judge", "openai:judge", *given) == 0
    assert capsys.readouterr().out.startswith("leaky: dropped: solved without its concepts (alone 2/3)\n")


def test_lost_trials_leave_an_item_undecided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(None, "--limit", "1") == 1
    assert "leaky: undecided: 3 trials without a verdict (alone) (alone 0/3)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        (["--under-test", "openai:trier"], "openai:trier is a trial model and the system under test"),
        (["--trials", "1"], "--trials must be at least 2"),
        (["-o", "items.jsonl"], "this file exists already"),
        (["--trial-arg", "retries"], "--trial-arg: 'retries' is not KEY=VALUE"),
        (["--join", "clash.jsonl"], "clash.jsonl:1:16: the item has another 'answer' already"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], wrong: str
) -> None:
    write(folder / "clash.jsonl", [{"id": "fine", "answer": "9"}])
    with FaultServer() as server:
        assert validate(server, *more) == 1
        assert server.seen == []
    assert wrong in capsys.readouterr().err


def test_a_model_that_tries_is_needed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate-items", "items.jsonl"]) == 1
    assert "needs a model that tries the items" in capsys.readouterr().err


def test_a_model_that_leaves_the_machine_is_asked_only_when_allowed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate-items", "items.jsonl", "--trial-model", "openai:far", "--robust-ledger", "none"]) == 1
    assert "--robust-live" in capsys.readouterr().err


SHIPPED = [json.loads(line) for line in (PACK / "items.jsonl").read_text(encoding="utf-8").splitlines()]
PROSE_OF = {
    row["id"]: row["text"] for row in map(json.loads, (PACK / "library.jsonl").read_text(encoding="utf-8").splitlines())
}
WORKS = ("by heart", "at times", "from documents", "never", "with concepts")
BECOMES = {
    "by heart": "dropped: solved without its concepts (alone 3/3)",
    "at times": "kept: solved at times (alone 0/3, concepts 2/3)",
    "from documents": "dropped: always solved, from documents too (alone 0/3, concepts 3/3, documents 3/3)",
    "never": "dropped: never solved with its concepts (alone 0/3, concepts 0/3)",
    "with concepts": f"kept: {OFTEN} (alone 0/3, concepts 3/3, documents 0/3)",
}
ROUNDS = {"by heart": 1, "at times": 2, "from documents": 3, "never": 2, "with concepts": 3}


def works(seen: Counter[str]) -> Callable[[Asked], str]:
    """Answer the shipped items: each is solved as its place in `WORKS` says, whatever was asked before."""

    def answer(asked: Asked) -> str:
        number, item = next((n, one) for n, one in enumerate(SHIPPED) if one["instruction"] in asked.prompt)
        given = all(concept in asked.prompt for concept in item["concepts"])
        read = all(PROSE_OF[doc] in asked.prompt for doc in item["related_docs"])
        seen[asked.prompt] += 1
        right = {
            "by heart": True,
            "at times": given and seen[asked.prompt] != 2,
            "from documents": given or read,
            "never": False,
            "with concepts": given,
        }[WORKS[number % len(WORKS)]]
        return f"I work it out.\nAnswer: {item['answer'] if right else '-1'}"

    return answer


def test_the_shipped_items_end_where_a_model_that_knows_some_sends_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run is interrupted, the second sends only what has no reply yet."""
    monkeypatch.chdir(tmp_path)
    with FaultServer(answer=works(Counter()), latency=0.02) as server:
        given = ["validate-items", str(PACK / "items.jsonl"), "--library", str(PACK / "library.jsonl")]
        given += ["--trial-model", "openai:trier", "--trial-arg", f"base_url={server.url}", "--trial-arg"]
        given += ["concurrency=4"]
        command = [sys.executable, "-c", "import sys; from robustcore.cli import main; sys.exit(main())", *given]
        cut_off = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len(server.seen) < 40:
            assert cut_off.poll() is None
            time.sleep(0.01)
        cut_off.send_signal(signal.SIGINT)
        out, err = cut_off.communicate(timeout=30)
        before = len(server.seen)
        assert main(given) == 0
    assert (cut_off.returncode, out) == (130, "")
    told, kept, rest = err.partition(" replies of this run are kept in .robust/ledger.sqlite: ")
    assert (kept and rest, told.split()[0]) == ("the same command again sends only what is missing\n", "interrupted;")
    have = int(told.split()[1])
    assert before - 4 <= have <= before
    lines = capsys.readouterr().out.splitlines()
    assert lines[: len(SHIPPED)] == [f"{one['id']}: {BECOMES[WORKS[n % 5]]}" for n, one in enumerate(SHIPPED)]
    wanted = sum(3 * ROUNDS[WORKS[n % 5]] for n in range(len(SHIPPED)))
    assert len(server.seen) - before == wanted - have
    assert lines[-1] == f"calls: {wanted} asked, {wanted} unique, {have} from the ledger, {wanted - have} sent"
