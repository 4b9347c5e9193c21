"""The file as written: pydantic models that mirror one YAML document. Nothing outside `scenario` sees them.

Importing this module imports pydantic, so only code that already holds a YAML file does it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError


def _refuse(what: str, fix: str = "") -> PydanticCustomError:
    return PydanticCustomError("robust", "{what}", {"what": what, "fix": fix})


def _matching(pattern: str, words: str) -> Callable[[str], str]:
    regex = re.compile(pattern)

    def check(text: str) -> str:
        if regex.fullmatch(text) is None:
            raise _refuse(f"{text!r} cannot be used: {words}")
        return text

    return check


def _text(pattern: str, words: str) -> Any:
    return AfterValidator(_matching(pattern, words)), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


def _one_or_more(kind: dict[str, Any]) -> Any:
    schema = {"anyOf": [kind, {"type": "array", "items": kind, "minItems": 1}]}

    def widen(value: Any) -> Any:
        if value == []:
            raise _refuse("the list is empty", "write at least one value, or remove the key")
        return value if isinstance(value, list) else [value]

    return BeforeValidator(widen), WithJsonSchema(schema)


def _version(value: Any) -> Any:
    if type(value) is not int:
        raise _refuse("'robust' must be the number 1, the version of the file format", "write robust: 1")
    if value != 1:
        what = f"the file format has version {value}; this version of pytest-robust reads version 1"
        raise _refuse(what, "upgrade pytest-robust, or write robust: 1")
    return value


def _given(value: Any) -> Any:
    """Refuse ``key:`` with nothing after it, where leaving the key out means None."""
    if value is None:
        raise _refuse("nothing stands after the colon", "write a value, or remove the key")
    return value


def _short(key: str, long: str, spellings: str) -> Callable[[Any], Any]:
    """Let a bare value stand for the mapping ``{long: value}``."""

    def widen(value: Any) -> Any:
        _given(value)
        if isinstance(value, list) and long != "corpus":
            raise _refuse(f"{key!r} must be text or a mapping, not a list", f"write {spellings}")
        return value if isinstance(value, dict) else {long: value}

    return widen


def _perturb_item(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise _refuse("an item of 'perturb' must be a name, 'name: value' or 'name: {options}'")
    return value


def _rising(grades: dict[str, float]) -> dict[str, float]:
    """Refuse grades that are not A, B, C... with thresholds that rise."""
    if [*grades] != [chr(ord("A") + i) for i in range(len(grades))]:
        raise _refuse(f"grades are A, B, C and so on, in order, not {', '.join(grades)}")
    if sorted(set(grades.values())) != [*grades.values()]:
        raise _refuse("the loss that a grade allows must rise from grade to grade", "write {A: 0.02, B: 0.05, C: 0.1}")
    return grades


_Name: TypeAlias = Annotated[
    str,
    *_text("[A-Za-z0-9][A-Za-z0-9 _-]*", "use letters, digits, spaces, '_' and '-', starting with a letter or digit"),
]
_Label: TypeAlias = Annotated[
    str,
    *_text(
        r"(?!clean(-|$))(?!.*-s[0-9])[A-Za-z0-9][A-Za-z0-9_.=+,-]*",
        "use letters, digits and _ . = + , - but neither 'clean' nor a part like '-s0.5', which ids are made of",
    ),
]
_Grade: TypeAlias = Annotated[
    str, *_text("[A-Y]", "a grade is one capital letter; what is below the last gets the next")
]
_RESERVED = "and|or|not|True|False|None|skip|skipif|xfail|parametrize|usefixtures|filterwarnings"
_Tag: TypeAlias = Annotated[
    str,
    *_text(
        f"(?!({_RESERVED})$)[A-Za-z][A-Za-z0-9_-]*",
        "a tag is a letter followed by letters, digits, '_' and '-', and no word that pytest itself gives a meaning",
    ),
]
_Target: TypeAlias = Annotated[
    str,
    *_text(
        r"[A-Za-z0-9_][\w.-]*(:[A-Za-z_][\w.]*)?",
        "write 'embedded', 'model', the name of a system, or package.module:attribute; a URL goes under http:",
    ),
]
_Text: TypeAlias = Annotated[str, Field(min_length=1)]
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_GIVEN = BeforeValidator(_given)
_UNIT = {"type": "number", "minimum": 0, "maximum": 1}
_By: TypeAlias = Literal["perturbation", "severity", "family"]


_BOUNDED: dict[str, Any] = {"anyOf": [{"required": ["at-least"]}, {"required": ["at-most"]}]}
_EACH_KINDS: list[Any] = [{"required": ["invariant"], "not": _BOUNDED}, {"required": ["measure"], **_BOUNDED}]


class _Wire(BaseModel):
    # built at first use: what stands inside another model is built with it, and need not be on its own
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


_OF_HTTP = ("body", "answer", "contexts", "citations", "method", "headers", "timeout", "concurrency", "retries")
_HTTP_EXAMPLE = "http: https://host/ask, body: {question: '{question}'}, answer: answer"


class System(_Wire):
    """The system under test: one that is named, or a service that is deployed somewhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["use"], "not": {"anyOf": [{"required": [key]} for key in ("http", *_OF_HTTP)]}},
                {
                    "required": ["http", "body", "answer"],
                    "not": {"anyOf": [{"required": [k]} for k in ("use", "options")]},
                },
            ]
        }
    )
    use: Annotated[_Target | None, _GIVEN] = Field(
        default=None, description="embedded, model, the name of a system, or package.module:attribute"
    )
    http: Annotated[_Text | None, _GIVEN] = Field(default=None, description="the URL of a deployed service")
    version: _Text = Field(default="", description="lets later sessions reuse what this version answered")
    options: dict[str, Any] = Field(default_factory=dict, description="handed to the factory")
    body: Annotated[dict[str, Any] | None, _GIVEN] = Field(
        default=None, description="the JSON that is sent, with {question} in one of its texts"
    )
    answer: Annotated[_Text | None, _GIVEN] = Field(
        default=None, description="where the answer stands in the JSON reply, like choices.0.message.content"
    )
    contexts: Annotated[_Text | None, _GIVEN] = Field(
        default=None, description="where the passages stand in the reply, like docs.*.text"
    )
    citations: Annotated[_Text | None, _GIVEN] = Field(
        default=None, description="where the citations stand in the reply"
    )
    method: Annotated[Literal["POST", "PUT", "GET"] | None, _GIVEN] = Field(
        default=None, description="POST if left out; under GET the body becomes the query parameters"
    )
    headers: Annotated[dict[str, str] | None, _GIVEN] = Field(
        default=None, description="sent with every request; ${NAME} is read from the environment"
    )
    timeout: Annotated[float | None, _GIVEN] = Field(default=None, ge=0.1, description="seconds for one attempt")
    concurrency: Annotated[int | None, _GIVEN] = Field(
        default=None, ge=1, le=1000, description="requests under way at once"
    )
    retries: Annotated[int | None, _GIVEN] = Field(
        default=None, ge=0, le=20, description="how often a request may be repeated"
    )

    @property
    def of_http(self) -> dict[str, Any]:
        """Return what was written about the service, less the URL."""
        return {key: value for key in _OF_HTTP if (value := getattr(self, key)) is not None}

    @model_validator(mode="after")
    def _one_kind(self) -> System:
        if (self.use is None) == (self.http is None):
            what = "'system' needs either 'use' or 'http'" + ("" if self.use is None else ", not both")
            raise _refuse(what, f"write use: embedded, or {_HTTP_EXAMPLE}")
        if self.use is not None and self.of_http:
            keys = ", ".join(repr(key) for key in self.of_http)
            raise _refuse(f"{keys} belong to 'http', and the system is {self.use!r}", f"write {_HTTP_EXAMPLE}")
        if self.http is not None:
            missing = [key for key in ("body", "answer") if getattr(self, key) is None]
            if missing:
                what = f"a system behind 'http' needs {' and '.join(map(repr, missing))} too"
                raise _refuse(what, f"write {_HTTP_EXAMPLE}")
            if self.options:
                raise _refuse("'options' are for a factory: a service behind 'http' is handed none", "remove them")
        return self


class Data(_Wire):
    """Documents and questions."""

    corpus: Annotated[list[_Text], *_one_or_more({"type": "string", "minLength": 1})] = Field(
        description="bundled names, or files and folders relative to this file"
    )
    questions: Annotated[_Text | None, _GIVEN] = Field(
        default=None, description="a file with the questions, relative to this file"
    )
    calibration: Annotated[_Text | None, _GIVEN] = Field(
        default=None, description="questions that set thresholds and are never scored"
    )
    format: _Text = Field(default="auto", description="how the files are read; auto goes by name and content")
    sample: int = Field(default=0, ge=0, description="draw that many questions; 0 takes all")
    seed: int = Field(default=0, ge=0, description="decides which questions are drawn")
    tags: list[_Text] = Field(default_factory=list, description="keep questions that carry one of these tags")


class _Bounds(_Wire):
    at_least: Annotated[float | None, _GIVEN] = Field(
        default=None, alias="at-least", description="the value must not be lower"
    )
    at_most: Annotated[float | None, _GIVEN] = Field(
        default=None, alias="at-most", description="the value must not be higher"
    )


class Each(_Bounds):
    """What every single case must meet."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _EACH_KINDS})
    invariant: Annotated[_Text | None, _GIVEN] = Field(
        default=None, description="this measure is at least as good as on the clean twin"
    )
    measure: Annotated[_Text | None, _GIVEN] = Field(default=None, description="this measure keeps the bound")

    @model_validator(mode="after")
    def _one_kind(self) -> Each:
        bounded = self.at_least is not None or self.at_most is not None
        if (self.invariant is None) == (self.measure is None):
            raise _refuse("'each' needs either 'invariant' or 'measure'", "write each: {invariant: answer_correct}")
        if self.invariant is not None and bounded:
            fix = "remove the bound, or write 'measure' in place of 'invariant'"
            raise _refuse("'invariant' compares with the clean twin and takes no bound", fix)
        if self.measure is not None and not bounded:
            raise _refuse("'measure' needs 'at-least' or 'at-most'", f"write {{measure: {self.measure}, at-least: 1}}")
        return self


class Group(_Bounds):
    """A gate on the whole group of cases, or on each cell of it."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["at-least"]}, {"required": ["at-most"]}]})
    measure: _Text = Field(description="m, pass_rate, drop_abs(m), drop_rel(m), union(m) or worst_case(m)")
    by: Annotated[list[_By], *_one_or_more({"enum": ["perturbation", "severity", "family"]})] = Field(
        default_factory=list, description="one verdict per cell"
    )
    confidence: float = Field(default=0.95, ge=0.5, le=0.999, description="of the one-sided limit that is compared")
    max_unscored: _Share = Field(default=0.02, description="share of cases that may be lost to infrastructure")
    inconclusive: Literal["fail", "warn"] = Field(default="fail", description="what an undecided gate does")

    @model_validator(mode="after")
    def _one_bound(self) -> Group:
        if (self.at_least is None) == (self.at_most is None):
            given = "neither" if self.at_least is None else "both"
            fix = f"write group: {{measure: {self.measure}, at-least: 0.8}}"
            raise _refuse(f"a group needs exactly one of 'at-least' and 'at-most', not {given}", fix)
        if len(set(self.by)) < len(self.by):
            raise _refuse("'by' names the same thing twice")
        return self


class Expectation(_Wire):
    """One expectation, of single cases or of the group."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["each"]}, {"required": ["group"]}]})
    each: Annotated[Each | None, _GIVEN] = None
    group: Annotated[Group | None, _GIVEN] = None

    @model_validator(mode="after")
    def _one_kind(self) -> Expectation:
        if (self.each is None) == (self.group is None):
            raise _refuse("an expectation is either 'each: {...}' or 'group: {...}'", "start another item with '- '")
        return self


class Beside(_Wire):
    """What may stand beside the name in an item of ``perturb``."""

    severity: Annotated[list[_Share] | None, *_one_or_more(_UNIT)] = Field(
        default=None, description="in place of the scenario's"
    )
    label: Annotated[_Label | None, _GIVEN] = Field(
        default=None, description="names this alternative in ids and reports"
    )


def _used(value: Any) -> Any:
    _given(value)
    if not isinstance(value, str | dict):
        raise _refuse("'use' must be the name of a recipe or 'name: {options}'", "write use: rare")
    return value


def _or_used(value: Any, listed: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Let ``perturb`` be left out (the empty tuple) where a recipe brings the conditions."""
    if value != ():
        return listed(value)
    if info.data.get("use", _used) is None:
        raise _refuse("the key 'perturb' is missing", "list what to perturb, or take a recipe: use: rare")
    return []


class ScenarioFile(_Wire):
    """One scenario."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["perturb"]}, {"required": ["use"]}]})
    robust: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="version of the file format")
    name: _Name = Field(description="becomes the name of the test")
    claim: str = Field(default="", description="one sentence: what holds if this passes")
    system: Annotated[System | None, BeforeValidator(_short("system", "use", "system: pkg.mod:attr"))] = None
    data: Annotated[Data | None, BeforeValidator(_short("data", "corpus", "data: handbook"))] = None
    tags: list[_Tag] = Field(default_factory=list, description="become pytest marks")
    use: Annotated[Any, AfterValidator(_used)] = Field(
        default=None,
        description="a recipe that brings conditions, measures, gates and limits; expect replaces its gates",
    )
    perturb: Annotated[
        list[Annotated[Any, AfterValidator(_perturb_item)]], Field(min_length=1), WrapValidator(_or_used)
    ] = Field(
        default_factory=tuple,
        validate_default=True,
        description="alternatives, each with its own cases; clean is the question as it is",
    )
    severity: Annotated[list[_Share] | None, *_one_or_more(_UNIT)] = Field(
        default=None, description="strengths from 0 (identity) to 1; 1, or a discrete operator's strongest, if left out"
    )
    replicates: int = Field(default=1, ge=1, le=1000, description="how often each case is asked")
    measures: list[_Text] = Field(default_factory=list, description="what is measured; those in expect are added")
    expect: list[Expectation] = Field(default_factory=list, description="what must hold")
    limits: list[_Text] = Field(default_factory=list, description="what to bear in mind, printed with the results")
    grades: Annotated[dict[_Grade, float], AfterValidator(_rising)] = Field(
        default_factory=dict, description="the largest loss that earns each grade, best first: {A: 0.02, B: 0.05}"
    )
    items: Literal["case", "group"] = Field(default="case", description="one pytest item per case, or per group")
    axis: Literal["query", "none"] = Field(
        default="query", description="none: a hand-written list, gated on its point value without confidence"
    )
