"""Answers and passages as JSON values, so that a reply of a system can stand in the ledger."""

from __future__ import annotations

from typing import Any

from robustcore.corpus.records import Passage
from robustcore.endpoints.generation import tokens_from_json, tokens_to_json
from robustcore.systems.base import Answer, Citation
from robustcore.systems.trace import trace_from_json, trace_to_json


def passage_to_json(passage: Passage) -> dict[str, Any]:
    """Return ``passage`` as a JSON object; `passage_from_json` gives an equal passage back."""
    return {"doc_id": passage.doc_id, "text": passage.text, "title": passage.title, "score": passage.score}


def passage_from_json(value: Any) -> Passage:
    """Return the passage that `passage_to_json` wrote."""
    return Passage(doc_id=value["doc_id"], text=value["text"], title=value["title"], score=value["score"])


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return ``answer`` as a JSON object; `answer_from_json` gives an equal answer back."""
    passages = answer.passages
    told: dict[str, Any] = {} if answer.logprobs is None else {"logprobs": tokens_to_json(answer.logprobs)}
    traced = {} if answer.trace is None else {"trace": trace_to_json(answer.trace)}
    return {
        **traced,
        "text": answer.text,
        "abstained": answer.abstained,
        "citations": [[citation.doc_id, citation.text] for citation in answer.citations],
        "confidence": answer.confidence,
        "level": answer.level,
        "passages": None if passages is None else [passage_to_json(passage) for passage in passages],
        **told,
    }


def answer_from_json(value: Any) -> Answer:
    """Return the answer that `answer_to_json` wrote."""
    passages, logprobs = value["passages"], value.get("logprobs")
    return Answer(
        text=value["text"],
        abstained=value["abstained"],
        citations=tuple(Citation(doc_id=doc_id, text=text) for doc_id, text in value["citations"]),
        confidence=value["confidence"],
        level=value["level"],
        passages=None if passages is None else tuple(passage_from_json(passage) for passage in passages),
        logprobs=None if logprobs is None else tokens_from_json(logprobs),
        trace=trace_from_json(value["trace"]) if "trace" in value else None,
    )
