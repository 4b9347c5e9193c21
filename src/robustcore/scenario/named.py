"""A named spec, in its three spellings: ``name`` | ``name: value`` | ``name: {options}``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from robustcore.errors import InputError, Problem

SPELLINGS = ("name", "name: value", "name: {option: value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name with what was written after it.

    That is nothing, a bare ``value`` for its main option, ``given`` options, or a list (in ``value``) where the name
    is one that takes a list.
    """

    name: str
    form: Literal["name", "value", "options", "list"] = "name"
    value: Any = None
    given: Mapping[str, Any] = field(default_factory=dict)

    def options(self, main: str, known: Collection[str] = ()) -> dict[str, Any]:
        """Return the options as a mapping, a bare value under ``main``; `InputError` if there is no main option."""
        if self.form == "value":
            if not main:
                what = f"{self.name} takes no bare value"
                raise InputError(Problem(what=what, choices=tuple(known), fix=f"write {self.name}: {{option: value}}"))
            return {main: self.value}
        return dict(self.given)


def read_named(item: Any, *, siblings: Collection[str] = (), lists: Collection[str] = ()) -> Named:
    """Return the named spec written as ``item``; keys in ``siblings`` may stand beside the name and are ignored.

    Names in ``lists`` take a list and nothing else.
    Raises `InputError` without a place if ``item`` is neither text nor a mapping with exactly one name.
    """
    if isinstance(item, str):
        if not item.strip():
            raise InputError(Problem(what="the name is empty", choices=SPELLINGS))
        return Named(name=item)
    if not isinstance(item, Mapping):
        raise InputError(Problem(what=f"expected a name or a mapping, not {item!r}", choices=SPELLINGS))
    names = [key for key in item if key not in siblings]
    if len(names) != 1:
        raise InputError(_count_problem(names))
    name, value = names[0], item[names[0]]
    if name in lists:
        if not isinstance(value, list) or not value:
            raise InputError(Problem(what=f"{name!r} needs a list", fix=f"write {name}: [first, second]"))
        return Named(name=name, form="list", value=value)
    if isinstance(value, Mapping):
        return Named(name=name, form="options", given=value)
    if value is None:
        raise InputError(Problem(what=f"nothing stands after '{name}:'", fix=f"write {name} without the colon"))
    if isinstance(value, list):
        fix = f"write {name}: {{option: value}}"
        raise InputError(Problem(what=f"{name} cannot take a list", choices=SPELLINGS, fix=fix))
    return Named(name=name, form="value", value=value)


def _count_problem(names: list[str]) -> Problem:
    if not names:
        return Problem(what="no name is given here", choices=SPELLINGS)
    what = f"exactly one name belongs here, not {len(names)}: {', '.join(names)}"
    return Problem(what=what, fix="indent options under their name, or start another item with '- '")
