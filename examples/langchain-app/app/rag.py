"""The museum's question answering: paragraphs in a vector store, a prompt, and a chat model that reads them.

``chain()`` is what the web site calls. ``build(documents)`` makes the same parts on other documents, for the tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore

from app.chat import ExtractiveChat
from app.embeddings import MiniLM

DOCS = Path(__file__).parent / "docs"

INSTRUCTIONS = (
    "You answer visitors of the Pellow Bay Maritime Museum. Use only the context. "
    "If it does not hold the answer, say that you could not find it."
)
PROMPT = ChatPromptTemplate.from_messages(
    [("system", INSTRUCTIONS), ("user", "Context:\n{context}\n\nQuestion: {question}")]
)


def load_documents(folder: Path = DOCS) -> list[Document]:
    """One document per page, with its path below the folder as source."""
    return [
        Document(
            page_content=path.read_text(encoding="utf-8"), metadata={"source": path.relative_to(folder).as_posix()}
        )
        for path in sorted(folder.rglob("*.md"))
    ]


def split(document: Document) -> list[Document]:
    """One chunk per paragraph; headings are left out."""
    blocks = [block.strip() for block in document.page_content.split("\n\n")]
    return [
        Document(page_content=block, metadata=document.metadata)
        for block in blocks
        if block and not block.startswith("#")
    ]


def make_retriever(documents: list[Document]) -> BaseRetriever:
    store = InMemoryVectorStore(MiniLM())
    store.add_documents([chunk for document in documents for chunk in split(document)])
    return store.as_retriever(search_kwargs={"k": 4})


def make_model() -> BaseChatModel:
    # A stand-in that runs offline. With a provider's key this one line is all that changes:
    # return init_chat_model("openai:gpt-5-mini", temperature=0)   # from langchain.chat_models
    return ExtractiveChat()


def format_docs(documents: list[Document]) -> str:
    return "\n\n".join(document.page_content for document in documents)


def chain() -> Runnable[str, str]:
    """The production chain: a question in, an answer out."""
    found = {"context": make_retriever(load_documents()) | format_docs, "question": RunnablePassthrough()}
    return found | PROMPT | make_model() | StrOutputParser()


def build(documents: list[Document]) -> Any:
    """The same parts for pytest-robust, which edits what stands between them (documents, passages, question)."""
    from robustcore.systems.langchain import LangChainRag

    return LangChainRag(retriever=make_retriever(documents), prompt=PROMPT, model=make_model(), format_docs=format_docs)
