"""How an operator that needs a writer gets its text: stored in the data, else written by a model, else not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from robustcore.calls.flows import values
from robustcore.calls.types import Call, Flow
from robustcore.corpus.normalise import tokens
from robustcore.corpus.records import Origin
from robustcore.keys import content_key
from robustcore.perturb.edit import At, Edit, Source, refused
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.text import analyse

NOT_RUN: Final = "not run: "
NEEDS_WRITER: Final = f"{NOT_RUN}needs a chat model (--robust-writer) or a stored variant"
TOKENS_A_CHARACTER: Final = 0.5  # room for a reply as long as what it rewrites, in any language
LEAST_TOKENS: Final = 96
SAMPLED: Final = 0.7  # temperature, where several are written and the most similar is kept (RARE, arXiv 2506.00789)
SAMPLES: Final = 3

_THOUGHT = re.compile(r"\A\s*<think>.*?(</think>|\Z)", re.DOTALL)
_LABEL = re.compile(r"\A(?:\w+ ){0,2}(?:question|title|translation|paraphrase|rewrite|text)\s*:\s*", re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "'": "'", "«": "»", "`": "`"}


def question_variant(name: str, text: str, at: At, prompts: Sequence[str], *, samples: int = 1) -> Flow[Edit[str]]:
    """Return the flow of the edit that rewords the question ``text`` for the operator ``name``.

    ``prompts`` tell the writer what to do, one after the other: each gets the reply to the one before. With several
    ``samples`` (one prompt) they are drawn at temperature 0.7, and the one most similar to ``text`` is kept.
    """
    stored = at.example.variants.get(name) if text == at.example.question else None
    if stored is not None:
        return _as_edit(text, stored, at, source="stored", origin=at.example.origins.get(name))
    if not at.models.writer:
        return refused(text, "not_applicable", NEEDS_WRITER)
    origin = origin_of(prompts, at)
    if samples > 1:
        drafts = yield from _sampled(prompts[0], text, at, samples)
        return _as_edit(text, (yield from _most_similar(text, drafts, at)), at, source="model", origin=origin)
    written = text
    for prompt in prompts:
        (written,) = yield from written_by_model(prompt, [written], at)
        if not written:
            break
    return _as_edit(text, written, at, source="model", origin=origin)


def origin_of(prompts: Sequence[str], at: At) -> Origin:
    """Return what is noted of a text that the writer made of ``prompts``: its name, and a key of what it was told."""
    return Origin(writer=at.models.writer.removeprefix("writer "), prompt=content_key(list(prompts))[:12])


def written_by_model(prompt: str, texts: Sequence[str], at: At) -> Flow[list[str]]:
    """Return the flow of what the writer makes of each text at temperature 0; empty where it says nothing."""
    replies = yield from values([_call(prompt, text, at, temperature=0.0, draw=0) for text in texts])
    return [cleaned(reply["text"], lines=text.count("\n") + 1) for reply, text in zip(replies, texts, strict=True)]


def cleaned(reply: str, *, lines: int = 1) -> str:
    """Return a writer's reply without thoughts, a leading label, quotation marks around it, and further ``lines``."""
    kept = [line.strip() for line in _THOUGHT.sub("", reply).strip().splitlines()]
    text = (next((line for line in kept if line), "") if lines == 1 else "\n".join(kept)).strip()
    text = _LABEL.sub("", text)
    closing = _QUOTES.get(text[:1])
    inner = text[1:-1]
    if closing and len(text) > 2 and text.endswith(closing) and text[0] not in inner and closing not in inner:
        text = inner.strip()
    return text


def changed_words(before: str, after: str) -> int:
    """Return how many words one text has and the other has not, the larger of both directions, at least 1."""
    old, new = Counter(tokens(before)), Counter(tokens(after))
    return max((old - new).total(), (new - old).total(), 1)


def _as_edit(before: str, after: str, at: At, *, source: Source, origin: Origin | None) -> Edit[str]:
    if not after:
        return refused(before, "invalid_case", "the writer wrote nothing")
    edit = reworded(
        analyse(before, at.example.answers),
        after,
        at,
        edits=changed_words(before, after),
        otherwise="the writer changed nothing" if source == "model" else "the stored variant is the question itself",
    )
    return edit._replace(source=source, origin=origin)


def _call(prompt: str, text: str, at: At, *, temperature: float, draw: int) -> Call:
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": text}]
    room = max(LEAST_TOKENS, int(len(text) * TOKENS_A_CHARACTER))
    settings: Mapping[str, float] = {"max_tokens": -(-room // 32) * 32, "temperature": temperature}
    length = len(prompt) + len(text)
    return Call(
        endpoint=at.models.writer,
        op="chat",
        payload={"messages": messages},
        settings=settings,
        replicate=draw,
        length=length,
    )


def _sampled(prompt: str, text: str, at: At, samples: int) -> Flow[list[str]]:
    draws = range(at.replicate * samples, (at.replicate + 1) * samples)
    replies = yield from values([_call(prompt, text, at, temperature=SAMPLED, draw=draw) for draw in draws])
    return [cleaned(reply["text"]) for reply in replies]


def _most_similar(text: str, drafts: Sequence[str], at: At) -> Flow[str]:
    """Return the flow of the draft most similar to ``text`` that is not ``text``: by the encoder, else by words."""
    fit = [draft for draft in dict.fromkeys(drafts) if draft and draft != text]
    if len(fit) < 2:
        return next(iter(fit or drafts), "")
    if not at.models.encoder:
        return min(fit, key=lambda draft: changed_words(text, draft))
    found = yield from values([compared(at.models.encoder, text, draft) for draft in fit])
    best = max(range(len(fit)), key=lambda index: (found[index]["cosine"], -index))
    return fit[best]


def compared(encoder: str, before: str, after: str) -> Call:
    """Return the call that asks how like two texts are."""
    return Call(
        endpoint=encoder, op="compare", payload={"before": before, "after": after}, length=len(before) + len(after)
    )
