"""``package.module:attribute`` → the object; and a digest of the source files it stands in."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from robustcore.errors import InputError, Location, Problem, suggest
from robustcore.keys import content_key, file_sha256

TARGET: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
MOST_FILES: Final = 500


def resolve_target(target: str, search: Sequence[Path] = (), *, where: Location | None = None) -> Any:
    """Return the object that ``target`` ("pkg.mod:attr", ``attr`` may have dots) names.

    The folders of ``search`` (the rootdir, as a rule) are put at the front of ``sys.path`` and stay there, as pytest
    does for a conftest.py's folder: the application's own later imports, inside functions, need them too.
    `InputError` if the target is malformed, the module is missing or fails to import, or has no such attribute.
    """
    if not TARGET.fullmatch(target):
        raise InputError(Problem(what=f"{target!r} is not a target", where=where, fix=_fix_of(target)))
    for folder in reversed([str(path.resolve()) for path in search]):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    module_name, _, attributes = target.partition(":")
    value: Any = _import(module_name, target, search, where)
    for attribute in attributes.split("."):
        try:
            value = getattr(value, attribute)
        except AttributeError:
            raise InputError(_no_attribute(value, attribute, target, where)) from None
    return value


def source_digest(value: Any, *, target: str = "", sources: Iterable[Path] = ()) -> str:
    """Return a key of the source files behind ``value``: eight hexadecimal digits that change when one is edited.

    They are the files of the object, its class and the target's module, every ``*.py`` of their packages where these
    are the user's own (not installed), and ``sources`` (files, or folders of ``*.py``). What code reads besides, such
    as a prompt in a text file or an index on disk, is not seen: pass it in ``sources``, or declare a version.
    """
    files: dict[str, Path] = {}
    for module in _modules(value, target):
        files.update((str(path), path) for path in _files_of(module))
    for source in sources:
        found = sorted(source.rglob("*.py")) if source.is_dir() else [source]
        files.update((str(path), path) for path in found)
    digests = sorted([path.name, file_sha256(path)] for path in files.values() if path.is_file())
    return content_key(digests)[:8]


def _fix_of(target: str) -> str:
    module, dot, attribute = target.replace("/", ".").removesuffix(".py").rpartition(".")
    if dot and ":" not in target and TARGET.fullmatch(f"{module}:{attribute}"):
        return f"write package.module:attribute; did you mean '{module}:{attribute}'?"
    return "write package.module:attribute, for example app.rag:build"


def _import(name: str, target: str, search: Sequence[Path], where: Location | None) -> ModuleType:
    try:
        importlib.invalidate_caches()
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(_no_module(error.name, target, search, where)) from None
        raise InputError(_broken(error, name, target, where)) from error
    except Exception as error:  # whatever the user's module does while it is imported
        raise InputError(_broken(error, name, target, where)) from error


def _no_module(missing: str, target: str, search: Sequence[Path], where: Location | None) -> Problem:
    parent, _, tail = missing.rpartition(".")
    folders = getattr(sys.modules.get(parent), "__path__", ()) if parent else [str(path) for path in search]
    found = sorted({module.name for module in pkgutil.iter_modules(list(folders))})
    choices = tuple(f"{parent}.{name}" if parent else name for name in found[:20])
    looked = ", ".join(str(path) for path in search) or "sys.path"
    fix = suggest(missing if not parent else tail, found) or f"looked in {parent or looked}"
    return Problem(what=f"{target!r}: there is no module {missing!r}", where=where, choices=choices, fix=fix)


def _broken(error: Exception, name: str, target: str, where: Location | None) -> Problem:
    """Return the problem of a module that is there and fails, with the user's own line where it did."""
    place = ""
    if isinstance(error, SyntaxError) and error.filename:
        place = f" ({error.filename}:{error.lineno})"
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
        place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    fix = f"install {error.name.partition('.')[0]!r}" if isinstance(error, ImportError) and error.name else ""
    what = f"{target!r}: importing {name} raised {type(error).__name__}: {error}{place}"
    return Problem(what=what, where=where, fix=fix)


def _no_attribute(value: Any, attribute: str, target: str, where: Location | None) -> Problem:
    own = getattr(value, "__name__", None)
    names = [name for name in vars(value) if not name.startswith("_")] if hasattr(value, "__dict__") else []
    mine = [name for name in names if getattr(getattr(value, name), "__module__", own) == own]
    choices = tuple(sorted(mine or names)[:20])
    what = f"{target!r}: {own or type(value).__name__} has no {attribute!r}"
    return Problem(what=what, where=where, choices=choices, fix=suggest(attribute, names))


def _is_users(filename: str) -> bool:
    installed = "site-packages" in filename or "dist-packages" in filename
    return not (
        installed or filename.startswith("<") or Path(filename).is_relative_to(Path(importlib.__file__).parent.parent)
    )


def _modules(value: Any, target: str) -> list[ModuleType]:
    """Return the modules in which the object, what it wraps, its class and the target stand, as far as known."""
    inner = inspect.unwrap(value) if callable(value) else value
    while isinstance(inner, functools.partial):
        inner = inner.func
    names = [getattr(inner, "__module__", None), type(inner).__module__, target.partition(":")[0]]
    return [module for name in dict.fromkeys(names) if name and (module := sys.modules.get(name)) is not None]


def _files_of(module: ModuleType) -> list[Path]:
    if not getattr(module, "__file__", None):
        return []
    path = Path(str(module.__file__)).resolve()
    if path.suffix != ".py":
        return []
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    if not package or not _is_users(str(path)):
        return [path]
    root = path.parents[package.count(".")]
    found = sorted(root.rglob("*.py"))
    return found if len(found) <= MOST_FILES else [path]
