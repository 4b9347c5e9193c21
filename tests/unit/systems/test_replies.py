"""What systems return is read into answers and passages, or refused with what came and what is accepted."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import BaseModel
from unit.systems.driving import adapted, asked, said

from robustcore.calls.ledger import Ledger
from robustcore.corpus.records import Passage
from robustcore.systems.base import Answer, Citation
from robustcore.systems.replies import Replies, ReplyError
from robustcore.systems.wire import answer_from_json, answer_to_json

REPLIES = Replies(known=frozenset({"boats", "lamps", "rules/fees.v2"}))


class Model(BaseModel):
    answer: str
    sources: list[str] = []


@dataclasses.dataclass
class Record:
    output: str
    confidence: float


class Pair(NamedTuple):
    result: str
    abstained: bool


ANNIE = Document(id="c0ffee", page_content="Annie", metadata={"source": "docs/boats.md", "title": "Boats"})


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("Annie", Answer(text="Annie")),
        ("", Answer(text="")),
        (Answer(text="Annie", level=0.5), Answer(text="Annie", level=0.5)),
        ({"text": "Annie"}, Answer(text="Annie")),
        ({"answer": "Annie", "abstained": False}, Answer(text="Annie", abstained=False)),
        ({"answer": None, "abstained": True}, Answer(text="", abstained=True)),
        ({"output": "Annie", "confidence": 1}, Answer(text="Annie", confidence=1.0)),
        ({"result": "Annie", "citations": ["boats"]}, Answer(text="Annie", citations=(Citation(doc_id="boats"),))),
        (
            {"answer": "Annie", "sources": [{"id": "boats", "text": "is Annie"}, 7]},
            Answer(text="Annie", citations=(Citation(doc_id="boats", text="is Annie"), Citation(doc_id="7"))),
        ),
        (
            {"answer": "Annie", "contexts": ["one", {"id": "lamps", "text": "two", "score": 0.5}]},
            Answer(
                text="Annie",
                passages=(Passage(doc_id="", text="one"), Passage(doc_id="lamps", text="two", score=0.5)),
            ),
        ),
        (
            {"answer": AIMessage("Annie"), "context": [ANNIE], "question": "?"},
            Answer(text="Annie", passages=(Passage(doc_id="boats", text="Annie", title="Boats"),)),
        ),
        (
            {"answer": "Annie", "context": "all in one"},
            Answer(text="Annie", passages=(Passage(doc_id="", text="all in one"),)),
        ),
        ({"answer": "Annie", "passages": []}, Answer(text="Annie", passages=())),
        (AIMessage([{"type": "text", "text": "An"}, {"type": "image", "url": "x"}, "nie"]), Answer(text="Annie")),
        ({"messages": [HumanMessage("?"), AIMessage("Annie")]}, Answer(text="Annie")),
        (
            {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Annie"}]},
            Answer(text="Annie"),
        ),
        (
            {"messages": [ToolMessage("…", tool_call_id="1", artifact=[ANNIE]), AIMessage("Annie")]},
            Answer(text="Annie", passages=(Passage(doc_id="boats", text="Annie", title="Boats"),)),
        ),
        (Model(answer="Annie", sources=["boats"]), Answer(text="Annie", citations=(Citation(doc_id="boats"),))),
        (Record(output="Annie", confidence=0.5), Answer(text="Annie", confidence=0.5)),
        (Pair(result="no", abstained=True), Answer(text="no", abstained=True)),
    ],
)
def test_every_accepted_shape_is_read_and_survives_the_wire(value: Any, answer: Answer) -> None:
    assert REPLIES.answer(value) == answer
    assert answer_from_json(answer_to_json(answer)) == answer


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (None, "NoneType None"),
        (7, "int 7"),
        (["Annie"], "list ['Annie']"),
        ({"reply": "Annie", "score": 1}, "a dict with the keys 'reply', 'score'"),
        ({}, "an empty dict"),
        ({"answer": 7}, "int 7"),
        ({"answer": None}, "NoneType"),
        ({"answer": "x", "abstained": "no"}, "abstained must be true, false or left out"),
        ({"answer": "x", "confidence": float("nan")}, "confidence must be a finite number"),
        ({"answer": "x", "confidence": True}, "confidence must be a finite number"),
        ({"answer": "x", "context": 3}, "int 3 as passages"),
        ({"answer": "x", "context": [{"id": "boats"}]}, "a passage is a dict with the keys 'id'"),
        ({"messages": [HumanMessage("?")]}, "none of the 1 returned messages is from the model"),
        (Answer(text=b"x"), "must be a str"),  # type: ignore[arg-type]
    ],
)
def test_other_shapes_are_refused_by_name(value: Any, part: str) -> None:
    with pytest.raises(ReplyError) as caught:
        REPLIES.answer(value)
    assert part in str(caught.value)


def test_an_unknown_shape_is_an_error_of_the_system_that_says_what_is_accepted() -> None:
    (message,) = said(asked(adapted(lambda question: {"reply": "x"}), ["?"]))
    assert message.startswith("system_error: the system returned a dict with the keys 'reply'")
    assert "answer|text|output|result" in message


@pytest.mark.parametrize(
    ("document", "doc_id"),
    [
        (Document(id="boats", page_content="x"), "boats"),
        (Document(page_content="x", metadata={"doc_id": "lamps"}), "lamps"),
        (Document(id="0b1c", page_content="x", metadata={"id": "lamps", "source": "boats"}), "lamps"),
        (Document(id="0b1c", page_content="x", metadata={"source": "/srv/docs/boats.md"}), "boats"),
        (Document(page_content="x", metadata={"source": "/srv/docs/rules/fees.v2.md"}), "rules/fees.v2"),
        (Document(page_content="x", metadata={"source": "C:\\docs\\boats.txt"}), "boats"),
        (Document(id="0b1c", page_content="x", metadata={"source": "elsewhere.md"}), "0b1c"),
        (Document(page_content="x", metadata={"source": "elsewhere.md"}), "elsewhere.md"),
        (Document(page_content="x"), ""),
    ],
)
def test_a_document_gets_the_id_that_the_corpus_knows(document: Document, doc_id: str) -> None:
    (passage,) = REPLIES.passages([document])
    assert passage.doc_id == doc_id


def test_text_with_lone_surrogates_can_be_stored(tmp_path: Path) -> None:
    system = adapted(lambda question: "half \ud83d of a pair, whole \ud83d\ude00")
    ledger = Ledger(tmp_path / "ledger.sqlite")
    assert said(asked(system, ["?"], ledger)) == ["half \ufffd of a pair, whole 😀"]
    assert said(asked(system, ["?"], Ledger(tmp_path / "ledger.sqlite"))) == ["half \ufffd of a pair, whole 😀"]
    assert ledger.notes == []
