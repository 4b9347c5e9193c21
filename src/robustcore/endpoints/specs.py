"""Endpoints named by data: what a worker on another process or machine needs to make one.

A spec is a JSON object with ``kind``, a name of `endpoint_kinds`, and that kind's own fields. An endpoint that can be
made from data has a property ``spec`` that returns it; one that holds a user's object has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from robustcore.calls.types import Endpoint
from robustcore.registry import Registry

Spec: TypeAlias = Mapping[str, Any]
Build: TypeAlias = Callable[[Spec], Endpoint]


def endpoint_kinds() -> Registry[Build]:
    """Return the kinds of endpoints that can be made from data; other packages add theirs by entry point."""
    kinds: Registry[Build] = Registry("endpoint", group="robust.endpoints")
    kinds.add_lazy("chat", "robustcore.endpoints.remote.chat:chat_endpoint")
    kinds.add_lazy("http", "robustcore.endpoints.remote.http_service:from_spec")
    for kind in ("lm", "encoder", "cross_encoder"):
        kinds.add_lazy(kind, f"robustcore.endpoints.local.{kind}:from_spec")
    return kinds


def spec_of(endpoint: Endpoint) -> Spec | None:
    """Return the data that makes an equal endpoint, or None if there is none."""
    return getattr(endpoint, "spec", None)


def make_endpoint(spec: Spec, kinds: Registry[Build] | None = None) -> Endpoint:
    """Return the endpoint that ``spec`` describes; raise `UnknownNameError` for an unknown kind."""
    return (kinds or endpoint_kinds()).get(spec["kind"])(spec)


def check_ready(endpoints: Iterable[Endpoint]) -> None:
    """Raise the error of the first endpoint that says it cannot be asked as things stand.

    An endpoint that needs something beside its options (an environment variable, a package) may have a method
    ``check`` that raises a `RobustError` naming it. It is called once, before the first call, and must be quick.
    """
    for endpoint in endpoints:
        check = getattr(endpoint, "check", None)
        if check is not None:
            check()
