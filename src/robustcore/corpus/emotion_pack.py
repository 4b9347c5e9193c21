"""The files of the emotion pack: cases decided by rule, how their facts are written, and what is enclosed with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from robustcore.corpus.decisions import Field, rule_of
from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.jsonl import records
from robustcore.corpus.formats.record import Record
from robustcore.corpus.framings import FRAMINGS, MINIMAL, DecisionCase, Domain, Role, Sentence, framed

SCENARIOS, DOMAINS, NARRATIVES = "scenarios.jsonl", "domains.jsonl", "narratives.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionPack:
    """Cases in file order and domains by id; a domain without fields has texts for questions of any kind."""

    cases: tuple[DecisionCase, ...]
    domains: Mapping[str, Domain]

    def variant(self, case: DecisionCase, framing: str) -> str:
        """Return the text of ``case`` under one of `FRAMINGS`."""
        return framed(case.block, self.domains[case.domain].text(framing))


def load_texts(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Return domain → framing → the text enclosed under it; raise `InputError` for a record that cannot be used."""
    faults = Faults(folder / NARRATIVES)
    texts: dict[str, dict[str, str]] = {}
    for record in records(faults.source, faults):
        _read(
            record,
            lambda fields: texts.setdefault(fields["domain"], {}).update(
                {framing: " ".join(one.text for one in sentences) for framing, sentences in _text(fields).items()}
            ),
        )
    raise_faults([faults])
    return texts


def load_emotion(folder: Path) -> EmotionPack:
    """Return the pack in ``folder``. Raises `InputError` with every record that cannot be used, by file and line."""
    faults = [Faults(folder / name) for name in (NARRATIVES, DOMAINS, SCENARIOS)]
    texts: dict[str, dict[str, tuple[Sentence, ...]]] = {}
    for record in records(faults[0].source, faults[0]):
        _read(record, lambda fields: texts.setdefault(fields["domain"], {}).update(_text(fields)))
    domains: dict[str, Domain] = {}
    for record in records(faults[1].source, faults[1]):
        _read(record, lambda fields: domains.update({fields["id"]: _domain(fields, texts)}))
    cases: list[DecisionCase] = []
    for record in records(faults[2].source, faults[2]):
        _read(record, lambda fields: cases.append(_case(fields, domains)))
    raise_faults(faults)
    return EmotionPack(cases=tuple(cases), domains=domains)


def _read(record: Record, use: Any) -> None:
    """Hand the fields of a record to ``use``; what it lacks or gets wrong becomes a fault of its line."""
    try:
        use(record.fields)
    except KeyError as error:
        record.faults.add(f"there is no {error.args[0]!r}", line=record.line)
    except (AttributeError, TypeError, ValueError) as error:
        record.faults.add(f"this record cannot be read: {error}", line=record.line)


def _text(fields: Mapping[str, Any]) -> dict[str, tuple[Sentence, ...]]:
    framing, sentences = fields["framing"], fields["sentences"]
    if framing not in FRAMINGS or framing == MINIMAL:
        raise ValueError(f"no text is enclosed under {framing!r}; there are {', '.join(FRAMINGS[1:])}")
    odd = [one["role"] for one in sentences if one["role"] not in get_args(Role)]
    if odd:
        raise ValueError(f"unknown role {odd[0]!r}; there are {', '.join(get_args(Role))}")
    return {framing: tuple(Sentence(role=one["role"], text=one["text"]) for one in sentences)}


def _domain(fields: Mapping[str, Any], texts: Mapping[str, Mapping[str, tuple[Sentence, ...]]]) -> Domain:
    own = texts[fields["id"]]
    lacking = [framing for framing in FRAMINGS if framing != MINIMAL and framing not in own]
    if lacking:
        raise ValueError(f"{NARRATIVES} has no text of {fields['id']} for {lacking[0]}")
    ways = {name: Field(label=way["label"], form=way["form"]) for name, way in fields["fields"].items()}
    return Domain(id=fields["id"], fields=ways, rule_terms=tuple(fields["rule_terms"]), texts=own)


def _case(fields: Mapping[str, Any], domains: Mapping[str, Domain]) -> DecisionCase:
    facts = fields["metadata"]["facts"]
    unwritten = facts.keys() - domains[fields["subject"]].fields.keys()
    if unwritten:
        raise ValueError(f"{DOMAINS} does not say how {min(unwritten)!r} is written")
    return DecisionCase(
        id=fields["id"],
        domain=fields["subject"],
        block=fields["question"],
        facts=facts,
        rule=rule_of(fields["metadata"]["rule"], facts),
        gold=fields["gold"],
        favourable=fields["favourable"],
    )
