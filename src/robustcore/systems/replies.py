"""What users' systems return, read into `Answer` and `Passage`: strings, dicts, chat messages, LangChain documents."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from robustcore.corpus.records import Passage
from robustcore.endpoints.generation import TokenLogprob, tokens_from_json
from robustcore.systems.base import Answer, Citation

TEXT_KEYS = ("answer", "text", "output", "result")
CITATION_KEYS = ("citations", "sources")
PASSAGE_KEYS = ("passages", "contexts", "context", "source_documents", "documents")
ID_KEYS = ("id", "doc_id", "source")
PASSAGE_TEXT_KEYS = ("text", "page_content", "content", "quote")

ACCEPTED_ANSWERS = (
    f"a str, an Answer, a chat message, or a dict (dataclass, pydantic model) with {'|'.join(TEXT_KEYS)} and "
    f"optionally abstained, confidence, logprobs, {'|'.join(CITATION_KEYS)}, {'|'.join(PASSAGE_KEYS)}; "
    "or an agent's dict with messages"
)
ACCEPTED_PASSAGES = "a list of str, of dicts with id and text, of Passages or of LangChain Documents"


class ReplyError(TypeError):
    """A system returned something that is not an answer (or not passages); the message says what is accepted."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Reads what a system returned.

    ``known`` are the corpus's document ids: of the ids a document may go by (its own, ``metadata`` id, doc_id or
    source, the path or file name of a source) the first known one is taken.
    """

    known: frozenset[str] = frozenset()

    def answer(self, value: Any) -> Answer:
        """Return ``value`` as an `Answer`; raise `ReplyError` for a shape that is not listed in the message."""
        if isinstance(value, Answer):
            return _checked(value)
        if isinstance(value, str):
            return Answer(text=clean(value))
        if _is_message(value):
            return Answer(text=clean(_content_text(value.content)))
        fields = _fields_of(value)
        if fields is None:
            raise ReplyError(f"the system returned {_shown(value)}; accepted is {ACCEPTED_ANSWERS}")
        key = next((key for key in TEXT_KEYS if key in fields), None)
        if key is not None:
            return self._of_fields(fields, fields[key])
        if isinstance(fields.get("messages"), Sequence):
            return self._of_messages(fields["messages"])
        raise ReplyError(f"the system returned {_shown(value)}; accepted is {ACCEPTED_ANSWERS}")

    def passages(self, value: Any) -> tuple[Passage, ...]:
        """Return ``value`` as passages, best first; one string is one passage. Raise `ReplyError` for other shapes."""
        if isinstance(value, (str, Passage)) or _is_document(value):
            value = [value]
        if isinstance(value, Mapping) or not isinstance(value, Iterable):
            raise ReplyError(f"the system returned {_shown(value)} as passages; accepted is {ACCEPTED_PASSAGES}")
        return tuple(self._passage(item) for item in value)

    def _of_fields(self, fields: Mapping[str, Any], inner: Any) -> Answer:
        abstained = fields.get("abstained")
        if abstained is not None and not isinstance(abstained, bool):
            raise ReplyError(f"abstained must be true, false or left out, not {_shown(abstained)}")
        answer = Answer(text="") if inner is None and abstained else self.answer(inner)
        cited = next((fields[key] for key in CITATION_KEYS if fields.get(key) is not None), None)
        shown = next((fields[key] for key in PASSAGE_KEYS if fields.get(key) is not None), None)
        changes: dict[str, Any] = {}
        if abstained is not None:
            changes["abstained"] = abstained
        if cited is not None:
            changes["citations"] = self._citations(cited)
        if shown is not None:
            changes["passages"] = self.passages(shown)
        if fields.get("logprobs") is not None:
            changes["logprobs"] = _logprobs(fields["logprobs"])
        if fields.get("confidence") is not None:
            changes["confidence"] = _finite("confidence", fields["confidence"])
        return dataclasses.replace(answer, **changes)

    def _of_messages(self, messages: Sequence[Any]) -> Answer:
        """Return the last message of the model, with the documents that retrieval tools attached on the way."""
        last = next((message for message in reversed(messages) if _is_from_model(message)), None)
        if last is None:
            raise ReplyError(f"none of the {len(messages)} returned messages is from the model")
        content = last.get("content") if isinstance(last, Mapping) else last.content
        artifacts = [getattr(message, "artifact", None) for message in messages]
        found = [item for items in artifacts if isinstance(items, list) for item in items if _is_document(item)]
        return Answer(text=clean(_content_text(content)), passages=self.passages(found) if found else None)

    def _citations(self, value: Any) -> tuple[Citation, ...]:
        if isinstance(value, (str, int, Mapping)) or _is_document(value):
            value = [value]
        if not isinstance(value, Iterable):
            raise ReplyError(f"citations must be a list of ids or of dicts with id and text, not {_shown(value)}")
        return tuple(self._citation(item) for item in value)

    def _citation(self, item: Any) -> Citation:
        if isinstance(item, Citation):
            return item
        if isinstance(item, (str, int)):
            return Citation(doc_id=self._id([item]))
        passage = self._passage(item, text_needed=False)
        return Citation(doc_id=passage.doc_id, text=passage.text)

    def _passage(self, item: Any, *, text_needed: bool = True) -> Passage:
        score: float | None = None
        if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[1], Real):
            item, score = item[0], _finite("score", item[1])  # what similarity_search_with_score returns
        if isinstance(item, Passage):
            return item
        if isinstance(item, str):
            return Passage(doc_id="", text=clean(item), score=score)
        if _is_document(item):
            metadata = item.metadata or {}
            ids = [getattr(item, "id", None), *(metadata.get(key) for key in ID_KEYS)]
            title = metadata.get("title") or ""
            return Passage(doc_id=self._id(ids), text=clean(item.page_content), title=clean(str(title)), score=score)
        fields = _fields_of(item)
        text = None if fields is None else next((fields[key] for key in PASSAGE_TEXT_KEYS if key in fields), None)
        if fields is None or (text is None and text_needed) or not isinstance(text, (str, type(None))):
            raise ReplyError(f"a passage is {_shown(item)}; accepted is {ACCEPTED_PASSAGES}")
        given = fields.get("score")
        score = score if given is None else _finite("score", given)
        ids = [fields.get(key) for key in ID_KEYS]
        title = fields.get("title") or ""
        return Passage(doc_id=self._id(ids), text=clean(text or ""), title=clean(str(title)), score=score)

    def _id(self, candidates: Sequence[Any]) -> str:
        """Return the first candidate that is a document of the corpus, else the first there is, else ``""``."""
        ids = [clean(str(candidate)) for candidate in candidates if candidate not in (None, "")]
        names = [*ids, *(tail for name in ids for tail in _tails(name))]
        return next((name for name in names if name in self.known), ids[0] if ids else "")


def clean(text: str) -> str:
    """Return ``text`` with lone surrogates replaced: they cannot be stored as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _tails(source: str) -> list[str]:
    """Return what a file may be called below some folder, longest first, with and without its suffix."""
    parts = source.replace("\\", "/").split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts))]
    return [name for tail in tails for name in (tail, tail.rpartition(".")[0])]


def _checked(answer: Answer) -> Answer:
    if not isinstance(answer.text, str):
        raise ReplyError(f"the text of an Answer must be a str, not {_shown(answer.text)}")
    return dataclasses.replace(answer, text=clean(answer.text))


def _is_message(value: Any) -> bool:
    """Say whether ``value`` is a LangChain message, without importing LangChain to ask."""
    return hasattr(value, "content") and isinstance(getattr(value, "type", None), str)


def _is_from_model(message: Any) -> bool:
    if isinstance(message, Mapping):
        return message.get("role") in ("assistant", "ai") or message.get("type") == "ai"
    return getattr(message, "type", None) in ("ai", "AIMessageChunk")


def _is_document(value: Any) -> bool:
    return isinstance(getattr(value, "page_content", None), str) and hasattr(value, "metadata")


def _content_text(content: Any) -> str:
    """Return the text of a message's content: a string, or the text blocks of a list, joined."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        raise ReplyError(f"a message's content is {_shown(content)}; accepted is a str or a list of content blocks")
    parts = [block if isinstance(block, str) else block.get("text") or "" for block in content if _is_text(block)]
    return "".join(parts)


def _is_text(block: Any) -> bool:
    return isinstance(block, str) or (isinstance(block, Mapping) and block.get("type", "text") == "text")


def _fields_of(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if callable(getattr(value, "model_dump", None)) and not isinstance(value, type):
        return dict(value)  # a pydantic model iterates over (name, value); nested objects stay what they are
    if hasattr(value, "_asdict"):
        return dict(value._asdict())
    return None


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ReplyError(f"{name} must be a finite number, not {_shown(value)}")
    return float(value)


def _logprobs(value: Any) -> tuple[TokenLogprob, ...]:
    """Return log-probabilities: letter → number of the choice alone, or a list as `tokens_to_json` writes."""
    if isinstance(value, Mapping) and value:
        found = [(str(token), _finite("logprobs", number)) for token, number in value.items()]
        best = max(found, key=lambda pair: pair[1])
        return (TokenLogprob(token=best[0], logprob=best[1], top=tuple(found)),)
    try:
        return tokens_from_json(value)
    except (TypeError, ValueError):
        wanted = "letter → number, or a list of [token, number, [[token, number], ...]]"
        raise ReplyError(f"logprobs must be {wanted}, not {_shown(value)}") from None


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        keys = ", ".join(repr(key) for key in list(value)[:12])
        return f"a dict with the keys {keys}" if keys else "an empty dict"
    text = repr(value)
    return f"{type(value).__name__} {text[:80]}{'…' if len(text) > 80 else ''}"
