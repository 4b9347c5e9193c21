"""The mirror hands over gold documents and near ones, and shows what an edit makes of them."""

from __future__ import annotations

from robustcore.calls.flows import run_alone
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import TransparentSystem
from robustcore.systems.mirror import PASSAGES, Mirror

CORPUS = Corpus.of(
    [*(Doc(id=f"d{i}", text=f"The boat number {i} sails.") for i in range(9)), Doc(id="gold", text="Red.")]
)
ASKED = Example(id="q", question="Which boat sails?", answers=("red",), gold_doc_ids=("gold",))


def _ids(mirror: Mirror, *hidden: str) -> list[str]:
    found = run_alone(mirror.retrieve(ASKED.question, corpus=CorpusEdit(hide=hidden), replicate=0))
    return [passage.doc_id for passage in found]


def test_gold_is_among_the_passages_even_if_it_shares_no_word_with_the_question() -> None:
    found = _ids(Mirror(example=ASKED, corpus=CORPUS))
    assert len(found) == PASSAGES
    assert found[-1] == "gold"


def test_a_hidden_document_is_replaced_by_the_next() -> None:
    mirror = Mirror(example=ASKED, corpus=CORPUS)
    found = _ids(mirror, "gold", "d0")
    assert len(found) == PASSAGES
    assert not {"gold", "d0"} & set(found)


def test_its_answer_shows_the_passages_it_was_given() -> None:
    given = (Passage(doc_id="x", text="y"),)
    answer = run_alone(Mirror(example=ASKED, corpus=CORPUS).read("?", given, replicate=0))
    assert (answer.text, answer.passages) == ("", given)


def test_without_documents_only_questions_can_be_edited() -> None:
    mirror = Mirror(example=ASKED, corpus=Corpus())
    assert mirror.points == {"question", "framing", "history"}
    assert _ids(mirror) == []
    assert isinstance(mirror, TransparentSystem)
