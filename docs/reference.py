"""``python -m docs.reference``: write a page per operator, measure and aggregate from the code into docs/reference/."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from robustcore.calls.flows import run_alone
from robustcore.case import Condition, Step
from robustcore.corpus.bundled import bundled_dataset
from robustcore.measures.base import options_of
from robustcore.measures.registry import measure_registry, parse_measure
from robustcore.measures.suite import suite_names
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import NO_MODELS
from robustcore.perturb.families import operator_registry
from robustcore.perturb.options import check_options
from robustcore.report.inert import code, markdown
from robustcore.report.marks import marked
from robustcore.report.variants import Variant, variants
from robustcore.report.variants_terminal import passages_changed

FOLDER = Path(__file__).parent / "reference"
ITEM = "hb-q033"  # a question of the bundled handbook that every example takes
OF_THIS_MACHINE = {"context.ocr_render"}  # what it makes depends on the version of a program
MADE = "<!-- written by python -m docs.reference: edit the docstring instead -->"
KEEPS = {
    "meaning": "the meaning: the right answer stays the same",
    "adds_noise": "the evidence: what is added is beside the point",
    "contested": "the evidence, beside a false statement",
    "evidence_removing": "nothing to answer from: refusing becomes right",
    "answer_changing": "the evidence; the right answer becomes another",
    "pressure": "question and evidence; somebody leans on the system",
}


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    registry = operator_registry()
    operators = [registry.get(name) for name in registry.names()]
    measures = [(name, measure_registry().get(name)) for name in measure_registry().names()]
    found = {f"{operator.name}.md": _page(_operator(operator)) for operator in operators}
    found |= {f"measure.{name}.md": _page(_measure(name, factory)) for name, factory in measures}
    suites = [(name, _suite_class(name)) for name in suite_names()]
    found |= {f"aggregate.{name}.md": _page(_suite(name, kind)) for name, kind in suites if kind is not None}
    found["README.md"] = _page(_index(operators, measures, suites))
    return found


def _page(lines: Iterator[str]) -> str:
    return "\n".join([MADE, "", *lines]).rstrip() + "\n"


def _operator(operator: Operator) -> Iterator[str]:
    text = _doc(operator.flow or operator.apply)
    yield f"# `{operator.name}`"
    yield ""
    yield text
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| edits | {operator.inject} |"
    yield f"| keeps | {KEEPS.get(operator.preserves.value, operator.preserves.value)} (`{operator.preserves.value}`) |"
    levels = ", ".join(f"{level:.3g}" for level in operator.levels)
    yield f"| severity | {levels or 'any from 0 to 1'} |"
    yield f"| each case gets a validity verdict | {'yes' if operator.gated else 'no'} |"
    yield f"| asks | {', '.join(sorted(operator.needs)) or 'no model'} |"
    yield f"| version | {operator.version} |"
    yield f"| source | {_source(text)} |"
    yield ""
    if operator.options:
        yield from _options([(o.name, o.type.__name__, o.default, o.choices) for o in operator.options.values()])
    level = operator.levels[0] if operator.levels else 1.0
    severity = (
        "" if operator.levels in ((), (1.0,)) else f"severity: [{', '.join(f'{x:.6g}' for x in operator.levels)}]\n"
    )
    yield "In a scenario:"
    yield ""
    yield "```yaml"
    yield f"robust: 1\nname: example\ndata: handbook\nperturb:\n  - {operator.name}"
    yield f"{severity}measures: [answer_correct]"
    yield "```"
    yield ""
    yield from _example(operator, level)


def _example(operator: Operator, level: float) -> Iterator[str]:
    if operator.name in OF_THIS_MACHINE:
        return
    variant = _variant(operator, level)
    yield f"On a question of the bundled handbook, at severity {level:.3g}; new words in [brackets], lost as [-lost-]:"
    yield ""
    shown = [("asked", variant.asked)]
    if variant.question != variant.asked:
        shown.append(("as", marked(variant.asked, variant.question).plain))
    shown += [("passages", line.plain) for line in passages_changed(variant)]
    if variant.status not in ("applied", "undecided_case"):
        shown.append((variant.status.replace("_", " "), variant.note))
    yield "| | |"
    yield "| --- | --- |"
    yield from (f"| {name} | {code(text, 300)} |" for name, text in shown)


def _variant(operator: Operator, level: float) -> Variant:
    from dataclasses import replace

    dataset = bundled_dataset("handbook")
    example = next(example for example in dataset.examples if example.id == ITEM)
    condition = Condition(operator.short, level, (Step(operator, check_options(operator, {})),))
    ((_, flow),) = variants(replace(dataset, examples=(example,)), [condition], NO_MODELS)
    return run_alone(flow)


def _measure(name: str, factory: Any) -> Iterator[str]:
    text = _doc(factory)
    yield f"# `{name}`"
    yield ""
    yield text
    yield ""
    try:
        measure = parse_measure(name)
    except Exception:  # it needs options or a model: what it declares is on its class
        measure = factory
    yield from _facts(measure, text)
    yield from _options(_fields(factory))
    bound = "at-least: 0.8" if getattr(measure, "higher_is_better", True) else "at-most: 0.2"
    yield "In a scenario:"
    yield ""
    yield "```yaml"
    yield f"robust: 1\nname: example\ndata: handbook\nperturb: [question.typos]\nmeasures: [{name}]\nexpect:"
    yield f"  - group: {{measure: {name}, {bound}}}"
    yield "```"


def _suite(name: str, kind: Any) -> Iterator[str]:
    text = _doc(kind)
    yield f"# `{name}`"
    yield ""
    yield text
    yield ""
    yield "An aggregate over several conditions, reported by the recipe of its method."
    yield ""
    yield from _facts(kind, text)
    yield from _options(_fields(kind))


def _facts(measure: Any, text: str) -> Iterator[str]:
    yield "| | |"
    yield "| --- | --- |"
    yield f"| definition | {getattr(measure, 'status', '')} |"
    for field, word in (("higher_is_better", "higher is better"), ("binary", "0 or 1")):
        value = getattr(measure, field, None)
        if isinstance(value, bool) and not hasattr(measure, "parts"):  # aggregates of one class point both ways
            yield f"| {word} | {'yes' if value else 'no'} |"
    yield f"| source | {_source(text)} |"
    yield ""


def _fields(kind: Any) -> list[tuple[str, str, Any, tuple[Any, ...]]]:
    from dataclasses import MISSING

    return [
        (field.name, type(field.default).__name__, field.default, ())
        for field in options_of(kind)
        if field.default is not MISSING and isinstance(field.default, (str, int, float, bool))
    ]


def _options(options: list[tuple[str, str, Any, tuple[Any, ...]]]) -> Iterator[str]:
    if not options:
        return
    yield "| option | type | default | choices |"
    yield "| --- | --- | --- | --- |"
    for name, kind, default, choices in options:
        shown = ", ".join(code(str(choice) or '""') for choice in choices)
        yield f"| `{name}` | {kind} | {code(json.dumps(default))} | {shown} |"
    yield ""


def _index(operators: list[Operator], measures: list[tuple[str, Any]], suites: list[tuple[str, Any]]) -> Iterator[str]:
    yield "# Reference"
    yield ""
    yield "A page each, written from the code: what it does, its source, options, and an example."
    for point in sorted({operator.inject for operator in operators}):
        yield f"\n## Operators on the {point}\n"
        for operator in operators:
            if operator.inject == point:
                yield f"- [`{operator.name}`]({operator.name}.md): {_first(_doc(operator.flow or operator.apply))}"
    yield "\n## Measures\n"
    for name, factory in measures:
        yield f"- [`{name}`](measure.{name}.md): {_first(_doc(factory))}"
    yield "\nRetrieval measures are spelled as in ir_measures: `R@5`, `nDCG@10`, `RR@10`, `P@3`, ..."
    yield "\n## Aggregates of methods\n"
    for name, kind in suites:
        if kind is not None:
            yield f"- [`{name}`](aggregate.{name}.md): {_first(_doc(kind))}"


def _doc(value: Any) -> str:
    """Return the docstring as Markdown: code in single ticks."""
    text = inspect.getdoc(value) or ""
    return re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL).replace("|", "\\|").replace("<", "\\<")


def _first(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text.partition("\n\n")[0].replace("\n", " "))[0]


def _source(text: str) -> str:
    papers = dict.fromkeys(re.findall(r"arXiv[ :](\d{4}\.\d{4,5})", text))
    if papers:
        return ", ".join(f"[arXiv {paper}](https://arxiv.org/abs/{paper})" for paper in papers)
    other = re.search(r"spec metrics \d+(\.\d+)?|our own recipe|\(ours\)|as in `?[\w.]+`?", text, re.IGNORECASE)
    return markdown(other[0].strip("()")) if other else "ours"


def _suite_class(name: str) -> Any:
    """Return the class behind an aggregate's name, None where it has none of its own."""
    from importlib import import_module

    from robustcore.measures import suite

    shipped: Any = suite._SHIPPED
    target = shipped.get(name) if hasattr(shipped, "get") else dict(shipped).get(name)
    if not isinstance(target, str):
        return None
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def main() -> int:
    """Write what is not current, take away what nothing stands behind, and say how much that was."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    changed = [name for name, text in wanted.items() if _stored(name) != text]
    for name in changed:
        (FOLDER / name).write_text(wanted[name], encoding="utf-8")
    gone = [path for path in FOLDER.glob("*.md") if path.name not in wanted]
    for path in gone:
        path.unlink()
    print(f"{len(wanted)} pages, {len(changed)} written, {len(gone)} taken away")
    return 0


def _stored(name: str) -> str:
    file = FOLDER / name
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
