"""Which exceptions are the world's fault (``infra_error``) and which the judged system's own (``system_error``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from robustcore.calls.types import CallError, ErrorKind
from robustcore.errors import MissingExtraError

INFRA_TYPES = (TimeoutError, ConnectionError, MemoryError, MissingExtraError)
# Provider SDKs are not imported just to name their exceptions: the class name is enough.
INFRA_NAME_PARTS = ("timeout", "connect", "ratelimit", "authentication", "permissiondenied", "serviceunavailable")
INFRA_NAMES = frozenset({"APIStatusError", "InternalServerError", "RemoteProtocolError", "ReadError", "SSLError"})
INFRA_STATUS = frozenset({401, 402, 403, 407, 408, 425, 429, 500, 502, 503, 504, 529})

Classifier = Callable[[BaseException], ErrorKind | None]


def classify(error: BaseException, extra: Sequence[Classifier] = ()) -> CallError:
    """Return ``error`` as a value. ``extra`` classifiers are asked first; the first answer that is not None wins."""
    kind = next((kind for ask in extra if (kind := ask(error)) is not None), None)
    if kind is None:
        kind = "infra_error" if any(_is_infra(link) for link in _chain(error)) else "system_error"
    text = str(error).strip() or type(error).__name__
    return CallError(kind=kind, message=text[:2000], exception=type(error).__name__)


def _is_infra(error: BaseException) -> bool:
    if isinstance(error, INFRA_TYPES):
        return True
    name = type(error).__name__
    if name in INFRA_NAMES or any(part in name.lower() for part in INFRA_NAME_PARTS):
        return True
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status in INFRA_STATUS


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain and len(chain) < 8:
        chain.append(link)
        link = link.__cause__
    return chain
