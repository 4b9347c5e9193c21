"""FILE of ``pytest-robust perturb``: a scenario file with its own data, or questions, as data and conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from robustcore.case import Condition, Step
from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.formats import csv, jsonl
from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Corpus, Dataset
from robustcore.errors import InputError, Location, Problem, suggest
from robustcore.keys import read_json
from robustcore.perturb.base import Operator
from robustcore.perturb.options import check_options
from robustcore.scenario.data import read_data
from robustcore.scenario.labels import label_all
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.vocabulary import Vocabulary

POINTS = ("question", "context", "corpus")
_HEAD = 1 << 16


def sources(
    file: Path, words: Vocabulary, operators: Sequence[str], severities: Sequence[float], questions: Path | None
) -> Iterator[tuple[str, Dataset, tuple[Condition, ...]]]:
    """Yield a title, the data and the conditions: one per scenario of a YAML file, or one of a file with questions.

    ``operators`` are names, or injection points for all operators of one; none of them means what the scenario says,
    or all that edit questions. ``severities`` take the place of the scenario's own (default for questions: 1).
    """
    if file.suffix.lower() in (".yaml", ".yml"):
        for scenario in load_scenarios(file, words.operators, words.measures, bundled=words.bundled):
            if scenario.data is None:
                fix = "add `data: {corpus: ..., questions: ...}`, or name a file of questions"
                raise InputError(Problem(what=f"{scenario.name!r} names no data", where=scenario.where, fix=fix))
            own = [condition for condition in scenario.conditions if condition.steps]
            yield scenario.name, read_data(scenario.data, words.bundled), _narrowed(own, operators, severities, words)
    else:
        dataset = _of_file(file, words, questions)
        yield dataset.name, dataset, conditions(operators or ("question",), severities or (1.0,), words)


def conditions(names: Sequence[str], severities: Sequence[float], words: Vocabulary) -> tuple[Condition, ...]:
    """Return a condition per operator and severity; a discrete operator takes the nearest of its levels."""
    steps = [(Step(operator, check_options(operator, {})),) for operator in _operators(names, words)]
    labels = label_all([("", chain) for chain in steps])
    return tuple(
        Condition(label, severity, chain)
        for label, chain in zip(labels, steps, strict=True)
        for severity in _levels(chain[0].operator, severities)
    )


def _operators(names: Sequence[str], words: Vocabulary) -> list[Operator]:
    known = words.operators.names()
    found: list[str] = []
    for name in names:
        found += [full for full in known if full.startswith(f"{name}.")] if name in POINTS else [
            words.operators.resolve(name)
        ]  # fmt: skip
    return [words.operators.get(name) for name in dict.fromkeys(found)]


def _levels(operator: Operator, severities: Sequence[float]) -> list[float]:
    if not operator.levels:
        return list(dict.fromkeys(severities))
    return list(dict.fromkeys(min(operator.levels, key=lambda at: (abs(at - wanted), at)) for wanted in severities))


def _narrowed(
    own: Sequence[Condition], names: Sequence[str], severities: Sequence[float], words: Vocabulary
) -> tuple[Condition, ...]:
    """Return those of a scenario's conditions that use one of the operators named, at the severities given."""
    if names:
        wanted = {operator.name for operator in _operators(names, words)}
        own = [condition for condition in own if any(step.operator.name in wanted for step in condition.steps)]
        if not own:
            what = f"the scenario does not use {', '.join(names)}"
            raise InputError(Problem(what=what, fix="name a file of questions to try any operator"))
    if not severities:
        return tuple(own)
    first = {condition.label: condition for condition in reversed(own)}
    return tuple(
        Condition(condition.label, severity, condition.steps)
        for condition in reversed(first.values())
        for severity in _levels(_discrete(condition), severities)
    )


def _discrete(condition: Condition) -> Operator:
    operators = [step.operator for step in condition.steps]
    return next((operator for operator in operators if operator.levels), operators[0])


def _of_file(file: Path, words: Vocabulary, questions: Path | None) -> Dataset:
    if not file.exists():
        if str(file) in words.bundled:
            return bundled_dataset(str(file))
        choices = tuple(words.bundled)
        what = "there is no such file"
        raise InputError(
            Problem(what=what, where=Location(file=str(file)), choices=choices, fix=suggest(str(file), choices))
        )
    if questions is None and file.is_file() and holds_questions(file):
        beside = file.with_name("docs.jsonl")
        if beside.exists():
            return replace(load_dataset(beside, questions=file), name=file.stem)
        faults = Faults(file)
        reader = csv.read_questions if file.suffix.lower() in (".csv", ".tsv") else jsonl.read_questions
        examples = reader(file, faults, None)
        raise_faults([faults])
        return Dataset(name=file.stem, corpus=Corpus(), examples=examples)
    return load_dataset(file, questions=questions)


def holds_questions(file: Path) -> bool:
    """Say whether a JSONL or CSV file holds questions, by its first line."""
    with file.open(encoding="utf-8", errors="replace") as stream:
        head = stream.readline(_HEAD).strip().removeprefix("\ufeff")
    if file.suffix.lower() in (".csv", ".tsv"):
        return "question" in {cell.strip().strip('"').lower() for cell in head.replace("\t", ",").split(",")}
    try:
        first = read_json(head)
    except ValueError:
        return False
    return isinstance(first, dict) and "question" in first
