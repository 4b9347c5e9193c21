"""``pytest-robust validate-items``: which items of your own are hard without their concepts, and possible with them."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from robustcore.cli.ledger import DEFAULT
from robustcore.errors import InputError, Location, Problem

if TYPE_CHECKING:
    from robustcore.calls.types import Endpoint, Flow
    from robustcore.corpus.records import Dataset, Passage
    from robustcore.measures.item_trials import Ask
    from robustcore.scenario.vocabulary import Vocabulary

HELP: Final = "try DeR2 items with trial models: hard from the instruction alone, possible with the concepts"
ITEMS, LIBRARY = "items.jsonl", "library.jsonl"
SETTINGS: Final[Mapping[str, float]] = {"temperature": 1.0, "top_p": 0.7}  # those of the paper


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the source, the trial models, and what goes with them."""
    add = parser.add_argument
    add("source", metavar="SOURCE", help=f"a folder with {ITEMS} and {LIBRARY}, or the bundled pack: der2")
    model = "a trial model (repeatable: the trials take turns); not one of the systems under test"
    add("--robust-model", action="append", default=[], metavar="MODEL", help=model)
    add("--robust-model-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the trial models")
    add("--trials", type=int, default=3, metavar="N", help="trials a phase (default 3)")
    add("-o", "--output", type=Path, metavar="OUT", help=f"write the lines of {ITEMS} that are kept")
    add("--robust-live", action="store_true", help="allow models that cost money or leave the machine")
    ledger = f"where replies are kept (default {DEFAULT}; 'none'), shared with pytest --robust"
    add("--robust-ledger", metavar="FILE", help=ledger)


def run(arguments: argparse.Namespace, words: Callable[[], Vocabulary]) -> int:
    """Validate every item, print its fate and why, and write the kept ones; 1 if a reply was lost."""
    from robustcore.calls.engine import Engine
    from robustcore.calls.ledger import Ledger
    from robustcore.calls.types import CallError

    del words
    dataset = _dataset(arguments.source)
    _check(arguments)
    models, ask = _models(arguments.robust_model, arguments.robust_model_arg)
    live = sorted(name for name, endpoint in models.items() if endpoint.live)
    if live and not arguments.robust_live:
        what = f"{', '.join(live)}: may cost money or leave the machine"
        raise InputError(Problem(what=what, fix="allow it with --robust-live"))
    given = arguments.robust_ledger
    ledger = Ledger(None if given == "none" else Path(given) if given else DEFAULT)
    started = ledger.start_run()
    engine = Engine(ledger, started, allow_live=arguments.robust_live)
    engine.add_endpoints(models)
    try:
        work = ((item.id, _guarded(item, dataset, ask, arguments.trials)) for item in dataset.examples)
        found = dict(engine.run(work))
        ledger.finish_run(started)
    finally:
        engine.close()
        ledger.close()
    fates: Counter[str] = Counter()
    kept: list[str] = []
    for item in dataset.examples:
        result = found[item.id]
        if isinstance(result, CallError):
            fates["undecided"] += 1
            print(f"{item.id}: undecided: {result.message}")
            continue
        fates[result.fate] += 1
        kept += [item.id] if result.fate == "kept" else []
        parts = ("instruction", result.instruction), ("concepts", result.concepts), ("documents", result.documents)
        counts = ", ".join(f"{name} {right}/{arguments.trials}" for name, right in parts if right is not None)
        print(f"{item.id}: {result.fate}: {result.why} ({counts})")
    print(f"trial models: {', '.join(models)}; they should not be among the systems under test")
    print(", ".join(f"{count} {fate}" for fate, count in sorted(fates.items())))
    if arguments.output is not None:
        _write(arguments.source, arguments.output, kept)
    return 1 if fates["undecided"] else 0


def _check(arguments: argparse.Namespace) -> None:
    problems = []
    if not arguments.robust_model:
        problems.append(Problem(what="validation needs a trial model", fix="name one with --robust-model"))
    if arguments.trials < 2:
        problems.append(Problem(what=f"--trials must be at least 2, so that one can fail, not {arguments.trials}"))
    if arguments.output is not None and arguments.output.exists():
        problems.append(Problem(what="this file exists already", where=Location(file=str(arguments.output))))
    if problems:
        raise InputError(problems)


def _dataset(source: str) -> Dataset:
    from robustcore.corpus.bundled import bundled_dataset
    from robustcore.corpus.formats.faults import Faults, raise_faults
    from robustcore.corpus.formats.jsonl import read_library, read_questions
    from robustcore.corpus.records import Corpus, Dataset

    folder = Path(source)
    if not folder.is_dir():
        if source == "der2":
            return bundled_dataset(source)
        what = f"{source!r} is neither a folder nor the bundled pack"
        raise InputError(Problem(what=what, choices=("der2",), fix=f"name a folder with {ITEMS} and {LIBRARY}"))
    library, items = Faults(folder / LIBRARY), Faults(folder / ITEMS)
    docs = read_library(library.source, library)
    known = None if library else {doc.id for doc in docs}
    examples = read_questions(items.source, items, known)
    for example in examples:
        if not example.concepts:
            items.add(f"item {example.id!r} names no concepts", fix='give "concepts": ["..."]')
        if not example.gold_doc_ids:
            items.add(f"item {example.id!r} names no related documents", fix='give "related_docs": ["..."]')
    raise_faults([library, items])
    return Dataset(name=folder.name, corpus=Corpus.of(docs), examples=examples)


def _models(names: Sequence[str], pairs: Sequence[str]) -> tuple[dict[str, Endpoint], Ask]:
    """Return the endpoints of the trial models by name, and how trial ``t`` asks the one whose turn it is."""
    from robustcore.calls.types import Call, CallError
    from robustcore.endpoints.generation import CHAT, Generation
    from robustcore.endpoints.model_names import model_spec, shown_name
    from robustcore.endpoints.specs import make_endpoint
    from robustcore.systems.base import FlowError
    from robustcore.systems.model_options import read_choice
    from robustcore.systems.model_prompt import work_messages
    from robustcore.systems.model_rag import budget_of

    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(Problem(what=f"--robust-model-arg: {pair!r} is not KEY=VALUE"))
        given[key.strip()] = value
    choices = [read_choice({"max_tokens": 1024, **SETTINGS, **given, "model": name}) for name in names]
    endpoints = {shown_name(one.model): make_endpoint(model_spec(one.model, one.of_model)) for one in choices}

    def ask(task: str, passages: tuple[Passage, ...], trial: int) -> Flow[str]:
        choice = choices[trial % len(choices)]
        name, reader = shown_name(choice.model), choice.reader
        messages = work_messages(task, passages, budget=budget_of(endpoints[name], reader))
        settings: dict[str, Any] = {"max_tokens": reader.max_tokens, "temperature": reader.temperature}
        settings |= {key: value for key, value in (("top_p", reader.top_p), ("seed", reader.seed)) if value is not None}
        if reader.seed is not None:
            settings["seed"] = reader.seed + trial
        length = sum(len(message["content"]) for message in messages)
        (reply,) = yield [
            Call(
                endpoint=name,
                op=CHAT,
                payload={"messages": messages},
                settings=settings,
                replicate=trial,
                length=length,
            )
        ]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        return Generation.from_json(reply.value).text

    return endpoints, ask


def _guarded(item: Any, dataset: Dataset, ask: Ask, trials: int) -> Flow[Any]:
    from robustcore.measures.item_trials import validation
    from robustcore.systems.base import FlowError

    try:
        return (yield from validation(item, dataset.corpus, ask, trials))
    except FlowError as error:
        return error.error


def _write(source: str, output: Path, kept: Sequence[str]) -> None:
    import json

    from robustcore.corpus.bundled import shipped_folder

    folder = Path(source) if Path(source).is_dir() else shipped_folder("fixtures") / "packs" / source
    lines = (folder / ITEMS).read_text(encoding="utf-8").splitlines(keepends=True)
    chosen = [line for line in lines if line.strip() and json.loads(line)["id"] in set(kept)]
    output.write_text("".join(chosen), encoding="utf-8")
    print(f"{output}: {len(chosen)} items")
