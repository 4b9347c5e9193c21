"""What the endpoints that compare texts by an encoder have in common: the encoder, made late, and their identity."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

from robustcore.calls.types import Packing
from robustcore.keys import content_key
from robustcore.measures.support_rules import TextEncoder


class EncodedEndpoint:
    """The base of an endpoint that asks an encoder about a whole batch at once.

    ``name`` and ``version`` stand for its rules: raise the version when a value may change.
    """

    live = False
    name: ClassVar[str]
    version: ClassVar[int]

    def __init__(self, encoder: Callable[[], TextEncoder]) -> None:
        self._make = encoder
        self.packing = Packing(max_calls=4096, by_length=False)

    @cached_property
    def encoder(self) -> TextEncoder:
        """Return the encoder, made when first needed."""
        return self._make()

    @cached_property
    def fingerprint(self) -> str | None:
        """Return a key of the rules' version and the encoder; None if the encoder cannot be identified."""
        encoder = self.encoder.fingerprint
        return None if encoder is None else content_key(self.name, self.version, encoder)
