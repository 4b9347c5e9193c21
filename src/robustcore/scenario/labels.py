"""Labels of alternatives: as short as they can be while no two in a scenario are the same."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from robustcore.case import CLEAN, Step

_UNSAFE = re.compile(r"[^A-Za-z0-9_.=+,]")


def label_all(alternatives: Sequence[tuple[str, tuple[Step, ...]]]) -> list[str]:
    """Return a label for each ``(given label, steps)``.

    A given label wins; else the operators' short names joined by ``+`` (``a+b``), their full names where two
    operators share a short one, and the options that differ (``conflict-place=first``) where the same operators
    occur twice. Alternatives that are the same in everything get the same label.
    """
    unnamed = [steps for given, steps in alternatives if not given and steps]
    full = _shared_short_names(unnamed)
    bare = [_join(steps, full, {}) for steps in unnamed]
    twice = {name for name, count in Counter(bare).items() if count > 1}
    groups: dict[str, list[tuple[Step, ...]]] = defaultdict(list)
    for name, steps in zip(bare, unnamed, strict=True):
        groups[name].append(steps)
    labels = []
    for given, steps in alternatives:
        if given or not steps:
            labels.append(given or CLEAN.label)
            continue
        name = _join(steps, full, {})
        labels.append(_join(steps, full, _differing(groups[name])) if name in twice else name)
    return labels


def _shared_short_names(chains: Sequence[tuple[Step, ...]]) -> set[str]:
    names: dict[str, set[str]] = defaultdict(set)
    for steps in chains:
        for step in steps:
            names[step.operator.short].add(step.operator.name)
    return {short for short, full in names.items() if len(full) > 1 or short == CLEAN.label}


def _differing(chains: Sequence[tuple[Step, ...]]) -> dict[int, list[str]]:
    """Return, per position in the chain, the options whose values are not the same in all ``chains``."""
    differing: dict[int, list[str]] = {}
    for position, steps in enumerate(zip(*chains, strict=True)):
        options = [step.options for step in steps]
        differing[position] = [key for key in options[0] if any(o[key] != options[0][key] for o in options)]
    return differing


def _join(steps: tuple[Step, ...], full: set[str], differing: dict[int, list[str]]) -> str:
    parts = []
    for position, step in enumerate(steps):
        name = step.operator.name if step.operator.short in full else step.operator.short
        suffix = ",".join(f"{key}={_value(step.options[key])}" for key in differing.get(position, ()))
        parts.append(f"{name}-{suffix}" if suffix else name)
    return "+".join(parts)


def _value(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _UNSAFE.sub("_", text)
