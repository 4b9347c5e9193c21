"""Laws of scenario files: load is a function of the text, dump is its inverse, ids are unique, nothing crashes."""

import string
from typing import Any

import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st
from unit.scenario.world import FILE, MEASURES, load, without_places

from robustcore.case import Condition
from robustcore.corpus.records import Example
from robustcore.errors import InputError
from robustcore.scenario.dump import dump
from robustcore.scenario.expand import count, expand
from robustcore.scenario.load import slug_of

Draw = st.DrawFn
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,20}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), max_size=12)
SEVERITIES = st.lists(st.sampled_from([0.0, 0.25, 0.33, 0.5, 1, 1.0, 1e-05]), min_size=1, max_size=3, unique_by=float)
SPEC = st.one_of(
    st.sampled_from(["qwerty_swap", "question.casing", "context.casing", "distractor_random"]),
    st.builds(lambda text, flag: {"qwerty_swap": {"layout": text, "protect": flag}}, TEXT, st.booleans()),
    st.builds(lambda number: {"distractor_random": number}, st.integers(-3, 3)),
    st.builds(lambda share: {"distractor_random": {"share": share}}, st.floats(0, 1)),
    st.sampled_from([{"question.casing": "lower"}, {"question.casing": {}}]),
)
BESIDE = st.fixed_dictionaries({}, optional={"severity": SEVERITIES | st.floats(0, 1)})
DISCRETE = st.builds(
    lambda value, levels: {"conflict": value, "severity": levels},
    st.sampled_from(["first", "last", {}, {"place": "last", "copies": 2}]),
    st.lists(st.sampled_from([0.33, 2 / 3, 1]), min_size=1, unique=True) | st.just(1),
)
BOUND = st.one_of(
    st.builds(lambda x: {"at-least": x}, st.floats(0, 1)), st.builds(lambda x: {"at-most": x}, st.floats(0, 1))
)
EXPRESSION = st.one_of(
    st.just("pass_rate"),
    st.sampled_from(MEASURES),
    st.builds(
        lambda function, name: f"{function}({name})",
        st.sampled_from(["drop_abs", "drop_rel", "union", "worst_case"]),
        st.sampled_from([*MEASURES, "recall@5"]),
    ),
)
GROUP = st.builds(
    lambda measure, bound, more: {"group": {"measure": measure, **bound, **more}},
    EXPRESSION,
    BOUND,
    st.fixed_dictionaries(
        {},
        optional={
            "by": st.lists(st.sampled_from(["perturbation", "severity", "family"]), min_size=1, unique=True),
            "confidence": st.floats(0.5, 0.999),
            "max_unscored": st.floats(0, 1),
            "inconclusive": st.sampled_from(["fail", "warn"]),
        },
    ),
)
EACH = st.one_of(
    st.builds(lambda name: {"each": {"invariant": name}}, st.sampled_from(MEASURES)),
    st.builds(lambda name, bound: {"each": {"measure": name, **bound}}, st.sampled_from(MEASURES), BOUND),
)


@st.composite
def items(draw: Draw) -> Any:
    """Return one item of ``perturb``."""
    form = draw(st.sampled_from(["bare", "mapping", "chain", "discrete"]))
    if form == "discrete":
        return draw(DISCRETE)
    if form == "chain":
        return {"chain": draw(st.lists(SPEC, min_size=1, max_size=3)), **draw(BESIDE)}
    spec = draw(SPEC)
    return spec if form == "bare" or isinstance(spec, str) else {**spec, **draw(BESIDE)}


@st.composite
def documents(draw: Draw) -> dict[str, Any]:
    """Return a document that is sound, unless two of its alternatives happen to be the same."""
    perturb = draw(st.lists(items(), min_size=1, max_size=4))
    if draw(st.booleans()):
        perturb.insert(0, "clean")
    expect = [*draw(st.lists(EACH, max_size=1)), *draw(st.lists(GROUP, max_size=3))]
    optional = st.fixed_dictionaries(
        {},
        optional={
            "claim": TEXT,
            "system": st.sampled_from(
                [
                    "embedded",
                    "app:build",
                    {"use": "x", "version": "1.0", "options": {"k": [1]}},
                    {"use": "model", "options": {"model": "openai:x", "k": 3}},
                    {"http": "https://a.example/x", "body": {"q": ["{question}"]}, "answer": "a.0"},
                    {
                        "http": "http://127.0.0.1:1",
                        "body": {"q": "{question}"},
                        "answer": "a",
                        "citations": "b.*",
                        "method": "GET",
                        "headers": {"X-Key": "${KEY}"},
                        "retries": 0,
                        "version": "2",
                    },
                ]
            ),
            "data": st.sampled_from(["handbook", ["annual", "handbook"], {"corpus": "annual", "sample": 3, "seed": 1}]),
            "tags": st.lists(st.sampled_from(["rag", "noise", "a-b"]), max_size=2),
            "severity": SEVERITIES,
            "replicates": st.integers(1, 3),
            "measures": st.lists(st.sampled_from([*MEASURES, "recall@5"]), max_size=3),
            "items": st.sampled_from(["case", "group"]),
        },
    )
    axis = {"axis": draw(st.sampled_from(["none", "query"]))} if expect else {}
    return {"robust": 1, "name": draw(NAME), "perturb": perturb, "expect": expect, **axis, **draw(optional)}


def written(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def tells_apart(conditions: tuple[Condition, ...]) -> bool:
    return len({condition.name for condition in conditions}) == len(conditions)


@given(documents())
@settings(max_examples=150, deadline=None)
def test_loading_twice_gives_the_same_and_dump_loads_to_the_same(document: dict[str, Any]) -> None:
    text = written(document)
    try:
        (scenario,) = load(text)
    except InputError as error:
        assert all("two alternatives are called" in problem.what for problem in error.problems), str(error)  # noqa: PT017
        return
    assert load(text) == (scenario,)
    (again,) = load(dump(scenario))
    assert without_places(again) == without_places(scenario)
    assert dump(again) == dump(scenario)
    assert tells_apart(scenario.conditions)
    event(f"{len(scenario.conditions)} conditions")


@given(
    documents(), st.lists(st.text(max_size=8) | st.sampled_from(["q", "q-r2", "a", "a-s1-q"]), unique=True, max_size=6)
)
@settings(max_examples=150, deadline=None)
def test_ids_are_unique_printable_and_in_a_stable_order(document: dict[str, Any], names: list[str]) -> None:
    try:
        (scenario,) = load(written(document))
    except InputError:
        return
    examples = [Example(id=name, question="?") for name in names]
    cases = list(expand(scenario, examples))
    ids = [case.id for case in cases]
    assert len(ids) == len(set(ids)) == count(scenario, len(examples))
    assert ids == [case.id for case in expand(scenario, examples)]
    assert all(set(name) <= set(string.printable) - set("[]\\\n\t\r\v\f") and "::" not in name for name in ids)


@given(NAME)
def test_any_name_round_trips_and_makes_an_identifier(name: str) -> None:
    (scenario,) = load(written({"robust": 1, "name": name, "perturb": ["clean"]}))
    assert scenario.name == name
    assert slug_of(name).isidentifier()
    assert not scenario.slug.startswith("_")


KEYS = st.sampled_from([
    "robust", "name", "claim", "system", "data", "tags", "perturb", "severity", "replicates", "measures", "expect",
    "items", "axis", "use", "version", "options", "corpus", "questions", "sample", "each", "group", "invariant",
    "measure", "at-least", "at_least", "by", "confidence", "chain", "label", "clean", "conflict", "qwerty_swap",
    "place",
])  # fmt: skip
LEAVES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-2, 3), st.floats(-1, 2), TEXT, KEYS),
    *(st.sampled_from(["handbook", "R@5", "pass_rate", "union(R@5)", "last", "no", "010", "a:b"]), NAME),
)
WILD = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
TOP = st.dictionaries(KEYS | TEXT, WILD, max_size=8)


@given(TOP, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_mapping_gives_scenarios_or_an_error_with_places(document: dict[str, Any], sound_head: bool) -> None:
    head = {"robust": 1, "name": "a", "perturb": ["clean"]} if sound_head else {}
    try:
        load(written({**head, **document}))
    except InputError as error:
        assert error.problems  # noqa: PT017
        assert all(problem.where and problem.where.line for problem in error.problems), str(error)  # noqa: PT017


@given(st.text(max_size=60) | st.text(":-[]{}&*!|>'\"%@#,? \n\tab1", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_scenarios_or_an_input_error(text: str) -> None:
    try:
        load(text)
    except InputError as error:
        assert all(problem.where and problem.where.file == str(FILE) for problem in error.problems)  # noqa: PT017
