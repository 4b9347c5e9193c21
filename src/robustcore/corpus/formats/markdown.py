"""A folder of Markdown or plain text files: one document each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.text import read_text
from robustcore.corpus.records import Doc

SUFFIXES = (".md", ".markdown", ".txt", ".text")

_ATX = re.compile(r" {0,3}#{1,6}(?=[ \t])")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NO_TITLE_LINE = re.compile(r"[ \t]*$|[ \t]*[-*+>|][ \t]| {4}|\t")


def read_docs(folder: Path, faults: Faults) -> tuple[Doc, ...]:
    """Return the documents of a folder and its subfolders, sorted by path.

    The id is the path below ``folder`` with ``/`` and without the suffix, the title the first heading or else the
    file's name, the tag (if any) the subfolder it lies in. Hidden files and files with other suffixes are left out.
    """
    if not folder.is_dir():
        faults.add("a folder of Markdown or text files is expected here")
        return ()
    docs: dict[str, Doc] = {}
    paths: dict[str, Path] = {}
    for path in text_files(folder):
        relative = path.relative_to(folder)
        doc_id = relative.with_suffix("").as_posix()
        if doc_id in paths:
            what = f"{relative.as_posix()} and {paths[doc_id].as_posix()} both get the id {doc_id!r}"
            faults.add(what, file=path, fix="rename one of them")
        elif not _encodable(doc_id):
            faults.add("the file's name is not Unicode text", file=folder / ascii(relative.as_posix()), fix="rename it")
        elif (text := _text(path, faults)) is not None:
            tags = (relative.parent.as_posix(),) if relative.parent.parts else ()
            docs[doc_id] = Doc(id=doc_id, text=text, title=heading(text) or path.stem, tags=tags)
        paths.setdefault(doc_id, relative)
    if not paths:
        faults.add(f"the folder has no files named {', '.join('*' + suffix for suffix in SUFFIXES)}")
    return tuple(docs.values())


def text_files(folder: Path) -> list[Path]:
    """Return the Markdown and text files below ``folder``, sorted by path; hidden files and folders are left out."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    shown = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    return sorted(shown, key=lambda path: path.relative_to(folder).as_posix())


def heading(text: str) -> str:
    """Return the first Markdown heading, or an empty string; front matter and fenced code hold none."""
    above, blank_before = "", True
    for line in _prose(text):
        match = _ATX.match(line)
        if match and (title := _without_closing(line[match.end() :].strip())):
            return title
        if above and _UNDERLINE.match(line):
            return above.strip()
        # a heading that is underlined is one line long: the last line of a paragraph above a rule is none
        above = line if blank_before and not match and not _NO_TITLE_LINE.match(line) else ""
        blank_before = not line.strip()
    return ""


def _without_closing(title: str) -> str:
    """Drop the marks that may close a heading (``# Title #``), but not those of a word (``# C#``)."""
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


def _prose(text: str) -> Iterator[str]:
    """Yield the lines outside of front matter and fenced code."""
    lines = text.split("\n")
    start = 0
    if lines[0].rstrip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
        start = end + 1 if end else 0
    fence = ""
    for line in lines[start:]:
        match = _FENCE.match(line)
        if match and fence in ("", match[1]):
            fence = "" if fence else match[1]
            yield ""  # what stands above a fence is not what an underline below it belongs to
        elif not fence:
            yield line


def _text(path: Path, faults: Faults) -> str | None:
    """Return a file's text with Unix line ends and without blank space around it."""
    text = read_text(path, faults)
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _encodable(name: str) -> bool:
    """Say whether a file name was valid in the file system's encoding (else it holds lone surrogates)."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
