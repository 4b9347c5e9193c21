"""A small world for scenario files: real operators, real measures, two bundled names."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from robustcore.calls.types import Endpoint, Flow
from robustcore.case import Condition, Step
from robustcore.corpus.records import Passage
from robustcore.errors import Problem, UnknownNameError, suggest
from robustcore.measures.base import Score, Status
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.edit import At, Edit
from robustcore.registry import Registry
from robustcore.scenario.load import scenarios_of
from robustcore.scenario.types import Scenario
from robustcore.scenario.vocabulary import Vocabulary
from robustcore.systems.trial import Trial

BUNDLED = ("annual", "handbook")
EXAMPLES = Path(__file__).parent / "examples"
FILE = EXAMPLES / "good" / "in-memory.yaml"
HEAD = "robust: 1\nname: a\n"


@perturbation("question.qwerty_swap", preserves=Preserves.MEANING)
def qwerty_swap(question: str, at: At, *, layout: str = "us", protect: bool = True) -> Edit[str]:
    """Replace a character by a keyboard neighbour.

    The rest of the docstring is not for editors.
    """
    return Edit(value=question[::-1], edits=1)


@perturbation("question.casing", preserves=Preserves.MEANING, main="style", choices={"style": ("upper", "lower")})
def question_casing(question: str, at: At, *, style: str = "upper") -> Edit[str]:
    """Change the case of the question."""
    return Edit(value=question.upper() if style == "upper" else question.lower())


@perturbation("context.casing", preserves=Preserves.MEANING)
def context_casing(passages: tuple[Passage, ...], at: At) -> Edit[tuple[Passage, ...]]:
    """Change the case of the passages."""
    return Edit(value=tuple(replace(passage, text=passage.text.upper()) for passage in passages))


@perturbation("context.distractor_random", preserves=Preserves.ADDS_NOISE, main="passages")
def distractor_random(
    given: tuple[Passage, ...], at: At, *, passages: int = 5, share: float = 1.0
) -> Edit[tuple[Passage, ...]]:
    """Add unrelated passages."""
    return Edit(value=given + given[:passages])


@perturbation(
    "context.conflict",
    preserves=Preserves.CONTESTED,
    levels=(1 / 3, 2 / 3, 1.0),
    main="place",
    choices={"place": ("first", "last")},
)
def conflict(
    passages: tuple[Passage, ...], at: At, *, place: str = "first", copies: int = 1
) -> Edit[tuple[Passage, ...]]:
    """Add a passage that says otherwise."""
    return Edit(value=passages * copies)


OPERATORS: tuple[Operator, ...] = (qwerty_swap, question_casing, context_casing, distractor_random, conflict)


@dataclass(slots=True, kw_only=True)
class Length:
    """A measure that is real, if not useful: the length of the answer as a share of ``limit`` characters."""

    name: str
    limit: int = 100
    higher_is_better: bool = True
    binary: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    status: Status = "OURS"

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        return {}

    def flow(self, trial: Trial) -> Flow[Score]:
        yield from ()
        return Score(value=min(len(trial.answer.text) / self.limit, 1.0)) if trial.answer else Score(value=None)


MEASURES = ("R@5", "abstained", "answer_correct", "supported")


def measure(name: str) -> Length:
    """Know four measures; ``recall@5`` is another spelling of ``R@5``."""
    canonical = name.replace("recall@", "R@")
    if canonical not in MEASURES:
        what = f"unknown measure {name!r}"
        raise UnknownNameError(Problem(what=what, choices=MEASURES, fix=suggest(name, MEASURES)))
    return Length(name=canonical)


def registry() -> Registry[Operator]:
    known: Registry[Operator] = Registry("perturbation")
    for operator in OPERATORS:
        known.add(operator.name, operator)
    return known


def vocabulary() -> Vocabulary:
    return Vocabulary(operators=registry(), measures=measure, measure_names=MEASURES, bundled=BUNDLED)


def load(text: str, path: Path = FILE) -> tuple[Scenario, ...]:
    return scenarios_of(text, path, registry(), measure, bundled=BUNDLED)


def load_one(body: str) -> Scenario:
    """Load a document that starts with `HEAD`."""
    (scenario,) = load(HEAD + body)
    return scenario


def without_places(scenario: Scenario) -> Scenario:
    """Return the scenario less its places in the file."""
    return replace(
        scenario,
        where=replace(scenario.where, line=1, column=1),
        system=scenario.system and replace(scenario.system, where=None),
        data=scenario.data and replace(scenario.data, where=None),
        each=scenario.each and replace(scenario.each, where=None),
        gates=tuple(replace(gate, where=None) for gate in scenario.gates),
    )


def labels(scenario: Scenario) -> list[str]:
    return [condition.label for condition in scenario.conditions]


def condition(label: str, severity: float = 1.0) -> Condition:
    return Condition(label, severity, (Step(qwerty_swap, {"layout": "us", "protect": True}),))
