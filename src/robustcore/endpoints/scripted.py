"""Scripted endpoints: replies from a mapping, a list or a function; what tests and benchmarks run on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from robustcore.calls.types import Call, CallError, Packing, Reply, Response
from robustcore.keys import canonical_json, content_key

Script = Callable[[Call], Any] | Mapping[str, Any] | Sequence[Any]


class ScriptedEndpoint:
    """An endpoint whose replies are written down beforehand.

    ``script`` is a function of the call, a mapping from the canonical JSON of a payload (or from the payload itself if
    it is a string), or a sequence that is used up in order of arrival. A value that is an exception is raised, a
    `CallError` is returned as it is, anything else becomes the value of a `Response`. ``sent`` lists every call that
    arrived, and ``batches`` the sizes, so that tests can count. ``version`` gives the endpoint a fingerprint.
    """

    def __init__(
        self, script: Script, *, version: str = "", live: bool = False, packing: Packing | None = None
    ) -> None:
        self.packing = packing or Packing()
        self.live = live
        self.sent: list[Call] = []
        self.batches: list[int] = []
        self._script = script
        self._version = version

    @property
    def fingerprint(self) -> str | None:
        """Return a key of the version, or None if none was given."""
        return content_key("scripted", self._version) if self._version else None

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Yield the scripted reply of each call."""
        self.batches.append(len(calls))
        for index, call in enumerate(calls):
            self.sent.append(call)
            yield index, self._reply(call)

    def _reply(self, call: Call) -> Reply:
        value = self._look_up(call)
        if isinstance(value, BaseException):
            raise value
        return value if isinstance(value, (CallError, Response)) else Response(value=value)

    def _look_up(self, call: Call) -> Any:
        if callable(self._script):
            return self._script(call)
        if isinstance(self._script, Mapping):
            key = call.payload if isinstance(call.payload, str) else canonical_json(call.payload)
            missing = CallError(kind="missing_reply", message=f"nothing is scripted for {key!r}")
            return self._script.get(key, missing)
        position = len(self.sent) - 1
        if position < len(self._script):
            return self._script[position]
        return CallError(kind="missing_reply", message=f"the script has {len(self._script)} replies, all used")
