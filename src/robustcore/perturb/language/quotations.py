"""Where a text quotes: the spans between quotation marks of several languages."""

from __future__ import annotations

import re

_QUOTE_MARK = re.compile("[\"'“„«»「『‘]")
_QUOTED = re.compile(  # each alternative begins with its mark, so that the search leaps from mark to mark
    r"\"[^\"\n]+\"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|»[^«\n]+«|「[^」\n]+」|『[^』\n]+』|‘[^’\n]+’(?!\w)|'(?<!\w')[^'\n]+'(?!\w)"
)


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the quotations in ``text``, marks included, in order."""
    if text.isascii():
        if '"' not in text and "'" not in text:
            return []
    elif _QUOTE_MARK.search(text) is None:
        return []
    return [match.span() for match in _QUOTED.finditer(text)]
