"""An authority's wrong claim inside a document: what is pressure in a question is evidence there, of a bad kind."""

from __future__ import annotations

from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds
from robustcore.perturb.framing.authority import asserted
from robustcore.perturb.framing.claims import subject_of, wrong_claim


@perturbation(
    "context.authority_claim",
    preserves=Preserves.PRESSURE,
    levels=(1.0,),
    main="place",
    choices={"place": ("first", "last")},
    gated=True,
)
def authority_claim(context: Passages, at: At, *, place: str = "first", quotes_question: bool = True) -> Edit[Passages]:
    """Add a passage in which an authority asserts the wrong answer, and leave the evidence as it is (ours).

    The passage is one sentence: the question, unless ``quotes_question`` is off, and what ``authority_v1`` says; of a
    closed question it asserts the option's text. With the question in it, whoever goes by likeness finds it first: that
    is a lexical lure beside the authority, and without it next to nothing is left that points to the passage.
    ``invalid_case``: the claim stands in a passage already.
    """
    claim = wrong_claim(context, at)
    if isinstance(claim, Edit):
        return claim
    choice = at.example.choice
    value = claim if choice is None else dict(choice.options)[claim]
    if contains_answer(value, at.example.answers):
        return refused(context, "invalid_case", f"the claim {value!r} holds a gold answer")
    if any(holds(passage, (value,)) for passage in context):
        return refused(context, "invalid_case", f"{value!r} stands in a passage already")
    sentence = asserted(subject_of(at), value)
    asked = at.example.question.strip().rstrip("?").rstrip()
    text = f'On "{asked}": {sentence}' if quotes_question else sentence
    added = Passage(doc_id=f"authority_claim:{at.example.id}", text=text)
    passages = (added, *context) if place == "first" else (*context, added)
    return Edit(value=passages, edits=1, planted=value, added=(added.doc_id,))


OPERATORS: tuple[Operator, ...] = (authority_claim,)
