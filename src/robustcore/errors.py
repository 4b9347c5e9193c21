"""Errors people can act on: what is wrong, where (file:line:column), the choices, the fix."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file; ``line`` and ``column`` count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file``, ``file:line`` or ``file:line:column``."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input.

    ``what`` says it in one sentence; ``where`` points at it; ``choices`` are the values that would be accepted;
    ``fix`` is the next step for the person who reads it.
    """

    what: str
    where: Location | None = None
    choices: tuple[str, ...] = ()
    fix: str = ""

    def __str__(self) -> str:
        """Return the problem as lines of text, one to three unless ``what`` has more; what nobody sees is escaped."""
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.choices:
            lines.append(f"  choices: {', '.join(self.choices)}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return visible("\n".join(lines), keep="\n\t")


_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))  # control, format, surrogates, line and paragraph separators


class _Seen:
    """A table for ``str.translate``: the escape of an unseen character, every other as it is."""

    def __init__(self, keep: str) -> None:
        self._keep = keep

    def __getitem__(self, point: int) -> str | int:
        char = chr(point)
        if char in self._keep or (unicodedata.category(char) not in _UNSEEN and point & 0xFFFE != 0xFFFE):
            return point
        return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def visible(text: str, *, keep: str = "") -> str:
    r"""Return ``text`` with what nobody sees, or what changes how others are shown, as escapes like ``\u202e``.

    These are control characters, ANSI escapes, bidirectional and zero-width ones, and lone surrogates; not those in
    ``keep``.
    """
    return text if text.isprintable() else text.translate(_Seen(keep))


class RobustError(Exception):
    """Base of every error this library raises on purpose."""


class InputError(RobustError):
    """A file or option the user gave cannot be used. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownNameError(InputError):
    """A name is not in a registry."""


class MissingExtraError(RobustError):
    """An optional dependency is not installed; the message holds the command that installs it."""


MOST_CHOICES = 24  # a longer list hides the likely word


def likely(name: str, choices: Sequence[str], *, most: int = 8) -> tuple[str, ...]:
    """Return ``choices`` if they are few, else the ``most`` that look like ``name``, those of its family first.

    A family is what stands before the first point: ``context`` of ``context.irelevant``.
    """
    if len(choices) <= MOST_CHOICES:
        return tuple(choices)
    family, point, tail = name.partition(".")
    kin = [choice for choice in choices if point and choice.startswith(f"{family}.")]
    wanted = tail if kin else name

    def distance(choice: str) -> float:
        word = choice.partition(".")[2] or choice if kin or not point else choice
        return -difflib.SequenceMatcher(None, wanted.lower(), word.lower()).ratio()

    nearest = sorted(kin or choices, key=distance)[:most]
    return (*nearest, f"... ({len(choices)} in all)")


def suggest(name: str, choices: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the closest choice, or an empty string."""
    known = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    tails = {choice.rpartition(".")[2]: choice for choice in known}  # ``qwertyswap`` for ``question.qwerty_swap``
    for spelled, cutoff in ((known, 0.6), ({tail: known[choice] for tail, choice in tails.items()}, 0.7)):
        close = difflib.get_close_matches(name.lower(), sorted(spelled), n=1, cutoff=cutoff)
        if close:
            return f"did you mean {spelled[close[0]]!r}?"
    return ""


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import ``module``, or raise `MissingExtraError` saying which extra brings it and what it is needed for."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        root = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != root:
            raise  # the package is there and one of *its* imports is broken: show that
        raise _missing(root, extra, purpose) from error


def require_installed(*modules: str, extra: str, purpose: str) -> None:
    """Raise `MissingExtraError` for the first of ``modules`` that is not installed; nothing is imported."""
    for module in modules:
        if module not in sys.modules and importlib.util.find_spec(module) is None:
            raise _missing(module, extra, purpose)


def _missing(module: str, extra: str, purpose: str) -> MissingExtraError:
    what = f"{purpose} needs {module!r}, which is not installed"
    return MissingExtraError(f'{what}: pip install "pytest-robust[{extra}]"')
