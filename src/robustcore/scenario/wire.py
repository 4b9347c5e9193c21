"""The file as written: pydantic models that mirror one YAML document. Nothing outside `scenario` sees them.

Importing this module imports pydantic, so only code that already holds a YAML file does it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from robustcore.scenario.wire_values import (
    GIVEN,
    UNIT,
    By,
    Grade,
    Label,
    Name,
    Share,
    Tag,
    Target,
    Text,
    given,
    one_or_more,
    perturb_item,
    refuse,
    rising,
    short,
    version,
)

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
    use: Annotated[Target | None, GIVEN] = Field(
        default=None, description="embedded, model, the name of a system, or package.module:attribute"
    )
    http: Annotated[Text | None, GIVEN] = Field(default=None, description="the URL of a deployed service")
    version: Text = Field(default="", description="lets later sessions reuse what this version answered")
    options: dict[str, Any] = Field(default_factory=dict, description="handed to the factory")
    body: Annotated[dict[str, Any] | None, GIVEN] = Field(
        default=None, description="the JSON that is sent, with {question} in one of its texts"
    )
    answer: Annotated[Text | None, GIVEN] = Field(
        default=None, description="where the answer stands in the JSON reply, like choices.0.message.content"
    )
    contexts: Annotated[Text | None, GIVEN] = Field(
        default=None, description="where the passages stand in the reply, like docs.*.text"
    )
    citations: Annotated[Text | None, GIVEN] = Field(default=None, description="where the citations stand in the reply")
    method: Annotated[Literal["POST", "PUT", "GET"] | None, GIVEN] = Field(
        default=None, description="POST if left out; under GET the body becomes the query parameters"
    )
    headers: Annotated[dict[str, str] | None, GIVEN] = Field(
        default=None, description="sent with every request; ${NAME} is read from the environment"
    )
    timeout: Annotated[float | None, GIVEN] = Field(default=None, ge=0.1, description="seconds for one attempt")
    concurrency: Annotated[int | None, GIVEN] = Field(
        default=None, ge=1, le=1000, description="requests under way at once"
    )
    retries: Annotated[int | None, GIVEN] = Field(
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
            raise refuse(what, f"write use: embedded, or {_HTTP_EXAMPLE}")
        if self.use is not None and self.of_http:
            keys = ", ".join(repr(key) for key in self.of_http)
            raise refuse(f"{keys} belong to 'http', and the system is {self.use!r}", f"write {_HTTP_EXAMPLE}")
        if self.http is not None:
            missing = [key for key in ("body", "answer") if getattr(self, key) is None]
            if missing:
                what = f"a system behind 'http' needs {' and '.join(map(repr, missing))} too"
                raise refuse(what, f"write {_HTTP_EXAMPLE}")
            if self.options:
                raise refuse("'options' are for a factory: a service behind 'http' is handed none", "remove them")
        return self


class Data(_Wire):
    """Documents and questions."""

    corpus: Annotated[list[Text], *one_or_more({"type": "string", "minLength": 1})] = Field(
        description="bundled names, or files and folders relative to this file"
    )
    questions: Annotated[Text | None, GIVEN] = Field(
        default=None, description="a file with the questions, relative to this file"
    )
    calibration: Annotated[Text | None, GIVEN] = Field(
        default=None, description="questions that set thresholds and are never scored"
    )
    format: Text = Field(default="auto", description="how the files are read; auto goes by name and content")
    sample: int = Field(default=0, ge=0, description="draw that many questions; 0 takes all")
    seed: int = Field(default=0, ge=0, description="decides which questions are drawn")
    tags: list[Text] = Field(default_factory=list, description="keep questions that carry one of these tags")


class _Bounds(_Wire):
    at_least: Annotated[float | None, GIVEN] = Field(
        default=None, alias="at-least", description="the value must not be lower"
    )
    at_most: Annotated[float | None, GIVEN] = Field(
        default=None, alias="at-most", description="the value must not be higher"
    )


class Each(_Bounds):
    """What every single case must meet."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _EACH_KINDS})
    invariant: Annotated[Text | None, GIVEN] = Field(
        default=None, description="this measure is at least as good as on the clean twin"
    )
    measure: Annotated[Text | None, GIVEN] = Field(default=None, description="this measure keeps the bound")

    @model_validator(mode="after")
    def _one_kind(self) -> Each:
        bounded = self.at_least is not None or self.at_most is not None
        if (self.invariant is None) == (self.measure is None):
            raise refuse("'each' needs either 'invariant' or 'measure'", "write each: {invariant: answer_correct}")
        if self.invariant is not None and bounded:
            fix = "remove the bound, or write 'measure' in place of 'invariant'"
            raise refuse("'invariant' compares with the clean twin and takes no bound", fix)
        if self.measure is not None and not bounded:
            raise refuse("'measure' needs 'at-least' or 'at-most'", f"write {{measure: {self.measure}, at-least: 1}}")
        return self


class Group(_Bounds):
    """A gate on the whole group of cases, or on each cell of it."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["at-least"]}, {"required": ["at-most"]}]})
    measure: Text = Field(description="m, pass_rate, drop_abs(m), drop_rel(m), union(m) or worst_case(m)")
    by: Annotated[list[By], *one_or_more({"enum": ["perturbation", "severity", "family"]})] = Field(
        default_factory=list, description="one verdict per cell"
    )
    confidence: float = Field(default=0.95, ge=0.5, le=0.999, description="of the one-sided limit that is compared")
    max_unscored: Share = Field(default=0.02, description="share of cases that may be lost to infrastructure")
    inconclusive: Literal["fail", "warn"] = Field(default="fail", description="what an undecided gate does")

    @model_validator(mode="after")
    def _one_bound(self) -> Group:
        if (self.at_least is None) == (self.at_most is None):
            given = "neither" if self.at_least is None else "both"
            fix = f"write group: {{measure: {self.measure}, at-least: 0.8}}"
            raise refuse(f"a group needs exactly one of 'at-least' and 'at-most', not {given}", fix)
        if len(set(self.by)) < len(self.by):
            raise refuse("'by' names the same thing twice")
        return self


class Expectation(_Wire):
    """One expectation, of single cases or of the group."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["each"]}, {"required": ["group"]}]})
    each: Annotated[Each | None, GIVEN] = None
    group: Annotated[Group | None, GIVEN] = None

    @model_validator(mode="after")
    def _one_kind(self) -> Expectation:
        if (self.each is None) == (self.group is None):
            raise refuse("an expectation is either 'each: {...}' or 'group: {...}'", "start another item with '- '")
        return self


class Beside(_Wire):
    """What may stand beside the name in an item of ``perturb``."""

    severity: Annotated[list[Share] | None, *one_or_more(UNIT)] = Field(
        default=None, description="in place of the scenario's"
    )
    label: Annotated[Label | None, GIVEN] = Field(default=None, description="names this alternative in ids and reports")


def _used(value: Any) -> Any:
    given(value)
    if not isinstance(value, str | dict):
        raise refuse("'use' must be the name of a recipe or 'name: {options}'", "write use: rare")
    return value


def _or_used(value: Any, listed: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Let ``perturb`` be left out (the empty tuple) where a recipe brings the conditions."""
    if value != ():
        return listed(value)
    if info.data.get("use", _used) is None:
        raise refuse("the key 'perturb' is missing", "list what to perturb, or take a recipe: use: rare")
    return []


class ScenarioFile(_Wire):
    """One scenario."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["perturb"]}, {"required": ["use"]}]})
    robust: Annotated[Literal[1], BeforeValidator(version)] = Field(description="version of the file format")
    name: Name = Field(description="becomes the name of the test")
    claim: str = Field(default="", description="one sentence: what holds if this passes")
    system: Annotated[System | None, BeforeValidator(short("system", "use", "system: pkg.mod:attr"))] = None
    data: Annotated[Data | None, BeforeValidator(short("data", "corpus", "data: handbook"))] = None
    tags: list[Tag] = Field(default_factory=list, description="become pytest marks")
    use: Annotated[Any, AfterValidator(_used)] = Field(
        default=None,
        description="a recipe that brings conditions, measures, gates and limits; expect replaces its gates",
    )
    perturb: Annotated[
        list[Annotated[Any, AfterValidator(perturb_item)]], Field(min_length=1), WrapValidator(_or_used)
    ] = Field(
        default_factory=tuple,
        validate_default=True,
        description="alternatives, each with its own cases; clean is the question as it is",
    )
    severity: Annotated[list[Share] | None, *one_or_more(UNIT)] = Field(
        default=None, description="strengths from 0 (identity) to 1; 1, or a discrete operator's strongest, if left out"
    )
    replicates: int = Field(default=1, ge=1, le=1000, description="how often each case is asked")
    measures: list[Text] = Field(default_factory=list, description="what is measured; those in expect are added")
    expect: list[Expectation] = Field(default_factory=list, description="what must hold")
    limits: list[Text] = Field(default_factory=list, description="what to bear in mind, printed with the results")
    grades: Annotated[dict[Grade, float], AfterValidator(rising)] = Field(
        default_factory=dict, description="the largest loss that earns each grade, best first: {A: 0.02, B: 0.05}"
    )
    items: Literal["case", "group"] = Field(default="case", description="one pytest item per case, or per group")
    axis: Literal["query", "none"] = Field(
        default="query", description="none: a hand-written list, gated on its point value without confidence"
    )
