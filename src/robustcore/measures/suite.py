"""Suite aggregates: one number over several conditions of a scenario, by name, as a pure fold over stored rows.

A measure scores one case; a suite such as ``rare_met.query`` or ``failsafe.robustness`` says which rows of which
measures it reads, by the operators of their conditions, and what it makes of them. What is in brackets selects
(``rare_met.cell[character,gold]``), what is in parentheses are options (``failsafe.llmc(threshold=5)``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any, ClassVar

from robustcore.errors import InputError, Problem, UnknownNameError, suggest
from robustcore.measures.base import Status, options_of
from robustcore.stats.means import mean_estimate
from robustcore.stats.rows import Estimate, Row

_RARE, _FAILSAFE = "robustcore.measures.rare_met_suite:RareMet", "robustcore.measures.failsafe_suite:FailSafe"
_NOISY = "robustcore.measures.noisy_suite:Noisy"
_PLACEMENT = "robustcore.measures.placement_suite:Placement"
_DER2 = "robustcore.measures.der2_suite:Der2"
_DER2_PARTS = (
    *("score", "rloss", "doc_to_concept_loss", "noise_loss", "knowledge_loss", "load_loss", "identity"),
    *("mode_switch_fragile", "mode_switch_share", "concept_precision", "concept_recall", "error_rate"),
)
_RANK, _CERT = "robustcore.measures.rank_suite", "robustcore.measures.certificate_suite"
_CURVE, _STYLE = "robustcore.measures.curve_suite", "robustcore.measures.style_suite"
_PARROT: Mapping[str, str] = MappingProxyType(
    {
        "Parrot": "follow base_accuracy manip_accuracy accuracy_drop delta_conf delta_p_gold delta_p_asserted "
        "base_brier manip_brier delta_brier base_ece manip_ece delta_ece",
        "ParrotOurs": "follow_conditional resistance unparsed excess_follow hint_gain robust_correct "
        "sycophantic_compliance eroded_correctness reinforced_error stubborn_error convergent_error self_correction "
        "confused_drift",
        "BySubject": "subject",
    }
)
_DRIFT: Mapping[str, str] = MappingProxyType(
    {
        "Drift": "signed flip_rate mean_abs max_abs",
        "DriftOurs": "cohens_h abs_excess rule_accuracy equivalence outlying scenario",
    }
)
_SHIPPED: Mapping[str, str] = MappingProxyType(
    {
        **{f"rare_met.{part}": _RARE for part in ("overall", "query", "document", "real_world", "cell", "union")},
        "rare_met.knowledge_rate": _RARE,
        **{f"failsafe.{part}": _FAILSAFE for part in ("compliant", "robustness", "grounding", "llmc")},
        "failsafe.mean_compliance": _FAILSAFE,
        **{f"noisy.{part}": _NOISY for part in ("score", "drop_rel", "drop_abs", "pass_at_k", "pass_hat_k")},
        **{f"placement.{part}": _PLACEMENT for part in ("fell", "retriever_displaced", "reader_misled", "both")},
        **{
            f"{name}.{part}": f"robustcore.measures.{name}_suite:{kind}"
            for name, kinds in (("parrot", _PARROT), ("drift", _DRIFT))
            for kind, parts in kinds.items()
            for part in parts.split()
        },
        **{f"der2.{part}": _DER2 for part in _DER2_PARTS},
        **{
            f"rank.{part}": f"{_RANK}:RankTask" for part in ("vndcg", "worst_mean", "ood_change", "query_attack_change")
        },
        "rank.first_lost": f"{_RANK}:FirstLost",
        "cert.violations": f"{_CERT}:Violations",
        "cert.conformal_depth": f"{_CERT}:ConformalDepth",
        "style.ri": f"{_STYLE}:StyleIndex",
        **{f"curve.{part}": f"{_CURVE}:Curve" for part in ("apd", "nipd")},
        "stability": f"{_CURVE}:Stability",
    }
)
LISTED = 4  # parts of an aggregate that are named; of more only the number is told
_SPELLED = re.compile(
    r"\s*([a-z_][a-z0-9_]*(?:\.[a-z_0-9]+)?)(?:@([1-9]\d*))?\s*(?:\[([^\[\]]*)\])?\s*(?:\((.*)\))?\s*", re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Base of suite aggregates. ``base`` is the name without brackets; the other fields of subclasses are options.

    ``tag`` keeps the questions that carry it (a task kind, a hop pattern, a domain). A subclass gives the names of the
    ``measures`` it folds, `reads` (which conditions, by their family), `fold`, `parts`, and overrides `estimate` where
    the aggregate is no mean.
    """

    status: ClassVar[Status] = "PAPER"
    higher_is_better: ClassVar[bool] = True
    share: ClassVar[bool] = True  # within its `span`, and so is any threshold
    base: str = field(metadata={"option": False})
    selector: tuple[str, ...] = field(default=(), metadata={"option": False})
    tag: str = ""

    @property
    def name(self) -> str:
        """Return the canonical name: selector in brackets, options that differ from their defaults in parentheses."""
        changed = [f"{f.name}={getattr(self, f.name)}" for f in options_of(self) if getattr(self, f.name) != f.default]
        chosen = f"[{','.join(self.selector)}]" if self.selector else ""
        return f"{self.base}{chosen}({', '.join(changed)})" if changed else f"{self.base}{chosen}"

    @property
    def part(self) -> str:
        """Return the name without its family: ``query`` of ``rare_met.query``."""
        return self.base.partition(".")[2]

    @property
    def options(self) -> dict[str, Any]:
        """Return every option with its value."""
        return {f.name: getattr(self, f.name) for f in options_of(self)}

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the names of the measures whose rows are folded."""
        raise NotImplementedError(f"{type(self).__name__} does not say which measures it folds")

    @property
    def span(self) -> tuple[float, float]:
        """Return the least and the greatest value there can be; below 0 it is a difference over matched pairs."""
        return 0.0, 1.0

    @property
    def is_mean(self) -> bool:
        """Say whether the aggregate is the plain mean of what `fold` gives: only then may a gate stop early."""
        return True

    @property
    def foreseen(self) -> bool:
        """Say whether the number of questions that a gate needs can be told beforehand."""
        return True

    def reads(self, family: str) -> bool:
        """Say whether rows of a condition with these operators (`Row.family`) can matter."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it reads")

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return one row per value that is averaged; ``condition`` is the part of the aggregate that it fills."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it folds")

    def parts(self) -> tuple[str, ...]:
        """Return the parts that the aggregate is meant to cover, as `fold` names them."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it covers")

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate of the rows of `measures` with limits over clusters; null where nothing is scored."""
        return mean_estimate(self.fold(rows), confidence, sampled=sampled)

    def complete(self, rows: Iterable[Row]) -> bool:
        """Say whether every part has a value in ``rows``."""
        return set(self.parts()) <= {row.condition for row in self.fold(rows) if row.value is not None}

    def covers(self, rows: Iterable[Row]) -> str:
        """Return what the aggregate of ``rows`` really covers, in words."""
        wanted = self.parts()
        scored = {row.condition for row in self.fold(rows) if row.value is not None}
        there = [part for part in wanted if part in scored]
        missing = [part for part in wanted if part not in scored]
        if len(wanted) == 1:
            return wanted[0] if there else f"nothing of {wanted[0]}"
        if not missing:
            return f"all {len(wanted)} parts"
        if not there:
            return f"none of {len(wanted)} parts"
        if len(missing) <= LISTED:
            return f"{len(there)} of {len(wanted)} parts; without {', '.join(missing)}"
        return f"{', '.join(there) if len(there) <= LISTED else len(there)} of {len(wanted)} parts"

    def spread(self, rows: Sequence[Row]) -> tuple[Suite, ...]:
        """Return the aggregates that a report shows for this one: itself, or one for each group that ``rows`` have."""
        return (self,)

    def tagged(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows of questions that carry ``tag``, all without one."""
        return [row for row in rows if not self.tag or self.tag in row.tags]


def suite_names() -> tuple[str, ...]:
    """Return the names of the shipped suite aggregates, without brackets and options."""
    return tuple(_SHIPPED)


def is_suite(text: str) -> bool:
    """Say whether ``text`` is spelled like a suite aggregate that exists; its brackets and options may be wrong."""
    found = _SPELLED.fullmatch(text)
    return found is not None and found[1] in _SHIPPED


def parse_suite(text: str) -> Suite:
    """Return the suite aggregate called ``text``; its own ``name`` is canonical and reads back.

    Raises `UnknownNameError` with the choices, `InputError` for a selector or an option that cannot be.
    """
    from robustcore.measures.registry import read_options

    found = _SPELLED.fullmatch(text)
    if found is None or found[1] not in _SHIPPED:
        fix = suggest(text, _SHIPPED)
        raise UnknownNameError(Problem(what=f"unknown suite aggregate {text!r}", choices=suite_names(), fix=fix))
    module, _, attribute = _SHIPPED[found[1]].partition(":")
    factory: Callable[..., Suite] = getattr(import_module(module), attribute)
    selector = tuple(part.strip() for part in (found[3] or "").split(",") if part.strip())
    options = read_options(found[1], factory, found[4] or "")
    if found[2] is not None:
        options.update(read_options(found[1], factory, f"k={found[2]}"))
    return factory(base=found[1], selector=selector, **options)


def check_selector(suite: Suite, choices: Sequence[Sequence[str]], *, least: int, most: int) -> None:
    """Raise `InputError` unless the selector has from ``least`` to ``most`` parts, each among the choices of its place.

    ``choices`` has one list per place, the last of which serves all further places; an empty list accepts anything.
    """
    selector = suite.selector
    if not least <= len(selector) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        what = f"{suite.base}: {wanted} name{'s' * (most != 1)} belong in brackets, not {len(selector)}"
        raise InputError(Problem(what=what, fix=f"write {suite.base}[{','.join(c[0] for c in choices if c)}]"))
    for place, name in enumerate(selector):
        allowed = choices[min(place, len(choices) - 1)]
        if allowed and name not in allowed:
            what = f"{suite.base}: {name!r} cannot stand in brackets here"
            raise InputError(Problem(what=what, choices=tuple(allowed), fix=suggest(name, allowed)))
