"""The answer to a passenger's question: the nearest sentence of the nearest paragraphs, or that there is none."""

from __future__ import annotations

import re
from pathlib import Path

from service.search import Index, Paragraph

HANDBOOK = Path(__file__).parents[1] / "handbook"
NO_ANSWER = "I could not find that in our handbook."


def paragraphs_of(pages: dict[str, str]) -> list[Paragraph]:
    """Return the paragraphs of pages (name → Markdown), headings left out."""
    blocks = [(name, block.strip()) for name, text in pages.items() for block in text.split("\n\n")]
    return [Paragraph(name, " ".join(block.split())) for name, block in blocks if block and not block.startswith("#")]


def handbook() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(HANDBOOK.glob("*.md"))}


class Service:
    """What the web site calls. ``retrieve`` and ``read`` are its two halves, which tests may take apart."""

    def __init__(self, pages: dict[str, str] | None = None) -> None:
        self.index = Index(paragraphs_of(handbook() if pages is None else pages))

    def answer(self, question: str) -> str:
        return self.read(question, self.retrieve(question))

    def retrieve(self, question: str) -> list[Paragraph]:
        return self.index.nearest(question)

    def read(self, question: str, paragraphs: list[Paragraph]) -> str:
        sentences = [
            Paragraph(paragraph.page, sentence)
            for paragraph in paragraphs
            for sentence in re.split(r"(?<=[.!?])\s+", paragraph.text)
        ]
        best = Index(sentences).nearest(question, k=1)
        return best[0].text if best else NO_ANSWER
