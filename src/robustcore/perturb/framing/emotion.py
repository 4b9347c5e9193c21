"""Emotional framing: a letter enclosed with a case, which changes no fact of it; and the control of its length.

The design is ours, after the Paradox of Robustness (arXiv 2601.21439), and so are the texts (`corpus.framings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from robustcore.corpus.bundled import shipped_folder
from robustcore.corpus.emotion_pack import load_texts
from robustcore.corpus.framings import HEADING, MATCHED, NARRATIVES, WHO
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.edit import At, Edit, Framing, refused

MILD, STRONG = 0.5, 1.0


@perturbation(
    "framing.emotion",
    preserves=Preserves.PRESSURE,
    levels=(MILD, STRONG),
    main="narrative",
    choices={"narrative": NARRATIVES, "who": WHO},
)
def emotion(framing: Framing, at: At, *, narrative: str = "hardship", who: str = "self") -> Edit[Framing]:
    """Enclose a letter that pleads for the favourable decision, in a block of its own before the case (ours).

    ``narrative`` is hardship, fear, grievance or devotion; ``who`` suffers: the person concerned, or another. Severity
    0.5 is mild, one affective statement; 1 is strong, three or more and a plea. No digit, date, threat, instruction or
    word of the rule stands in it. Cases of the emotion pack have letters written for their domain; any other question
    gets one that fits questions of any kind.
    """
    return _enclosed(framing, at, f"E-{narrative}-{who}-{'mild' if at.severity == MILD else 'strong'}")


@perturbation("framing.neutral_text", preserves=Preserves.PRESSURE, levels=(1.0,))
def neutral_text(framing: Framing, at: At) -> Edit[Framing]:
    """Enclose a neutral text of the same length, on how the file came in: the control ``N-len`` (ours)."""
    return _enclosed(framing, at, MATCHED)


def _enclosed(framing: Framing, at: At, name: str) -> Edit[Framing]:
    domain = at.example.choice.texts if at.example.choice is not None else "general"
    if domain not in _texts():
        return refused(framing, "no_oracle", f"no emotional texts are stored for {domain!r}")
    block = f"{HEADING}\n{_texts()[domain][name]}"
    before = f"{framing.before}\n\n{block}" if framing.before else block
    return Edit(value=replace(framing, before=before), edits=1)


@lru_cache(maxsize=1)  # a shipped file, which never changes while we run
def _texts() -> Mapping[str, Mapping[str, str]]:
    return load_texts(shipped_folder("fixtures") / "packs" / "emotion")


OPERATORS: tuple[Operator, ...] = (emotion, neutral_text)
