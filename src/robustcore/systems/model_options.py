"""The options of ``system: model``: how it retrieves and asks, told apart from those of the language model itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from robustcore.endpoints.local.lm_rows import MOST_LOGPROBS
from robustcore.endpoints.model_names import OPTIONS, flag, kind_of, number, option_problems
from robustcore.errors import InputError, Problem, suggest

MODEL_SYSTEM: Final = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderOptions:
    """How the RAG system around a language model works.

    ``k`` passages are retrieved; ``repair_spelling`` frees the query of the retriever from typing errors (the model
    reads the question as it was asked). ``max_tokens``, ``temperature``, ``top_p`` and ``seed`` are settings of the
    model's calls; what is None is left to the model. ``context_chars`` is how many characters of passages it is shown;
    None goes by the model's own context where it is known, see `model_rag.budget_of`. ``top_logprobs`` is how many
    log-probabilities are asked for where the model chooses among options (0: none).
    """

    k: int = 5
    repair_spelling: bool = True
    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float | None = None
    seed: int | None = None
    context_chars: int | None = None
    top_logprobs: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A model by name, its own options (`endpoints.model_names.OPTIONS`), and those of the reader around it."""

    model: str
    of_model: Mapping[str, Any] = field(default_factory=dict)
    reader: ReaderOptions = field(default_factory=ReaderOptions)


READER: Final = tuple(option.name for option in fields(ReaderOptions))
_LEAST: Final[Mapping[str, int]] = {"k": 1, "max_tokens": 1, "context_chars": 100, "seed": 0, "top_logprobs": 0}
_RANGE: Final[Mapping[str, tuple[float, float]]] = {"temperature": (0.0, 5.0), "top_p": (0.0, 1.0)}


def read_choice(given: Mapping[str, Any]) -> ModelChoice:
    """Return the options ``given``, as text or as YAML values; raise `InputError` with every problem."""
    problems = [problem for _, problem in model_findings(given)]
    if problems:
        raise InputError(problems)
    reader = {key: _read(key, value) for key, value in given.items() if key in READER}
    of_model = {key: value for key, value in given.items() if key in OPTIONS}
    return ModelChoice(model=given["model"], of_model=of_model, reader=ReaderOptions(**reader))


def model_findings(given: Mapping[str, Any]) -> Iterator[tuple[str, Problem]]:
    """Yield ``(option, problem)`` for everything that is wrong with the options of ``system: model``."""
    rest = {key: value for key, value in given.items() if key not in READER and key != "model"}
    for key in READER:
        if key in given:
            try:
                _read(key, given[key])
            except ValueError as error:
                yield key, Problem(what=f"{key}: {error}")
    name = given.get("model")
    if not isinstance(name, str) or not name.strip():
        fix = "write {use: model, options: {model: 'openai:gpt-4o-mini'}}, or use --robust-model"
        yield "model", Problem(what="the system 'model' needs the option 'model': which language model", fix=fix)
        return
    try:
        kind = kind_of(name)
    except InputError as error:
        yield "model", error.problems[0]
        return
    for key, problem in option_problems(kind, rest):
        if key in OPTIONS:
            yield key, problem
        else:
            known = (*problem.choices, *READER)
            yield key, Problem(what=problem.what, choices=known, fix=suggest(key, known))


def _read(key: str, value: Any) -> Any:
    if key == "repair_spelling":
        return flag(value)
    found = number(value)
    if key in _RANGE:
        low, high = _RANGE[key]
        if not low <= found <= high:
            raise ValueError(f"must lie between {low:g} and {high:g}, not {value!r}")
        return found
    if found != int(found) or found < _LEAST[key]:
        raise ValueError(f"must be a whole number, at least {_LEAST[key]}, not {value!r}")
    if key == "top_logprobs" and found > MOST_LOGPROBS:
        raise ValueError(f"must be at most {MOST_LOGPROBS}, not {value!r}")
    return int(found)
