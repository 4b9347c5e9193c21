"""The code blocks of README and docs, each with what the comment above or below it says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/robust-extension/README.md")
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<use>file|write|run|fails): ?(?P<file>\S*) -->\n)?"
    r"```(?P<kind>\w*)\n(?P<text>.*?)```(?:\n<!-- norun: (?P<why>.+?) -->)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of ``page``. ``use``: it stands in a ``file`` of the repository, is written to one, is run, or fails."""

    page: str
    line: int
    kind: str
    text: str
    file: str
    why: str
    use: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    """Return every block, in the order of pages and lines."""
    found = []
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        name = page.relative_to(ROOT).as_posix()
        for match in BLOCK.finditer(content):
            line = content.count("\n", 0, match.start()) + 1
            told = {key: match[key] or "" for key in ("kind", "text", "file", "why", "use")}
            found.append(Block(page=name, line=line, **told))
    return found
