"""The two-phase validation of DeR2 (arXiv 2601.21937): items hard without their concepts, possible with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from robustcore.calls.flows import gather
from robustcore.calls.types import Flow
from robustcore.corpus.records import Corpus, Example, Passage
from robustcore.measures.graders import final_part
from robustcore.measures.matching import is_correct

Ask: TypeAlias = Callable[[str, tuple[Passage, ...], int], Flow[str]]
Fate: TypeAlias = Literal["kept", "dropped"]
TRIALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What became of an item and why, with how many of the trials in each phase were right (None: not reached)."""

    item: str
    fate: Fate
    why: str
    instruction: int
    concepts: int | None = None
    documents: int | None = None


def validation(item: Example, corpus: Corpus, ask: Ask, trials: int = TRIALS) -> Flow[Validation]:
    """Return the flow that validates ``item`` with ``trials`` trials a phase; a lost reply raises `FlowError`.

    (1) From the instruction alone all trials must fail: else the concepts are known, or not needed. (2) With the
    concepts at least one must succeed, or the item may have no solution, and at least one fail. If none fails, the
    concepts are swapped for the documents that carry them, and an item that is always right from those is too easy.
    ``ask`` takes task, passages and the number of the trial, and gives a reply whose final part is compared with the
    answers by rule.
    """

    def right(passages: Sequence[Passage]) -> Flow[int]:
        replies = yield from gather([ask(item.question, tuple(passages), trial) for trial in range(trials)])
        return sum(bool(is_correct(final_part(reply), item.answers)) for reply in replies)

    alone = yield from right(())
    if alone:
        return Validation(item=item.id, fate="dropped", why="solved from the instruction alone", instruction=alone)
    stated = [Passage(doc_id=f"concept:{number}", text=text) for number, text in enumerate(item.concepts, 1)]
    helped = yield from right(stated)
    if helped == 0:
        why = "never solved with the concepts: it may have no solution, or the trial models are too weak"
        return Validation(item=item.id, fate="dropped", why=why, instruction=0, concepts=0)
    if helped < trials:
        return Validation(item=item.id, fate="kept", why="hard and possible", instruction=0, concepts=helped)
    docs = [corpus.docs[doc_id] for doc_id in item.gold_doc_ids]
    found = yield from right([Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs])
    fate: Fate = "dropped" if found == trials else "kept"
    easy = "always solved, from the documents, too"
    why = easy if found == trials else "always solved with concepts, not from documents"
    return Validation(item=item.id, fate=fate, why=why, instruction=0, concepts=helped, documents=found)
