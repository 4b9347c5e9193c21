"""What others need to test their own parts: the laws that every perturbation operator obeys."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.errors import InputError
from robustcore.keys import rng_of
from robustcore.perturb.base import Inject, Operator, Preserves
from robustcore.perturb.edit import At, CorpusEdit, Edit, EditStatus, Framing, Talk
from robustcore.perturb.options import check_options
from robustcore.perturb.tools.faults import NO_FAULTS, ToolFaults

_TYPES: dict[str, type] = {
    "question": str,
    "context": tuple,
    "corpus": CorpusEdit,
    "framing": Framing,
    "tools": ToolFaults,
    "history": Talk,
}
_LADDER = (0.25, 0.5, 1.0)


def check_operator(
    operator: Operator,
    *texts: str,
    example: Example | None = None,
    corpus: Corpus | None = None,
    options: Mapping[str, Any] | None = None,
    seeds: tuple[int, ...] = (0, 1, 2),
) -> None:
    """Check that ``operator`` obeys the laws of an operator; raise `AssertionError` naming every law it breaks.

    The laws: it names an injection point, has a docstring, typed options and levels in [0, 1]; refuses unknown
    options; severity 0 is the identity; the same seed gives the same edit; inputs and the global ``random`` state
    stay untouched; an applied edit changes the value (a setting need not) and any other status does not; the status is
    a known one; the value keeps its type; no lone surrogates come in; and an operator that preserves meaning keeps
    gold answers.

    For a ``question`` operator every text is a question; for a ``context`` operator the texts are the passages, and
    for a ``corpus`` operator the documents, of one case (``corpus`` defaults to one document per text). Pass an
    ``example`` with gold answers to check what needs them. ``options`` are the operator's, defaults otherwise.
    """
    broken = list(_broken_declarations(operator))
    full = check_options(operator, options or {})
    index = corpus or Corpus.of([Doc(id=f"doc{i}", text=text) for i, text in enumerate(texts)])
    for value in _values(operator, texts, index):
        asked = example or Example(id="law", question=value if isinstance(value, str) else "What is known?")
        for seed in seeds:
            broken += _broken_at(operator, value, full, asked, index, seed)
    if broken:
        lines = "\n".join(f"  - {law}" for law in dict.fromkeys(broken))
        raise AssertionError(f"{operator.name} breaks {len(dict.fromkeys(broken))} law(s):\n{lines}")


def _values(operator: Operator, texts: tuple[str, ...], corpus: Corpus) -> list[Any]:
    if operator.inject == "question":
        return list(texts)
    if operator.inject == "context":
        ids = list(corpus.docs)
        return [tuple(Passage(doc_id=ids[i % len(ids)], text=text) for i, text in enumerate(texts))]
    if operator.inject == "corpus":
        return [CorpusEdit()]
    if operator.inject == "framing":
        return [Framing(), *(Framing(after=text) for text in texts)]
    if operator.inject == "history":
        return [Talk(), *(Talk(before=(("user", text), ("assistant", text))) for text in texts)]
    if operator.inject == "tools":
        return [NO_FAULTS]
    return []


def _broken_declarations(operator: Operator) -> Iterator[str]:
    points = get_args(Inject)
    if operator.inject not in points:
        yield f"its injection point {operator.inject!r} is none of {', '.join(points)}"
    if not operator.name.startswith((f"{operator.inject}.", "regime.")):
        yield f"its name does not start with its injection point {operator.inject!r}"
    if not inspect.getdoc(operator.apply):
        yield "it has no docstring"
    if any(not 0 < level <= 1 for level in operator.levels):
        yield f"its levels {operator.levels} leave (0, 1]"
    if operator.main and operator.main not in operator.options:
        yield f"its main option {operator.main!r} is none of its options"
    for option in operator.options.values():
        if option.type not in (int, float, bool, str):
            yield f"option {option.name!r} has no type that can be checked"
        elif type(option.default) is not option.type:
            yield f"the default of option {option.name!r} is not of type {option.type.__name__}"
        elif option.choices and option.default not in option.choices:
            yield f"the default of option {option.name!r} is none of its choices"
    try:
        check_options(operator, {"no such option": 1})
    except InputError:
        pass
    else:
        yield "it accepts an unknown option"


def _broken_at(
    operator: Operator, value: Any, options: Mapping[str, Any], example: Example, corpus: Corpus, seed: int
) -> Iterator[str]:
    def run(severity: float) -> Edit[Any]:
        at = At(severity=severity, rng=rng_of(seed), example=example, corpus=corpus)
        return operator.apply(value, at, **options)

    zero = run(0.0)
    if zero.value != value or zero.status != "applied" or zero.edits:
        yield f"severity 0 is not the identity on {_short(value)}"
    for severity in operator.levels or _LADDER:
        before = copy.deepcopy((value, example, dict(corpus.docs))), random.getstate()
        edit = run(severity)
        where = f"at severity {severity:g}, seed {seed}, on {_short(value)}"
        if ((value, example, dict(corpus.docs)), random.getstate()) != before:
            yield f"it changes its input or the global random state {where}"
        if run(severity) != edit:
            yield f"the same seed gives another edit {where}"
        yield from (f"{law} {where}" for law in _broken_edit(operator, value, edit, example))


def _broken_edit(operator: Operator, value: Any, edit: Edit[Any], example: Example) -> Iterator[str]:
    if edit.status not in get_args(EditStatus):
        yield f"the status {edit.status!r} is none of {', '.join(get_args(EditStatus))}"
    wanted = _TYPES.get(operator.inject, object)
    if not isinstance(edit.value, wanted):
        yield f"the value is a {type(edit.value).__name__}, not a {wanted.__name__}"
        return
    if edit.status == "applied" and not operator.setting and (edit.value == value or edit.edits < 1):
        yield "an edit counts as applied though nothing was changed"
    if edit.status != "applied" and edit.value != value:
        yield f"the value changes though the status is {edit.status!r}"
    if edit.status != "applied" and not edit.note:
        yield f"the status {edit.status!r} comes without a note that says why"
    before, after = _texts_of(value), _texts_of(edit.value)
    if _surrogates(after) and not _surrogates(before):
        yield "it brings in lone surrogates"
    kept = _states(after, example.answers) or not _states(before, example.answers)
    if operator.preserves is Preserves.MEANING and not kept:
        yield "it preserves meaning by its own account, yet a gold answer can no longer be found"


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Framing):
        return [value.before, value.after]
    if isinstance(value, Talk):
        return [*(content for _, content in value.before), *value.after]
    return [f"{passage.title}\n{passage.text}" for passage in value] if isinstance(value, tuple) else []


def _surrogates(texts: list[str]) -> bool:
    return any("\ud800" <= char <= "\udfff" for text in texts for char in text)


def _states(texts: list[str], answers: tuple[str, ...]) -> bool:
    return any(contains_answer(text, answers) for text in texts)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
