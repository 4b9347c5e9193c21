"""Single values of a file as written: what a name, a label, a tag or a share may be, and how a wrong one is refused.

Importing this module imports pydantic, so only code that already holds a YAML file does it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError


def refuse(what: str, fix: str = "") -> PydanticCustomError:
    """Return the error that says ``what`` is wrong and how to ``fix`` it."""
    return PydanticCustomError("robust", "{what}", {"what": what, "fix": fix})


def _matching(pattern: str, words: str) -> Callable[[str], str]:
    regex = re.compile(pattern)

    def check(text: str) -> str:
        if regex.fullmatch(text) is None:
            raise refuse(f"{text!r} cannot be used: {words}")
        return text

    return check


def _text(pattern: str, words: str) -> Any:
    return AfterValidator(_matching(pattern, words)), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


def one_or_more(kind: dict[str, Any]) -> Any:
    """Let a single value stand for a list of it; ``kind`` is the JSON schema of one."""
    schema = {"anyOf": [kind, {"type": "array", "items": kind, "minItems": 1}]}

    def widen(value: Any) -> Any:
        if value == []:
            raise refuse("the list is empty", "write at least one value, or remove the key")
        return value if isinstance(value, list) else [value]

    return BeforeValidator(widen), WithJsonSchema(schema)


def version(value: Any) -> Any:
    """Refuse any version of the file format but this one."""
    if type(value) is not int:
        raise refuse("'robust' must be the number 1, the version of the file format", "write robust: 1")
    if value != 1:
        what = f"the file format has version {value}; this version of pytest-robust reads version 1"
        raise refuse(what, "upgrade pytest-robust, or write robust: 1")
    return value


def given(value: Any) -> Any:
    """Refuse ``key:`` with nothing after it, where leaving the key out means None."""
    if value is None:
        raise refuse("nothing stands after the colon", "write a value, or remove the key")
    return value


def short(key: str, long: str, spellings: str) -> Callable[[Any], Any]:
    """Let a bare value stand for the mapping ``{long: value}``."""

    def widen(value: Any) -> Any:
        given(value)
        if isinstance(value, list) and long != "corpus":
            raise refuse(f"{key!r} must be text or a mapping, not a list", f"write {spellings}")
        return value if isinstance(value, dict) else {long: value}

    return widen


def perturb_item(value: Any) -> Any:
    """Refuse an item that is neither a name nor a mapping."""
    if not isinstance(value, str | dict):
        raise refuse("an item of 'perturb' must be a name, 'name: value' or 'name: {options}'")
    return value


def rising(grades: dict[str, float]) -> dict[str, float]:
    """Refuse grades that are not A, B, C... with thresholds that rise."""
    if [*grades] != [chr(ord("A") + i) for i in range(len(grades))]:
        raise refuse(f"grades are A, B, C and so on, in order, not {', '.join(grades)}")
    if sorted(set(grades.values())) != [*grades.values()]:
        raise refuse("the loss that a grade allows must rise from grade to grade", "write {A: 0.02, B: 0.05, C: 0.1}")
    return grades


Name: TypeAlias = Annotated[
    str,
    *_text("[A-Za-z0-9][A-Za-z0-9 _-]*", "use letters, digits, spaces, '_' and '-', starting with a letter or digit"),
]
Label: TypeAlias = Annotated[
    str,
    *_text(
        r"(?!clean(-|$))(?!.*-s[0-9])[A-Za-z0-9][A-Za-z0-9_.=+,-]*",
        "use letters, digits and _ . = + , - but neither 'clean' nor a part like '-s0.5', which ids are made of",
    ),
]
Grade: TypeAlias = Annotated[
    str, *_text("[A-Y]", "a grade is one capital letter; what is below the last gets the next")
]
_RESERVED = "and|or|not|True|False|None|skip|skipif|xfail|parametrize|usefixtures|filterwarnings"
Tag: TypeAlias = Annotated[
    str,
    *_text(
        f"(?!({_RESERVED})$)[A-Za-z][A-Za-z0-9_-]*",
        "a tag is a letter followed by letters, digits, '_' and '-', and no word that pytest itself gives a meaning",
    ),
]
Target: TypeAlias = Annotated[
    str,
    *_text(
        r"[A-Za-z0-9_][\w.-]*(:[A-Za-z_][\w.]*)?",
        "write 'embedded', 'model', the name of a system, or package.module:attribute; a URL goes under http:",
    ),
]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
GIVEN = BeforeValidator(given)
UNIT = {"type": "number", "minimum": 0, "maximum": 1}
By: TypeAlias = Literal["perturbation", "severity", "family"]
