r"""Hostile text made inert: what a model wrote is shown in every format, and acts in none.

Two rules. Characters that nobody sees, or that change how others are shown (control, ANSI escapes, bidirectional,
zero-width), become visible escapes like ``\u202e``. Then each format has one function that keeps its own syntax out.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from robustcore.errors import visible

_WORKFLOW: Final = re.compile(r"::(?=[A-Za-z][\w-]*(?:\s|::))|##(?=\[)")  # commands to a runner of GitHub, in any line
_TICKS: Final = re.compile(r"`+")
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>|~&$]|:(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.", re.IGNORECASE)
_CALLING: Final = re.compile(r"([@#])(?=\w)")  # a person, or an issue
_IN_SCRIPT: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def inert(text: str, *, keep: str = "") -> str:
    """Return ``text`` with unseen characters as escapes, but those in ``keep``, and without commands to a CI runner."""
    text = visible(text, keep=keep)
    if "::" in text or "##" in text:
        text = _WORKFLOW.sub(lambda found: f"\\u{ord(found[0][0]):04x}{found[0][1:]}", text)
    return text


def line(text: str, longest: int = 0) -> str:
    """Return ``text`` inert and on one line, cut to ``longest`` characters (0: whole)."""
    flat = inert(" ".join(text.split()))
    return flat if not longest or len(flat) <= longest else f"{flat[: longest - 1].rstrip()}…"


def markdown(text: str) -> str:
    """Return ``text`` as one line of Markdown that shows it: no markup, link, mention or HTML of its own."""
    escaped = _MARKDOWN.sub(lambda found: f"\\{found[0]}", line(text))
    return _CALLING.sub(r"\1<!-- -->", escaped)


def code(text: str, longest: int = 0) -> str:
    """Return ``text`` as a Markdown code span that is right in a table, too; an empty text as nothing."""
    shown = line(text, longest).replace("|", "\\|")
    if not shown:
        return ""
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(shown)), default=0) + 1)
    space = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def workflow(text: str) -> str:
    """Return ``text`` as the message of a GitHub workflow command; several lines are kept."""
    shown = inert(text, keep="\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return ``text`` as the value of a property of a GitHub workflow command."""
    return workflow(line(text)).replace(":", "%3A").replace(",", "%2C")


def script(value: Any) -> str:
    """Return ``value`` as JSON that may stand in a script element: nothing in it ends the element or a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_IN_SCRIPT)
