"""LangChainRag: a retriever, a prompt and a chat model kept apart, so that passages can be edited between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from robustcore.calls.loop import Loop
from robustcore.corpus.records import Passage
from robustcore.errors import InputError, Problem, require
from robustcore.systems.agents.spec import LangChainAgent as LangChainAgent  # where LangChainRag is looked for, too
from robustcore.systems.options import AdapterOptions
from robustcore.systems.port import Port, earlier
from robustcore.systems.replies import Replies
from robustcore.systems.runnables import run_batches
from robustcore.systems.running import converted

QUESTION_NAMES: Final = ("question", "input", "query", "user_input", "user_question")
CONTEXT_NAMES: Final = ("context", "contexts", "documents", "docs", "passages", "sources")
HISTORY_NAMES: Final = ("chat_history", "history")
PURPOSE: Final = "LangChainRag"

DEFAULT_PROMPT: Final = (
    "Answer the question from the context alone. If the context does not hold the answer, say that you do not know.\n\n"
    "Context:\n{context}\n\nQuestion: {question}\nAnswer:"
)


class LangChainRag:
    """A RAG chain in its parts: a system with the points ``question``, ``context``, ``framing``, and ``history``.

    The last one is there where the prompt has a variable for the conversation, a placeholder for messages as a rule.

    ``retriever`` gives documents for a question; ``prompt`` is a prompt template (or its text) with a variable for the
    question and one for the context; ``model`` is a chat model, or a chain that starts with one. ``format_docs`` turns
    the documents into what the prompt gets (default: their texts, a blank line between).

    A perturbed context holds documents that never went through your retriever, so ``format_docs`` can rely on
    ``metadata`` id, source (both the document id) and title only. Missing prompt variables raise `InputError`.
    """

    def __init__(
        self,
        *,
        retriever: Any,
        model: Any,
        prompt: Any = DEFAULT_PROMPT,
        format_docs: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        if isinstance(prompt, str):
            prompts = require("langchain_core.prompts", extra="langchain", purpose=PURPOSE)
            prompt = prompts.ChatPromptTemplate.from_template(prompt)
        if not callable(getattr(retriever, "batch", None)):
            runnables = require("langchain_core.runnables", extra="langchain", purpose=PURPOSE)
            retriever = runnables.RunnableLambda(retriever)
        self._retriever = retriever
        self._chain = prompt | model
        self._inputs = _prompt_inputs(prompt)
        self._format_docs = format_docs or joined_texts

    def port(self, *, replies: Replies, options: AdapterOptions, loop: Loop) -> Port:
        """Return the port: ``retriever.batch`` for retrieval, ``(prompt | model).batch`` for reading."""
        return Port(
            retrieve=converted(run_batches(self._retriever, _same, options, loop), replies.passages),
            read=converted(run_batches(self._chain, self._prompt_values, options, loop), replies.answer),
            talks=bool({"history", "messages"} & set(self._inputs.values())),
        )

    def _prompt_values(self, pair: tuple[str, tuple[Passage, ...]]) -> dict[str, Any]:
        question, passages = str(pair[0]), pair[1]
        before = earlier(pair[0])
        values: dict[str, Any] = {
            "question": question,
            "context": self._format_docs(to_documents(passages)),
            "history": before if "history" in self._inputs.values() else [],
            "messages": [*before, {"role": "user", "content": question}],
        }
        return {variable: values[role] for variable, role in self._inputs.items()}


def to_documents(passages: Sequence[Passage]) -> list[Any]:
    """Return ``passages`` as LangChain documents with metadata id, source and title."""
    documents = require("langchain_core.documents", extra="langchain", purpose=PURPOSE)
    return [
        documents.Document(
            id=passage.doc_id or None,
            page_content=passage.text,
            metadata={"id": passage.doc_id, "source": passage.doc_id, "title": passage.title},
        )
        for passage in passages
    ]


def joined_texts(documents: Sequence[Any]) -> str:
    """Return the texts of ``documents`` with a blank line between them."""
    return "\n\n".join(document.page_content for document in documents)


def _prompt_inputs(prompt: Any) -> dict[str, str]:
    """Return which of question, context, history and messages each variable of the prompt gets."""
    variables = getattr(prompt, "input_variables", None)
    if variables is None:  # some other Runnable that makes a prompt of a dict
        return {"question": "question", "context": "context"}
    roles = {
        **dict.fromkeys(QUESTION_NAMES, "question"),
        **dict.fromkeys(CONTEXT_NAMES, "context"),
        **dict.fromkeys(HISTORY_NAMES, "history"),
        "messages": "messages",
    }
    unknown = [variable for variable in variables if variable not in roles]
    found = {variable: roles[variable] for variable in variables if variable in roles}
    problems = [
        Problem(
            what=f"LangChainRag cannot fill the prompt's variable {variable!r}",
            choices=(*QUESTION_NAMES, *CONTEXT_NAMES, *HISTORY_NAMES, "messages"),
            fix=f"rename it, or fix its value with prompt.partial({variable}=...)",
        )
        for variable in unknown
    ]
    if not unknown and "context" not in found.values():
        what = "the prompt of LangChainRag has no variable for the context, so passages would have no effect"
        problems.append(Problem(what=what, choices=CONTEXT_NAMES, fix="add {context} to the prompt"))
    if not unknown and not {"question", "messages"} & set(found.values()):
        what = "the prompt of LangChainRag has no variable for the question"
        problems.append(Problem(what=what, choices=QUESTION_NAMES, fix="add {question} to the prompt"))
    if problems:
        raise InputError(problems)
    return found


def _same(question: str) -> str:
    return question
