"""A chat model that runs offline: it answers with the two sentences of the context that fit the question best.

It stands in for ``init_chat_model("openai:...")``: the same interface, the same prompt, no key and no network. It
cannot phrase, combine or reason; where two paragraphs say almost the same and yet differ, it quotes both.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from app.embeddings import MiniLM

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
LEAST_SIMILAR = 0.40  # below this cosine no sentence is taken for an answer
SAME_STATEMENT = 0.85  # paragraphs as near to one another as this say the same, or contradict one another
NO_ANSWER = "I am sorry, I could not find that in the museum's pages."


class ExtractiveChat(BaseChatModel):
    """Reads ``Context: ... Question: ...`` from the last message; quotes two sentences of the context, or refuses."""

    @property
    def _llm_type(self) -> str:
        return "extractive"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        context, _, question = str(messages[-1].content).removeprefix("Context:").rpartition("Question:")
        text = best_sentences(context, question.strip())
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


def best_sentences(context: str, question: str) -> str:
    """Return the two neighbouring sentences that are nearest to the question; both sides if paragraphs contradict."""
    blocks = [block.strip() for block in context.split("\n\n")]
    paragraphs = [_pairs(block) for block in blocks if block and not block.startswith("#")]
    nearest = [max(pairs, key=lambda pair: _near(question, pair)) for pairs in paragraphs]
    best = max(nearest, key=lambda pair: _near(question, pair), default="")
    if not best or _near(question, best) < LEAST_SIMILAR:
        return NO_ANSWER
    other = next((pair for pair in nearest if pair != best and _near(best, pair) >= SAME_STATEMENT), None)
    return best if other is None else f"Our pages disagree. One says: {best} Another says: {other}"


def _near(one: str, other: str) -> float:
    embed = MiniLM().embed_query
    return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))


def _pairs(paragraph: str) -> list[str]:
    sentences = SENTENCE_END.split(paragraph)
    return [" ".join(pair) for pair in pairwise(sentences)] or sentences
