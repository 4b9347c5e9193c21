"""``pytest-robust fit-tau``: the temperature under which probabilities of letters fit neutral questions best."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from robustcore.cli.asking import engine, ledger_path, pairs
from robustcore.cli.ledger import DEFAULT
from robustcore.errors import InputError, Problem

if TYPE_CHECKING:
    from robustcore.corpus.records import Dataset
    from robustcore.systems.trial import Trial

FEWEST = 20  # questions with log-probabilities below which a fit says nothing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the questions and the model, under the options' names of the pytest plugin."""
    add = parser.add_argument
    add(
        "questions", metavar="QUESTIONS", help="closed questions that are not scored with this tau: a file, or 'parrot'"
    )
    add("--robust-model", metavar="MODEL", required=True, help="the model whose log-probabilities are fitted")
    add("--robust-model-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the model")
    add("--robust-sample", type=int, default=0, metavar="N", help="ask that many of them (default: all)")
    add("--robust-seed", type=int, default=0, metavar="N", help="decides which")
    add("--robust-live", action="store_true", help="allow a model that costs money or leaves the machine")
    add("--robust-ledger", metavar="FILE", help=f"where replies are kept (default {DEFAULT}; 'none')")
    add("--pool", choices=("lse", "max"), default="lse", help="how tokens of one letter are pooled")


def run(arguments: argparse.Namespace, _: object = None) -> int:
    """Ask each question as it is, fit tau to the right letters, and print it with what it changes."""
    from robustcore.stats.confidence import TAU, ece, fitted_tau, neg_log_likelihood, probabilities

    data = _data(arguments)
    items, lost = _masses(_trials(data, arguments), arguments.pool)
    if len(items) < FEWEST:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items())) or "none lost"
        what = f"{len(items)} questions with log-probabilities of letters are too few for a fit ({told})"
        raise InputError(
            Problem(what=what, fix=f"at least {FEWEST} are needed, of a model that tells log-probabilities")
        )
    tau = fitted_tau(items)
    print(f"{len(items)} neutral questions of {data.name}, {sum(lost.values())} lost, pool {arguments.pool}")
    print("tau    mean negative log-likelihood  ECE")
    for value in (TAU, 1.0, tau):
        found = [probabilities(masses, value) for masses, _ in items]
        sure = [max(p.values()) for p in found]
        right = [float(max(p, key=p.__getitem__) == gold) for p, (_, gold) in zip(found, items, strict=True)]
        print(f"{value:<6.3g} {neg_log_likelihood(items, value):<29.4f} {ece(sure, right):.4f}")
    print(f"use: {{parrot: {{tau: {tau:.3g}, pool: {arguments.pool}}}}}")
    return 0


def _data(arguments: argparse.Namespace) -> Dataset:
    from robustcore.corpus.bundled import bundled_dataset, bundled_names
    from robustcore.corpus.load import load_dataset, sample

    named = arguments.questions in bundled_names()
    data = bundled_dataset(arguments.questions) if named else load_dataset(_file(arguments.questions))
    if not any(example.choice is not None for example in data.examples):
        fix = 'a closed question has "options" and "gold"; the bundled ones are called parrot'
        raise InputError(Problem(what=f"{arguments.questions} holds no closed questions", fix=fix))
    return sample(data, arguments.robust_sample, arguments.robust_seed) if arguments.robust_sample else data


def _file(name: str) -> Path:
    if not Path(name).exists():
        raise InputError(Problem(what=f"no bundled questions and no file are called {name!r}"))
    return Path(name)


def _trials(data: Dataset, arguments: argparse.Namespace) -> list[Trial]:
    from robustcore.case import CLEAN, Case
    from robustcore.systems import model_rag
    from robustcore.systems.drive import guarded

    given = {"model": arguments.robust_model, **pairs("--robust-model-arg", arguments.robust_model_arg)}
    system = model_rag.build(data, given)
    cases = [Case(f"clean-{e.id}", e, CLEAN) for e in data.examples if e.choice is not None]
    ledger = ledger_path(arguments.robust_ledger)
    with engine(system.endpoints, ledger=ledger, live=arguments.robust_live, of="fit-tau") as asks:
        flows = ((case.id, guarded(case, system, data.corpus)) for case in cases)
        found = dict(asks.run(flows, expected=len(cases)))
    return [found[case.id] for case in cases]


def _masses(trials: Sequence[Trial], pool: str) -> tuple[list[tuple[dict[str, float], str]], Counter[str]]:
    from robustcore.measures.base import Score
    from robustcore.measures.parrot import masses_of

    items: list[tuple[dict[str, float], str]] = []
    lost: Counter[str] = Counter()
    for trial in trials:
        choice = trial.case.example.choice
        assert choice is not None
        if trial.answer is None:
            lost[trial.reason or "missing_reply"] += 1
            continue
        masses = masses_of(trial.answer, choice, pool)
        if isinstance(masses, Score):
            lost[masses.reason] += 1
        else:
            items.append((masses, choice.gold))
    return items, lost
