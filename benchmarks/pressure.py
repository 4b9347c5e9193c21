"""(j) Pressed questions through one tiny local model: all neutral and pressed calls in one plan, against one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import yielding
from benchmarks.embedded import Clock
from benchmarks.timing import Usage, print_table
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import CLEAN, Case, Condition, Step
from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Dataset
from robustcore.endpoints.local.lm import LocalLM
from robustcore.perturb.framing.authority import authority_v1
from robustcore.systems import model_rag
from robustcore.systems.drive import drive

TOKENS = 16
PRESSED = Condition("authority_v1", 1.0, (Step(authority_v1, {}),))


def run(folder: Path, repeats: int, *, questions: Path | None = None) -> None:
    """Ask every question neutrally and pressed: once in one planned run, once case by case; print calls and times.

    ``questions`` is a file of closed questions (PARROT's own); without one the bundled 260 are asked. The model is
    random: what it answers means nothing, how long that takes does.
    """
    from benchmarks import random_lm

    data = bundled_dataset("parrot") if questions is None else load_dataset(questions)
    name = str(folder / "model")
    shape = random_lm.Shape(
        vocabulary=len(yielding.tokenizer()), width=64, inner=128, layers=2, heads=4, kv_heads=2, positions=4096
    )
    random_lm.model(shape, device="cpu", dtype="float32").save_pretrained(name)
    yielding.tokenizer().save_pretrained(name)
    planned, alone = [], []
    calls = same = 0
    for _ in range(repeats):
        together, answers, calls = _planned(data, name)
        apart, others = _alone(data, name)
        planned.append(together)
        alone.append(apart)
        same = sum(answers[key] == others[key] for key in answers)
    rows = [
        ["one planned run", *_figures(planned), "1"],
        ["case by case", *_figures(alone), f"{alone[-1].wall / planned[-1].wall:.1f}"],
    ]
    print_table(
        f"(j) {len(data.examples)} closed questions of {data.name}, neutral and pressed: {calls} calls of at most "
        f"{TOKENS} tokens to a tiny random model in fp32; {same} of {calls} replies the same; {repeats} repeats",
        ["", "cpu", "wall", "times planned"],
        rows,
    )


def _system(data: Dataset, name: str) -> model_rag.ModelRag:
    given = {"model": name, "dtype": "fp32", "device_map": "cpu", "max_tokens": TOKENS}
    system = model_rag.build(data, given)
    assert isinstance(system.model, LocalLM)
    list(system.model.run([]))  # loads the model
    return system


def _cases(data: Dataset) -> Iterator[Case]:
    for example in data.examples:
        yield Case(f"clean-{example.id}", example, CLEAN)
        yield Case(f"{PRESSED.name}-{example.id}", example, PRESSED)


def _run(data: Dataset, system: model_rag.ModelRag, cases: list[Case]) -> dict[str, str]:
    engine = Engine(Ledger(None), Run("bench"))
    engine.add_endpoints(system.endpoints)
    found = engine.run((case.id, drive(case, system, data.corpus)) for case in cases)
    return {name: trial.answer.text if trial.answer else "" for name, trial in found}


def _planned(data: Dataset, name: str) -> tuple[Usage, dict[str, str], int]:
    system = _system(data, name)
    cases = list(_cases(data))
    with Clock() as clock:
        answers = _run(data, system, cases)
    return clock.usage, answers, len(answers)


def _alone(data: Dataset, name: str) -> tuple[Usage, dict[str, str]]:
    system = _system(data, name)
    answers: dict[str, str] = {}
    with Clock() as clock:
        for case in _cases(data):
            answers |= _run(data, system, [case])
    return clock.usage, answers


def _figures(usages: list[Usage]) -> list[str]:
    return [f"{usages[-1].cpu:.1f} s", f"{usages[-1].wall:.1f} s"]
