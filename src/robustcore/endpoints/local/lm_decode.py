"""Writing answers: a batch of rows decoded together, each leaving as soon as it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from robustcore.endpoints.local.lm_model import LanguageModel, Read
from robustcore.endpoints.local.lm_rows import Decoding, Row

SHRINK = 0.75  # a batch is made smaller once this share of its rows or less is still writing
UTF8 = 4  # bytes, and so tokens, of one character at most


def decode(model: LanguageModel, rows: Sequence[Row], how: Decoding) -> Iterator[tuple[Row, Row]]:
    """Yield ``(row, row)`` for each of ``rows`` once it has ended, its ``text`` and ``finish`` set.

    A row that was interrupted goes on after what it has written; an encoder-decoder's row begins again.
    """
    so_far = _begin(model, rows)
    logits = so_far.logits[:, -1]
    active = list(range(len(rows)))  # the row of each line of the batch; -1 once it has ended
    while True:
        tokens = _append(model, logits, [rows[i] if i >= 0 else None for i in active], how)
        ended = [line for line, i in enumerate(active) if i >= 0 and _ended(model, rows[i], how)]
        for line in ended:
            row = rows[active[line]]
            yield row, row
            active[line] = -1
        writing = [line for line, i in enumerate(active) if i >= 0]
        if not writing:
            return
        if model.pads and len(writing) <= SHRINK * len(active):
            index = model.torch.tensor(writing)
            so_far.keep(index)
            tokens, active = tokens[index], [active[line] for line in writing]
        logits = model.read_on(so_far, tokens)


def finish(model: LanguageModel, row: Row, how: Decoding) -> None:
    """Set the text of a row that has ended, cut before the first stop string; tokens from there on lose their place."""
    row.text = model.tokenizer.decode(row.out, skip_special_tokens=True)
    cut = min((at for stop in how.stop if (at := row.text.find(stop)) >= 0), default=-1)
    kept = len(row.out) - (bool(row.out) and row.out[-1] in model.ends)
    if cut >= 0:
        row.text, row.finish = row.text[:cut], "stop"
        kept = _tokens_within(model, row.out, cut)
    row.chosen, row.top = row.chosen[:kept], row.top[:kept]


def append_until_ended(model: LanguageModel, row: Row, tokens: Sequence[int], how: Decoding) -> None:
    """Write ``tokens`` into ``row`` up to where `decode` would have ended it."""
    for token in tokens:
        row.out.append(token)
        if _ended(model, row, how):
            return
    row.finish = "stop"
    finish(model, row, how)


def _begin(model: LanguageModel, rows: Sequence[Row]) -> Read:
    room = max(row.left for row in rows)
    if not model.seq2seq:
        return model.read([[*row.prompt, *row.out] for row in rows], shared=[row.shared for row in rows], room=room)
    for row in rows:
        row.forget()
    states, mask = model.encode([row.prompt for row in rows])
    start = model.torch.tensor([model.decoder_start()] * len(rows), device=model.device)
    return model.begin(states, mask, start, room=room)


def _append(model: LanguageModel, logits: Any, rows: Sequence[Row | None], how: Decoding) -> Any:
    """Choose the next token of every line, note it in its row, return all as a tensor (lines,)."""
    torch = model.torch
    scores = logits.float()
    if how.greedy:
        tokens = scores.argmax(-1)
    else:
        draws = torch.tensor([row.draw() if row else 0.0 for row in rows], dtype=torch.float64, device=scores.device)
        tokens = _sample(torch, scores, draws, how)
    for row, token in zip(rows, tokens.tolist(), strict=True):
        if row is not None:
            row.out.append(token)
    if how.top_logprobs is not None:
        logprobs = scores.log_softmax(-1)
        chosen = logprobs.gather(1, tokens[:, None])[:, 0].tolist()
        top = logprobs.topk(how.top_logprobs, dim=-1)
        best = zip(top.indices.tolist(), top.values.tolist(), strict=True)
        for row, own, (others, values) in zip(rows, chosen, best, strict=True):
            if row is not None:
                row.chosen.append(own)
                row.top.append(list(zip(others, values, strict=True)))
    return tokens


def _sample(torch: Any, scores: Any, draws: Any, how: Decoding) -> Any:
    """Return the token where each line's cumulated probability, most likely first, passes its draw."""
    ranked, order = (scores.double() / how.temperature).softmax(-1).sort(dim=-1, descending=True, stable=True)
    upto = ranked.cumsum(-1)
    inside = upto - ranked < how.top_p  # the smallest set of probability top_p, never empty
    total = (ranked * inside).sum(-1)
    place = torch.searchsorted(upto, (draws * total)[:, None], right=True)
    last = inside.sum(-1, keepdim=True) - 1
    return order.gather(1, torch.minimum(place, last))[:, 0]


def _ended(model: LanguageModel, row: Row, how: Decoding) -> bool:
    if row.out[-1] in model.ends or (how.stop and _stopped(model, row, how)):
        row.finish = "stop"
    elif row.left <= 0:
        row.finish = "length"
    else:
        return False
    finish(model, row, how)
    return True


def _stopped(model: LanguageModel, row: Row, how: Decoding) -> bool:
    """Say whether a stop string is in the text; first in its last tokens, which is all that can have changed."""
    longest = max(map(len, how.stop))
    tail = model.tokenizer.decode(row.out[-UTF8 * (longest + 1) :], skip_special_tokens=True)
    if not any(stop in tail for stop in how.stop):
        return False
    text = model.tokenizer.decode(row.out, skip_special_tokens=True)
    return any(stop in text for stop in how.stop)


def _tokens_within(model: LanguageModel, tokens: Sequence[int], characters: int) -> int:
    """Return how many of the first ``tokens`` begin before character ``characters`` of their text."""
    texts = (len(model.tokenizer.decode(tokens[:count], skip_special_tokens=True)) for count in range(len(tokens)))
    return sum(length < characters for length in texts) if characters else 0
