"""(e) A tiny causal model on the processor: calls planned through the engine, against one call a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import random_lm
from benchmarks.embedded import Clock
from benchmarks.timing import Usage, interleaved, median_of, median_ratio, print_table, verdict
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, Flow, Reply, Response
from robustcore.endpoints.local.lm import LocalLM

CALLS = 256
PASSAGES = 16
WORDS = (40, 120)
TOKENS = 32
FASTER = 10


def run(folder: Path, repeats: int) -> None:
    """Measure and print how many times faster the plan is, against this endpoint and against ``generate``."""
    name = str(folder / "model")
    random_lm.model(random_lm.TINY, device="cpu", dtype="float32").save_pretrained(name)
    random_lm.tokenizer(random_lm.TINY.vocabulary).save_pretrained(name)
    texts = random_lm.prompts(CALLS, vocabulary=random_lm.TINY.vocabulary, passages=PASSAGES, words=WORDS)
    calls = [_call(text) for text in texts]
    lm = LocalLM(name, dtype="fp32", device_map="cpu")
    answers: dict[str, list[str]] = {}

    def planned() -> list[str]:
        engine = Engine(Ledger(None), Run("bench"))
        engine.add_endpoints({"lm": lm})
        replies = dict(engine.run((number, _flow(call)) for number, call in enumerate(calls)))
        return [_text(replies[number]) for number in range(len(calls))]

    def alone() -> list[str]:
        return [_text(reply) for call in calls for _, reply in lm.run([call])]

    generate = _generate(name, texts)

    def timed(kind: str, work: Callable[[], list[str]]) -> Callable[[], Usage]:
        def once() -> Usage:
            with Clock() as clock:
                answers[kind] = work()
            return clock.usage

        return once

    works = {"planned": planned, "one call a test": alone, "one generate a test": generate}
    _text(next(iter(lm.run(calls[:1])))[1])  # loads the model
    taken = interleaved({kind: timed(kind, work) for kind, work in works.items()}, repeats)
    rows = []
    for kind, usages in taken.items():
        same = sum(one == other for one, other in zip(answers[kind], answers["planned"], strict=True))
        ratio = median_ratio(usages, taken["planned"], "wall")
        figures = [f"{median_of(usages, 'cpu'):.2f} s", f"{median_of(usages, 'wall'):.2f} s", f"{ratio:.1f}"]
        goal = "" if kind == "planned" else verdict(ratio, at_least=FASTER)
        rows.append([kind, *figures, f"{same} of {CALLS}", goal])
    print_table(
        f"(e) {CALLS} different prompts on {PASSAGES} passages, {TOKENS} tokens each, tiny causal model in fp32; "
        f"{repeats} interleaved repeats",
        ["", "cpu", "wall", "times planned", "same answer", "target"],
        rows,
    )


def _call(text: str) -> Call:
    payload = {"messages": [{"role": "user", "content": text}]}
    return Call(endpoint="lm", op="chat", payload=payload, settings={"max_tokens": TOKENS}, length=len(text))


def _flow(call: Call) -> Flow[Reply]:
    (reply,) = yield [call]
    return reply


def _text(reply: Reply) -> str:
    if not isinstance(reply, Response):
        raise SystemExit(f"a call failed: {reply.message}")
    return str(reply.value["text"])


def _generate(name: str, texts: list[str]) -> Callable[[], list[str]]:
    """Return what a test that calls transformers by itself does for each text."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(name)
    words: Any = AutoTokenizer.from_pretrained(name)

    def once() -> list[str]:
        answers = []
        for text in texts:
            inputs = words(f"User: {text}\n\nAssistant:", return_tensors="pt", return_token_type_ids=False)
            out = model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)[0]
            answers.append(words.decode(out[inputs["input_ids"].shape[1] :], skip_special_tokens=True))
        return answers

    return once
