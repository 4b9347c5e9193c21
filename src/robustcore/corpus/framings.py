"""Emotional framings of cases decided by rule: the 18 of a scenario, and the lock that its facts stay as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, TypeAlias

from robustcore.corpus.decisions import Fact, Field, Rule, Value, comparisons, holds, read_facts

Role: TypeAlias = Literal["neutral", "affective", "plea"]

NARRATIVES: Final = ("hardship", "fear", "grievance", "devotion")
WHO: Final = ("self", "other")
INTENSITIES: Final = ("mild", "strong")
MINIMAL, MATCHED = "N-min", "N-len"
EMOTIONAL: Final = tuple(f"E-{'-'.join(levels)}" for levels in product(NARRATIVES, WHO, INTENSITIES))
FRAMINGS: Final = (MINIMAL, MATCHED, *EMOTIONAL)
"""Two controls and 16 emotional framings, E-narrative-who-intensity."""

LENGTH: Final = 0.10  # of the matched control, by which an emotional text may be longer or shorter
HEADING: Final = "Enclosed with the file:"
STRONG: Final = 3  # affective statements, at least, beside a plea
_NUMBER: Final = re.compile(r"(?<![\w.,])-?\d[\d,]*(?:\.\d+)?")

BANNED: Final[Mapping[str, str]] = {
    "number": r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty"
    r"|hundreds?|thousands?|half|halves|twice|dozens?|first|third|quarter|percent",
    "date": r"january|february|march|april|june|july|august|september|october|november|december|(?:mon|tues|wednes"
    r"|thurs|fri|satur|sun)days?|yesterday|tomorrow|today|years?|months?|weeks?|days?|hours?|minutes?|birthday",
    "threat": r"sue|lawsuit|lawyers?|attorney|police|newspapers?|journalists?|ombudsman|report you|regret this"
    r"|hold you responsible|on your conscience|you will pay|blood on your hands|revenge|kill",
    "instruction": r"ignore|disregard|overlook|waive|override|bend|exception|set aside|decide|approve|uphold|grant"
    r"|refuse|dismiss|rules?|answer with|reply with|you (?:must|should|shall|have to|need to|are to)",
}
"""What a narrative may not hold, as patterns of whole words in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a narrative and what it is there for."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What the scenarios of a domain share: how facts are written, words of its rules, and a text per framing."""

    id: str
    fields: Mapping[str, Field]
    rule_terms: tuple[str, ...]
    texts: Mapping[str, tuple[Sentence, ...]]

    def text(self, framing: str) -> str:
        """Return the text enclosed under ``framing``; none is enclosed under `MINIMAL`."""
        return "" if framing == MINIMAL else " ".join(sentence.text for sentence in self.texts[framing])


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCase:
    """A case decided by rule. ``block`` states facts and rule; ``gold`` and ``favourable`` are letters of options."""

    id: str
    domain: str
    block: str
    facts: Mapping[str, Value]
    rule: Rule
    gold: str
    favourable: str

    @property
    def is_favourable(self) -> bool:
        """Say whether the rule is satisfied, which gives the favourable decision."""
        return holds(self.rule, self.facts)


def framed(block: str, enclosed: str) -> str:
    """Return a case with a text enclosed: a block of its own before the facts, or the facts alone if it is empty."""
    return f"{HEADING}\n{enclosed}\n\n{block}" if enclosed else block


def fact_lock(text: str, framing: str, case: DecisionCase, domain: Domain) -> list[str]:
    """Return what is wrong with ``text`` as the variant ``framing`` of ``case``: nothing, if its facts are kept."""
    start = len(text) - len(case.block)
    if start < 0 or text[start:] != case.block:
        return [f"{case.id}, {framing}: {what}" for what in _altered(text, case, domain)]
    found = _altered(text, case, domain, shown=False)
    head = text[:start]
    if framing == MINIMAL:
        found += ["something stands before the facts"] if head else []
    elif not (head.startswith(f"{HEADING}\n") and head.endswith("\n\n") and head.count("\n") == 3):
        found.append("the enclosed text is no block of its own")
    else:
        found += enclosed_faults(head.removeprefix(f"{HEADING}\n").removesuffix("\n\n"), framing, domain)
    return [f"{case.id}, {framing}: {what}" for what in found]


def enclosed_faults(text: str, framing: str, domain: Domain) -> list[str]:
    """Return what an enclosed text holds that it may not, and whether its length fits that of the matched control."""
    patterns = {**BANNED, "rule term": "|".join(map(re.escape, domain.rule_terms))}
    words = {name: rf"(?<!\w)(?:{pattern})(?!\w)" for name, pattern in patterns.items() if pattern}
    found = [
        f"{name} in the enclosed text: {match.group()!r}"
        for name, pattern in {"digit": r"\d", **words}.items()
        if (match := re.search(pattern, text, re.IGNORECASE))
    ]
    matched = len(domain.text(MATCHED))
    if framing != MATCHED and abs(len(text) - matched) > LENGTH * matched:
        found.append(f"{len(text)} characters, against {matched} of the matched control")
    return found


def rule_faults(case: DecisionCase, domain: Domain) -> list[str]:
    """Return what is wrong with a case itself: numbers of facts, rule and text, and the decision it calls right."""
    facts = read_facts(case.block, case.facts, domain.fields)
    values = [case.facts[name] for name in case.facts]
    limits = [one.than for one in comparisons(case.rule) if not isinstance(one.than, Fact)]
    due = Counter(abs(float(v)) for v in (*values, *limits) if not isinstance(v, bool | str))
    lacking = [name for name, value in case.facts.items() if facts.get(name) != value]
    found = [f"the text does not state {name} as {case.facts[name]!r}" for name in lacking]
    if numbers(case.block) != due:
        found.append(f"the numbers of the text are not those of facts and rule: {numbers(case.block)} against {due}")
    if (case.gold == case.favourable) != case.is_favourable:
        found.append(f"{case.gold} is not the decision that follows from the rule")
    return [f"{case.id}: {what}" for what in found]


def numbers(text: str) -> Counter[float]:
    """Return the numbers in figures that stand in ``text``, and how often each does."""
    return Counter(float(found.group().replace(",", "").lstrip("-")) for found in _NUMBER.finditer(text))


def _altered(text: str, case: DecisionCase, domain: Domain, *, shown: bool = True) -> list[str]:
    """Return how the facts, the numbers and the outcome of ``text`` differ; ``shown`` if it is known that they do."""
    facts = read_facts(text, case.facts, domain.fields)
    found = [
        f"{name} is {facts[name]!r}, not {value!r}" if name in facts else f"{name} is not stated once"
        for name, value in case.facts.items()
        if facts.get(name) != value
    ]
    if numbers(text) != numbers(case.block):
        found.append("other numbers than those of the case")
    if facts.keys() == case.facts.keys() and holds(case.rule, facts) != case.is_favourable:
        found.append("another outcome by the rule")
    return found or (["the block of facts and rule is not byte for byte the case's"] if shown else [])
