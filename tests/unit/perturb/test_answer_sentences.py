"""The sentences that state the answer go; the ones that merely look like it stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from robustcore.corpus.records import Example, Passage
from robustcore.perturb.context.answer_sentences import remove_answer_sentences
from robustcore.perturb.edit import At

Make = Callable[..., tuple[Passage, ...]]


def test_every_stating_sentence_goes_from_every_passage_and_the_rest_stays(
    place: Callable[..., At], passages: Make
) -> None:
    edit = remove_answer_sentences.apply(passages("ferry", "echo", "port"), place())
    assert [(p.doc_id, p.text) for p in edit.value] == [
        ("ferry", "The line runs fourteen ships. The harbour master kept the count."),
        ("port", "The port of Hellvik opened in spring and is never closed."),
    ]
    assert (edit.removed, edit.edits) == (("echo",), 2)  # of "echo" nothing is left


def test_case_does_not_save_a_sentence_nor_a_title(place: Callable[..., At]) -> None:
    asked = Example(id="q", question="Who signed?", answers=("Halvard Brekke",), gold_doc_ids=("d",))
    text = "HALVARD BREKKE signed. Halvard Lund was asked to sign, too. It was signed by halvard brekke, they say."
    given = (Passage(doc_id="d", text=text, title="On Halvard Brekke"),)
    edit = remove_answer_sentences.apply(given, place(example=asked))
    assert [(p.title, p.text) for p in edit.value] == [("", "Halvard Lund was asked to sign, too.")]
    assert edit.edits == 3


def test_another_shape_of_the_answer_or_one_across_sentences_is_undecided(place: Callable[..., At]) -> None:
    asked = Example(id="q", question="?", answers=("Norman",), gold_doc_ids=("d",))
    given = (Passage(doc_id="d", text="He was Norman. So the Normans came."),)
    assert remove_answer_sentences.apply(given, place(example=asked)).status == "undecided_case"
    across = replace(asked, answers=("Lund. Brekke", "Ann"))
    given = (Passage(doc_id="d", text="Ann left. It was Lund. Brekke stayed."),)
    assert remove_answer_sentences.apply(given, place(example=across)).status == "undecided_case"


def test_what_cannot_be_removed_says_why(place: Callable[..., At], passages: Make, example: Example) -> None:
    given = passages("ferry", "port")
    cases = {
        "noop": (passages("port"), example),
        "not_applicable": (given, replace(example, answerable=False)),
        "no_oracle": (given, replace(example, answers=())),
    }
    for status, (value, asked) in cases.items():
        edit = remove_answer_sentences.apply(value, place(example=asked))
        assert (edit.status, edit.value) == (status, value)
        assert edit.note
    abstract = replace(example, answers=("six dozen",))
    assert remove_answer_sentences.apply(given, place(example=abstract)).status == "no_oracle"
