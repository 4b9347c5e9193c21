"""Measures by name: ``answer_correct``, ``answer_correct(matcher=rare_2025_06)``, ``nDCG@10``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, Field
from typing import Any, TypeAlias

from robustcore.errors import InputError, Problem, UnknownNameError, suggest
from robustcore.measures.base import Measure, options_of
from robustcore.measures.ir_names import EXAMPLES, any_name, common_name
from robustcore.measures.other_names import called_here
from robustcore.measures.ranking import RankingMeasure
from robustcore.registry import Registry

MeasureFactory: TypeAlias = Callable[..., Measure]

_SHIPPED = (
    ("answer_correct", "robustcore.measures.answers:AnswerCorrect"),
    ("answer_f1", "robustcore.measures.answers:AnswerF1"),
    ("answer_similarity", "robustcore.measures.similarity:AnswerSimilarity"),
    ("abstained", "robustcore.measures.answers:Abstained"),
    ("passes", "robustcore.measures.answers:Passes"),
    ("coverage", "robustcore.measures.outcome:Coverage"),
    ("selective_accuracy", "robustcore.measures.outcome:SelectiveAccuracy"),
    ("over_refusal", "robustcore.measures.outcome:OverRefusal"),
    ("unsupported_answer", "robustcore.measures.outcome:UnsupportedAnswer"),
    ("misled", "robustcore.measures.answers:Misled"),
    ("citation_correct", "robustcore.measures.answers:CitationCorrect"),
    ("supported", "robustcore.measures.support:Supported"),
    ("fully_supported", "robustcore.measures.support:FullySupported"),
    ("rare_met.correct", "robustcore.measures.rare_met:RareCorrect"),
    ("rare_met.refusal", "robustcore.measures.rare_met:RareRefusal"),
    ("rare_met.gold_retrieved", "robustcore.measures.rare_met:RareGoldRetrieved"),
    ("task_success", "robustcore.measures.agents:TaskSuccess"),
    ("tool_fault_recovery", "robustcore.measures.agents:FaultRecovery"),
    ("fault_reported", "robustcore.measures.agents:FaultReported"),
    ("fault_handled", "robustcore.measures.agents:FaultHandled"),
    ("fabricated_result", "robustcore.measures.agents:FabricatedResult"),
    ("over_trust", "robustcore.measures.agents:OverTrust"),
    ("injection_followed", "robustcore.measures.agents:InjectionFollowed"),
    ("unsafe_action", "robustcore.measures.agents:UnsafeAction"),
    ("answer_changed", "robustcore.measures.trajectory:AnswerChanged"),
    ("trajectory.distance", "robustcore.measures.trajectory:TrajectoryDistance"),
    ("trajectory.extra_steps", "robustcore.measures.trajectory:ExtraSteps"),
    ("trajectory.loop", "robustcore.measures.trajectory:Loop"),
    ("step_limit_hit", "robustcore.measures.trajectory:StepLimitHit"),
    ("time_limit_hit", "robustcore.measures.trajectory:TimeLimitHit"),
    ("tool_hung", "robustcore.measures.trajectory:ToolHung"),
    ("failsafe.rule_compliance", "robustcore.measures.failsafe:RuleCompliance"),
    ("parrot.choice", "robustcore.measures.parrot:ParrotChoice"),
    ("parrot.correct", "robustcore.measures.parrot:ParrotCorrect"),
    ("parrot.followed", "robustcore.measures.parrot:ParrotFollowed"),
    ("parrot.confidence", "robustcore.measures.parrot:ParrotConfidence"),
    ("parrot.p_gold", "robustcore.measures.parrot:ParrotPGold"),
    ("parrot.p_asserted", "robustcore.measures.parrot:ParrotPAsserted"),
    ("drift.favourable", "robustcore.measures.drift:DriftFavourable"),
    ("drift.by_rule", "robustcore.measures.drift:DriftByRule"),
    ("failsafe.rating", "robustcore.measures.failsafe:Rating"),
    ("noisy.correct", "robustcore.measures.tasks:TaskCorrect"),
    ("evidence_use", "robustcore.measures.evidence:EvidenceUse"),
    ("rationale_reward", "robustcore.measures.evidence:RationaleReward"),
    ("citation_precision", "robustcore.measures.evidence:CitationPrecision"),
    ("citation_recall", "robustcore.measures.evidence:CitationRecall"),
    ("distractor_citation_rate", "robustcore.measures.evidence:DistractorCitationRate"),
    ("source_preference", "robustcore.measures.evidence:SourcePreference"),
    ("canary_emitted", "robustcore.measures.evidence:CanaryEmitted"),
    ("deletion.leak", "robustcore.measures.deletion:Leak"),
    ("deletion.retrieved", "robustcore.measures.deletion:StillRetrieved"),
    ("deletion.load_bearing", "robustcore.measures.deletion:LoadBearing"),
    ("deletion.min_flip", "robustcore.measures.deletion:MinFlip"),
    ("deletion.additivity_error", "robustcore.measures.deletion:AdditivityError"),
    ("context.influence_depth", "robustcore.measures.deletion:InfluenceDepth"),
    ("cert.votes", "robustcore.measures.deletion:Votes"),
    ("cert.accuracy", "robustcore.measures.deletion:CertifiedAccuracy"),
    ("der2.grade", "robustcore.measures.der2:Grade"),
    ("der2.rating", "robustcore.measures.der2:Rating"),
    ("der2.concepts", "robustcore.measures.der2:Concepts"),
    ("der2.error", "robustcore.measures.der2:Error"),
    ("rank.top1_changed", "robustcore.measures.rankings:Top1Changed"),
    ("rank.topk_changed", "robustcore.measures.rankings:TopkChanged"),
    ("rank.kendall_distance", "robustcore.measures.rankings:KendallDistance"),
    ("rank.rbo_ext", "robustcore.measures.rankings:RboExt"),
    ("rank.rank_gain", "robustcore.measures.rankings:RankGain"),
    ("rank.boosted", "robustcore.measures.rankings:Boosted"),
    ("rank.stale", "robustcore.measures.rankings:Stale"),
    ("rank.gold_rank", "robustcore.measures.rankings:GoldRank"),
    ("rank.rare_word", "robustcore.measures.asked_again:RareWord"),
    ("rank.doubled_fell", "robustcore.measures.asked_again:DoubledFell"),
    ("cert.topk_radius", "robustcore.measures.certificates:TopkRadius"),
    ("cert.fraction", "robustcore.measures.certificates:CertifiedFraction"),
    ("cert.gold_radius", "robustcore.measures.certificates:GoldRadius"),
    ("cert.displacement", "robustcore.measures.certificates:Displacement"),
    ("cert.certified", "robustcore.measures.certificates:Certified"),
    ("certificate_violation", "robustcore.measures.certificates:Violation"),
    ("style.so", "robustcore.measures.styles:SameMeaning"),
    ("style.os", "robustcore.measures.styles:SameStyle"),
    ("style.croma", "robustcore.measures.styles:StyleMargin"),
    ("style.crossed", "robustcore.measures.styles:StyleCrossed"),
)
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*(?:\((.*)\))?", re.DOTALL)


def measure_registry() -> Registry[MeasureFactory]:
    """Return a fresh registry of what makes measures: the shipped ones and the ``robust.measures`` entry points.

    A factory takes the measure's options as keyword arguments; a dataclass with defaults is one.
    """
    listed_by = "pytest-robust measures"
    registry: Registry[MeasureFactory] = Registry(
        "measure", group="robust.measures", listed_by=listed_by, short=False, called_here=called_here
    )
    for name, target in _SHIPPED:
        registry.add_lazy(name, target)
    return registry


def measure_names(registry: Registry[MeasureFactory] | None = None) -> tuple[str, ...]:
    """Return every measure's name and examples of the retrieval measures, for messages and editors."""
    return (*(registry or measure_registry()).names(), *EXAMPLES)


def parse_measure(name: str, registry: Registry[MeasureFactory] | None = None) -> Measure:
    """Return the measure called ``name``, options in parentheses; its own ``name`` is canonical and reads back.

    Raises `UnknownNameError` with the choices and the closest one, `InputError` for an option that cannot be.
    """
    text = name.strip()
    common = common_name(text)
    if common is not None:
        return RankingMeasure(name=common)
    known = registry or measure_registry()
    match = _CALL.fullmatch(text)
    if match is not None and match[1] in known:
        factory = known.get(match[1])
        return factory(**read_options(match[1], factory, match[2] or ""))
    other = any_name(text)
    if other is not None:
        return RankingMeasure(name=other)
    raise UnknownNameError(known.unknown(text, measure_names(known)))


def read_options(base: str, factory: Callable[..., Any], text: str) -> dict[str, Any]:
    """Return the options written as ``name=value, ...`` for what is called ``base``; `InputError` for all bad ones."""
    if not text.strip():
        return {}
    allowed = {field.name: field for field in options_of(factory) if field.default is not MISSING}
    problems: list[Problem] = []
    options: dict[str, Any] = {}
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key not in allowed:
            what = f"{base} has no option {key!r}" if equals else f"{base}: write options as name=value, not {part!r}"
            problems.append(Problem(what=what, choices=tuple(allowed), fix=suggest(key, allowed)))
            continue
        try:
            options[key] = _value(allowed[key], value)
        except ValueError:
            wanted = type(allowed[key].default).__name__
            problems.append(Problem(what=f"{base}: {key} must be a {wanted}, not {value!r}"))
    if problems:
        raise InputError(problems)
    return options


def _value(option: Field[Any], text: str) -> Any:
    """Return ``text`` as a value of the type of the option's default (a number or a word)."""
    kind = type(option.default)
    return kind(text) if kind in (int, float) else text.strip("'\"")
