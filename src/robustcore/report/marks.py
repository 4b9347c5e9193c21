"""Marks: two texts as one, with what was put in and what was left out, readable without colour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from rich.text import Text

from robustcore.report.inert import inert

NEW: Final = "bold green"
GONE: Final = "red"
AROUND: Final = 6  # words of a long text that are shown on either side of a change
LONGEST: Final = 280  # characters of an excerpt
_LINES = re.compile(r"\s*\n\s*")
_PIECES = re.compile(r"\s+|\S+")
_PLAIN_SPACE = frozenset(" \n")


def marked(before: str, after: str) -> Text:
    """Return ``after`` with new words in [brackets] and lost ones as [-lost-].

    White space that is no single space, and characters beyond ASCII that ``before`` has not, are shown by their code
    points: nobody sees a look-alike letter or a zero-width space.
    """
    text = Text()
    known = frozenset(before)
    for old, new in _pieces(before, after):
        if old == new:
            text.append(inert("".join(new), keep="\n"))
            continue
        gone, came = "".join(old), "".join(new)
        if came.strip():
            text.append(_around(came, f"[{inert(visible(came.strip(), known))}]"), NEW)
        elif gone.strip():
            text.append(_around(gone, f"[-{inert(gone.strip())}-]"), GONE)
        else:
            text.append(f"[{inert(visible(came, known))}]" if came else "[-space-]", NEW if came else GONE)
    return text


def _around(text: str, core: str) -> str:
    """Return ``core`` with the white space that surrounds ``text``."""
    return f"{text[: len(text) - len(text.lstrip())]}{core}{text[len(text.rstrip()) :]}"


def excerpts(before: str, after: str) -> Iterator[Text]:
    """Yield the changed places of a long text, each with some words around it, as `marked` shows them."""
    pieces = list(_pieces(_LINES.sub(" ", before), _LINES.sub(" ", after)))
    spots = [place for place, (old, new) in enumerate(pieces) if old != new]
    while spots:
        first = last = spots.pop(0)
        while spots and _near(pieces, first, last, spots[0]):
            last = spots.pop(0)
        ahead: Sequence[str] = pieces[first - 1][0] if first else ()
        behind: Sequence[str] = pieces[last + 1][0] if last + 1 < len(pieces) else ()
        left, right = "".join(ahead[-2 * AROUND :]), "".join(behind[: 2 * AROUND])
        old = "".join("".join(part[0]) for part in pieces[first : last + 1])
        new = "".join("".join(part[1]) for part in pieces[first : last + 1])
        body = marked(f"{left}{old}{right}", f"{left}{new}{right}")
        cut = len(body) > LONGEST
        body.truncate(LONGEST)
        more = cut or last + 2 < len(pieces) or len(behind) > 2 * AROUND
        yield Text.assemble("... " if first > 1 or len(ahead) > 2 * AROUND else "", body, " ..." if more else "")


def _near(pieces: Sequence[tuple[Sequence[str], Sequence[str]]], first: int, last: int, other: int) -> bool:
    """Say whether the change at ``other`` is shown in one excerpt with those from ``first`` to ``last``."""
    if other - last > 2 or len(pieces[last + 1][0]) > 2 * AROUND:
        return False
    return sum(len("".join(new)) for _, new in pieces[first : other + 1]) <= LONGEST // 2


def visible(text: str, known: frozenset[str]) -> str:
    """Return ``text`` with a code point behind it for each character nobody could tell from another, three at most."""
    odd = [char for char in text if char not in known and not char.isascii()]
    odd += [char for char in text if char.isascii() and char.isspace() and char not in _PLAIN_SPACE]
    shown = text if text.strip() else f"space x{len(text)}"
    points = " ".join(f"U+{ord(char):04X}" for char in dict.fromkeys(odd[:3]))
    return f"{shown}|{points}" if points else shown


def _pieces(before: str, after: str) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield the words and spaces of both texts, in stretches that are the same or differ."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield old[a:b], new[c:d]
