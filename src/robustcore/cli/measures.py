"""``pytest-robust measures``: what can be measured, which way is better, and the options of each."""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robustcore.scenario.vocabulary import Vocabulary

INDENT = " " * 4
RETRIEVAL = "retrieval measures are spelled as in ir_measures, with any cut-off"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the names and the format."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="measures, or families such as rank, parrot, cert")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace, words: Callable[[], Vocabulary]) -> int:
    """Print the measures asked for; raise `UnknownNameError` for a name that is neither a measure nor a family."""
    from robustcore.measures.registry import measure_registry

    del words
    registry = measure_registry()
    names = [full for name in arguments.names for full in _matching(name, registry)] or registry.names()
    found = [_described(name, registry.get(name)) for name in dict.fromkeys(names)]
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    _print(found, whole=not arguments.names)
    return 0


def _matching(name: str, registry: Any) -> Sequence[str]:
    family = [full for full in registry.names() if full.startswith(f"{name}.")]
    return [name] if name in registry.names() else family or [registry.resolve(name)]


def _described(name: str, factory: Any) -> dict[str, Any]:
    from robustcore.measures.base import options_of

    options = {field.name: field.default for field in options_of(factory) if field.default is not MISSING}
    about = (inspect.getdoc(factory) or "").partition("\n\n")[0]
    plain = {option: value for option, value in options.items() if isinstance(value, (str, int, float, bool))}
    better = getattr(factory, "higher_is_better", True)
    return {
        "name": name,
        "better": "higher" if better is True else "lower" if better is False else "",
        "options": plain,
        "about": " ".join(about.replace("``", "").replace("`", "").split()),
    }


def _print(found: Sequence[dict[str, Any]], *, whole: bool) -> None:
    from rich.console import Console

    from robustcore.measures.ir_names import EXAMPLES

    console = Console(highlight=False)
    for line in _lines(found, console.width - 1):
        console.print(line)
    if whole:
        console.print(f"{RETRIEVAL}: {', '.join(EXAMPLES)}", style="dim", markup=False)


def _lines(found: Sequence[dict[str, Any]], width: int) -> Iterator[Any]:
    from rich.text import Text

    for measure in found:
        better = f"  {measure['better']} is better" if measure["better"] else ""
        yield Text.assemble((measure["name"], "bold"), (better, "dim"))
        yield Text(fill(measure["about"], width, initial_indent=INDENT, subsequent_indent=INDENT))
        if measure["options"]:
            shown = ", ".join(f"{option}={value!r}" for option, value in measure["options"].items())
            yield Text(fill(shown, width, initial_indent=INDENT, subsequent_indent=INDENT), style="cyan")
