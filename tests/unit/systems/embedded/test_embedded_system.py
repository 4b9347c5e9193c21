from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from embedded_world import DOCS, QUESTIONS, dataset, encoder, rag

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.records import Corpus, Dataset, Example, Passage
from robustcore.endpoints.local.encoder import Encoder
from robustcore.errors import InputError
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import TransparentSystem
from robustcore.systems.embedded import EmbeddedSystem
from robustcore.systems.embedded.rag import REFUSAL, EmbeddedRag

COMMON = "A man walked slowly along the empty road."


def test_it_answers_with_the_words_of_the_sentence_it_cites() -> None:
    for question, gold in QUESTIONS.items():
        answer = rag().ask(question)
        assert not answer.abstained
        (citation,) = answer.citations
        assert gold in citation.text, question
        assert citation.text in next(doc.text for doc in DOCS if doc.id == citation.doc_id)
        assert answer.text in citation.text
        assert gold in answer.text or answer.text in gold, question


def test_it_refuses_what_the_corpus_does_not_speak_about() -> None:
    answer = rag().ask("What is the capital of Mongolia?")
    assert (answer.text, answer.abstained, answer.citations) == (REFUSAL, True, ())
    assert answer.level is not None
    assert answer.level < rag().refuse_below


def test_a_typing_error_in_each_word_does_not_change_the_answer() -> None:
    assert rag().ask("Whne was the Harow Brigde opend?").text == "12 May 1887"


def test_without_repair_the_same_errors_lower_the_level() -> None:
    plain = EmbeddedRag(Corpus.of(DOCS), encoder=encoder(), k=3, refuse_below=0.7, repair_spelling=False)
    misspelt = "Whne was the Harow Brigde opend?"
    assert (plain.ask(misspelt).level or 0) < (rag().ask(misspelt).level or 0)


def test_hidden_documents_are_neither_retrieved_nor_answered_from() -> None:
    question = "Who is the director of the Aldmoor Museum?"
    ((hidden),) = rag().retrieve([question], [["museum"]])
    assert [passage.doc_id for passage in hidden][:1] != ["museum"]
    assert "museum" not in {passage.doc_id for passage in hidden}
    assert len(hidden) == 3
    assert "Veld" not in rag().read([(question, hidden)])[0].text


def test_hiding_everything_leaves_nothing_to_read() -> None:
    everything = [doc.id for doc in DOCS]
    assert rag().retrieve(["When was it opened?"], [everything]) == [()]
    assert rag().read([("When was it opened?", ())])[0].abstained


def test_passages_of_any_text_are_read() -> None:
    new = Passage(doc_id="new", text="The Harrow Bridge was closed on 3 March 2001. Nobody knows why.")
    answer = rag().read([("When was the Harrow Bridge closed?", (new,))])[0]
    assert answer.text == "3 March 2001"
    assert answer.citations[0].doc_id == "new"


@pytest.mark.parametrize("text", ["", "...", "\n\n", "🦉" * 50, "a" * 5000, "? ! ." * 300])
def test_odd_passages_and_questions_never_raise(text: str) -> None:
    passages = (Passage(doc_id="odd", text=text), Passage(doc_id="plain", text=COMMON))
    assert rag().read([("Who walked along the road?", passages), (text, passages)])[0].text
    assert len(rag().retrieve([text])) == 1


def test_the_first_of_two_equal_sentences_is_cited() -> None:
    passages = tuple(Passage(doc_id=name, text=COMMON) for name in ("one", "two"))
    answer = rag().read([("Who walked along the empty road?", passages)])[0]
    assert answer.citations[0].doc_id == "one"


def test_confidence_is_high_where_one_sentence_stands_out() -> None:
    sure = rag().ask("What percentage of the flour comes from Denmark?").confidence
    twice = (Passage(doc_id="a", text="The bridge is red. The bridge is blue."),)
    unsure = rag().read([("What colour is the bridge?", twice)])[0].confidence
    assert sure is not None
    assert unsure is not None
    assert sure > unsure


def test_calibration_refuses_the_share_that_was_asked_for() -> None:
    system = EmbeddedRag(Corpus.of(DOCS), encoder=encoder(), k=3)
    questions = list(QUESTIONS)
    system.calibrate(questions, false_refusals=0.25)
    refused = [bool(answer.abstained) for answer in map(system.ask, questions)]
    assert sum(refused) == 2


def test_building_imports_and_computes_nothing_heavy() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from embedded_world import dataset; "
        "from robustcore.systems.embedded import EmbeddedSystem; "
        "system = EmbeddedSystem.build(dataset()); list(system.endpoints); system.fingerprint; "
        "found = {'torch', 'faiss', 'bm25s', 'Stemmer', 'transformers', 'sentence_transformers'} & set(sys.modules); "
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[4])


def test_a_second_session_is_answered_from_the_ledger_without_an_index(tmp_path: Path) -> None:
    answers = []
    for device in ("cpu", "no such device"):  # the second could not even load the model
        system = EmbeddedSystem.build(dataset(), encoder=Encoder(dtype="fp32", device=device, threads=1), k=3)
        assert isinstance(system, TransparentSystem)
        engine = Engine(Ledger(tmp_path / "ledger"), Run(device))
        engine.add_endpoints(system.endpoints)
        question = "Where was the oven of the bakery built?"
        (found,) = dict(engine.run([(0, system.retrieve(question, corpus=CorpusEdit(), replicate=0))])).values()
        (answer,) = dict(engine.run([(0, system.read(question, found, replicate=0))])).values()
        answers.append(answer)
    assert answers[0] == answers[1]
    assert answers[0].text == "Lyon"


def test_the_fingerprint_follows_corpus_options_encoder_and_calibration() -> None:
    def of(data: Dataset, **options: object) -> str | None:
        return EmbeddedSystem.build(data, **options).fingerprint  # type: ignore[arg-type]

    base = dataset()
    questions = tuple(Example(id=str(n), question=f"What is number {n}?", answers=("x",)) for n in range(40))
    other_corpus = dataclasses.replace(base, corpus=Corpus.of(DOCS[:3]))
    prints = [
        of(base),
        of(base, k=4),
        of(base, refuse_below=0.5),
        of(base, repair_spelling=False),
        of(base, encoder=Encoder(dtype="fp16")),
        of(other_corpus),
        of(dataclasses.replace(base, calibration=questions)),
        of(dataclasses.replace(base, calibration=questions[:35])),
    ]
    assert len(set(prints)) == len(prints)
    assert of(base) == of(dataclasses.replace(base, name="other", examples=()))
    assert of(base) == of(dataclasses.replace(base, calibration=questions[:29]))  # too few to set a threshold
    assert of(base, encoder="org/unpinned") is None


def test_the_calibration_questions_of_a_dataset_set_its_threshold() -> None:
    questions = [*QUESTIONS, *(f"{question[:-1]} exactly?" for question in QUESTIONS)] * 2
    calibration = tuple(Example(id=str(n), question=text, answers=("x",)) for n, text in enumerate(questions))
    own = EmbeddedSystem(
        dataset=dataclasses.replace(dataset(), calibration=calibration), encoder=encoder(), k=3, refuse_below=None
    )
    own.read([("Who?", ())])
    expected = EmbeddedRag(Corpus.of(DOCS), encoder=encoder(), k=3).calibrate(questions)
    assert own.rag.refuse_below == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"k": 0}, "at least 1"), ({"k": True}, "k must"), ({"refuse_below": "low"}, "refuse_below must")],
)
def test_bad_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        EmbeddedSystem.build(dataset(), **options)  # type: ignore[arg-type]


def test_an_empty_corpus_always_refuses() -> None:
    empty = EmbeddedRag(Corpus.of([]), encoder=encoder())
    assert empty.ask("Who opened the bridge?").abstained
