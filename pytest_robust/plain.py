"""Text for a terminal that cannot show every character: signs become ASCII, the rest a visible escape."""

from __future__ import annotations

from typing import Any

# each of the same width, so that tables stay in line
_SIGNS = (
    *(("≤ ", "<="), ("≥ ", ">="), ("→", ">"), ("─", "-"), ("·", "-")),
    *(("–", "-"), ("…", "."), ("✓", "+"), ("✗", "x")),
)


def plain(text: str, stream: Any) -> str:
    """Return ``text`` as ``stream`` can encode it.

    pytest's own way is to escape a whole message at once, newlines included, when one character of it cannot be shown.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, ascii_ in _SIGNS:
            text = text.replace(sign, ascii_)
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return plain(text, None)
    return text
