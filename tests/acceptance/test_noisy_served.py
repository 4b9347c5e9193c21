"""The pack noisy as a whole on a chat service: four kinds of tasks under four conditions, tool use by its own tools."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
from noisy_policy import DATASETS, Policy, is_misled, items, knows
from servers.fault_server import FaultServer

pytest.importorskip("sentence_transformers")
pytest.importorskip("langchain_openai")

CONDITIONS = ("ND", "RD", "RC", "HN")


def test_every_cell_of_the_pack_is_filled_by_a_model_behind_a_service(pytester: pytest.Pytester) -> None:
    policy = Policy()
    with FaultServer(answer=policy) as server:
        given = (f"base_url={server.url}", "retries=0", "concurrency=16", "version=1")
        result = pytester.runpytest_subprocess(
            *(
                "--robust",
                "--robust-pack=noisy",
                "--robust-sample=100",
                "-p",
                "no:randomly",
                "-q",
                "--robust-items=group",
            ),
            *("--robust-model=openai:wren-small", *(f"--robust-model-arg={pair}" for pair in given)),
            "--robust-report=out.json",
        )
        asked = len(server.seen)
    assert policy.unknown == []
    assert "errors" not in result.parseoutcomes()
    (told,) = json.loads((pytester.path / "out.json").read_text())["scenarios"]
    suites = {suite["name"]: suite["estimate"] for suite in told["suites"]}
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    drawn: dict[str, dict[str, Any]] = defaultdict(dict)
    by_id = {item["id"]: item for item in items().values()}
    for case in told["cases"]:
        item = by_id[case["item"]]
        drawn[item["dataset"]][case["item"]] = item
        scores[case["condition"], item["dataset"]].append(case["scores"]["noisy.correct"][0])
    assert set(drawn) == set(DATASETS)
    for kind in DATASETS:
        known = [knows(item) for item in drawn[kind].values()]
        kept = [knows(item) and not is_misled(item) for item in drawn[kind].values()]
        for condition in CONDITIONS:
            wanted = kept if condition == "HN" else known
            assert sum(scores[condition, kind]) == sum(wanted), (condition, kind)
            assert len(scores[condition, kind]) == len(wanted)
        assert suites[f"noisy.score[ND,{kind}]"]["value"] == pytest.approx(sum(known) / len(known))
    for condition in ("RD", "RC"):  # not touched at all, which has limits, too
        found = suites[f"noisy.drop_rel[{condition}]"]
        assert found["value"] == 0
        assert 0 < found["high"] < 1
    assert suites["noisy.drop_rel[HN]"]["value"] > 0.1  # three of ten are misled
    assert asked > 4 * sum(map(len, drawn.values()))  # turns of tools besides
