"""One registry class for everything that is reached by name. Instances are passed in; there is no global one."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Generic, TypeVar, cast

from robustcore.errors import InputError, Problem, UnknownNameError, likely, suggest

T = TypeVar("T")


def folded(name: str) -> str:
    """Return ``name`` in lower case with underscores for spaces and hyphens: as others spell it, too."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


class Registry(Generic[T]):
    """Names mapped to values of one kind, some of them imported only when looked up.

    ``kind`` is the noun used in messages ("perturbation"); ``group`` the entry-point group that other packages
    use; entry points are loaded only when a lookup misses. ``listed_by`` is the command that prints all names. A
    duplicate name is an error. Names may have the form ``point.name``; with ``short`` the point may be left out where
    the rest is unique. ``called_here`` gives the name for what others call it, for messages; empty if it knows none.
    """

    def __init__(
        self,
        kind: str,
        *,
        group: str | None = None,
        listed_by: str = "",
        short: bool = True,
        called_here: Callable[[str], str] = lambda name: "",
    ) -> None:
        self.kind = kind
        self.listed_by = listed_by
        self._short, self._called_here = short, called_here
        self._group = group
        self._values: dict[str, T] = {}
        self._lazy: dict[str, str] = {}
        self._frozen = False
        self._entry_points_read = False

    def add(self, name: str, value: T) -> None:
        """Register ``value`` under ``name``."""
        self._claim(name)
        self._values[name] = value

    def add_lazy(self, name: str, target: str) -> None:
        """Register ``module:attribute`` under ``name``; it is imported at the first lookup."""
        self._claim(name)
        self._lazy[name] = target

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates."""

        def decorate(value: T) -> T:
            self.add(name, value)
            return value

        return decorate

    def freeze(self) -> None:
        """Refuse further names: what a run means must not change while it runs."""
        self._frozen = True

    def names(self) -> list[str]:
        """Return every name, sorted, entry points included."""
        self._read_entry_points()
        return sorted({*self._values, *self._lazy})

    def resolve(self, name: str) -> str:
        """Return the full name for ``name``; raise `UnknownNameError` with the choices if there is none."""
        if name in self._values or name in self._lazy:
            return name
        names = self.names()
        if name in names:
            return name
        tails = [full for full in names if full.rpartition(".")[2] == name] if self._short else []
        if len(tails) == 1:
            return tails[0]
        raise UnknownNameError(self.unknown(name, names, tails))

    def unknown(self, name: str, names: Sequence[str], meant: Sequence[str] = ()) -> Problem:
        """Return the problem that ``name`` is none of ``names``, or one of several that are ``meant``.

        It offers the likely ones, and says which is likeliest or else where all are listed.
        """
        if meant:
            what = f"{self.kind} {name!r} is ambiguous"
            return Problem(what=what, choices=tuple(meant), fix=suggest(name, names))
        here = self._called_here(name)
        others = [one for one in likely(name, names) if one != here]
        fix = f"did you mean {here!r}?" if here else suggest(name, names)
        return Problem(
            what=f"unknown {self.kind} {name!r}",
            choices=(here, *others) if here else tuple(others),
            fix=fix or (f"`{self.listed_by}` lists them all" if self.listed_by else ""),
        )

    def get(self, name: str) -> T:
        """Return the value registered under ``name`` (or its unique tail)."""
        full = self.resolve(name)
        if full not in self._values:
            module, _, attribute = self._lazy[full].partition(":")
            self._values[full] = cast("T", getattr(importlib.import_module(module), attribute))
        return self._values[full]

    def __contains__(self, name: object) -> bool:
        """Say whether ``name`` can be looked up."""
        try:
            self.resolve(str(name))
        except UnknownNameError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.names())

    def _claim(self, name: str) -> None:
        if self._frozen:
            raise InputError(Problem(what=f"{self.kind} {name!r} comes too late: the registry is frozen"))
        if name in self._values or name in self._lazy:
            raise InputError(Problem(what=f"{self.kind} {name!r} is registered twice", fix="choose another name"))

    def _read_entry_points(self) -> None:
        if self._entry_points_read or self._group is None:
            return
        self._entry_points_read = True
        for entry in entry_points(group=self._group):
            if entry.name not in self._values and entry.name not in self._lazy:
                self._lazy[entry.name] = entry.value
