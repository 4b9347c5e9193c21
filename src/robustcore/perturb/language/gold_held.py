"""Whether a text holds a gold answer: what `contains_answer` says, told fast where it is plainly no."""

from __future__ import annotations

from functools import lru_cache

from robustcore.corpus.normalise import contains_answer, tokens


def holds_gold(text: str, golds: tuple[str, ...]) -> bool:
    """Say whether ``text`` holds one of ``golds`` under ``robust_v1``."""
    if text.isascii():
        folded = text.lower()
        if "'" in folded or "`" in folded:
            folded = folded.replace("'", "").replace("`", "")
        for gold in golds:
            if _needle(gold) in folded:
                break
        else:
            return False
    return contains_answer(text, golds)


@lru_cache(maxsize=16384)  # a memo of a pure function: the golds of a question are looked for in all its texts
def _needle(gold: str) -> str:
    """Return the longest token of the answer that has only letters a-z: an ASCII text that holds it has that, too."""
    plain_tokens = [token for token in tokens(gold) if token.isascii() and token.isalpha()]
    return max(plain_tokens, key=len, default="")
