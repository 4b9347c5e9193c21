"""How large the reply of a chat model may be: one that never ends must fill neither the memory nor the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, Final

from robustcore.endpoints.remote.retry import TooLarge, chain

MOST: Final = 8_000_000  # bytes: 4,000 tokens with twenty alternatives each take 6 million
MOST_PACKED: Final = 1_000_000  # of a compressed one, which grows to a thousand times as much at worst


def too_large(error: BaseException) -> TooLarge | None:
    """Return the `TooLarge` behind what an SDK made of it, or None."""
    return next((link for link in chain(error) if isinstance(link, TooLarge)), None)


def check_text(text: str) -> str:
    """Return ``text``; raise `TooLarge` for one that no answer is as long as, from whatever SDK it came."""
    if len(text) > MOST:
        raise TooLarge(MOST)
    return text


async def bound(response: Any) -> None:
    """Have reading ``response`` raise `TooLarge` once it is too large: a hook on responses of an httpx client.

    The kind of its stream is asked of the stream: an SDK may bring a copy of httpx under another name.
    """
    packed = response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
    most, stream = MOST_PACKED if packed else MOST, response.stream
    kind: Any = next((base for base in type(stream).__mro__ if base.__name__ == "AsyncByteStream"), None)
    if kind is not None:
        response.stream = _bounded(kind)(stream, most)


@lru_cache(maxsize=4)  # a memo of a pure function: an SDK has one kind of stream
def _bounded(kind: Any) -> Any:
    """Return a class of streams of that kind, which pass another one on up to so many bytes."""

    class Bounded(kind):  # type: ignore[misc]  # whose base is known at run time only
        def __init__(self, stream: Any, most: int) -> None:
            self._stream, self._most = stream, most

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for part in self._stream:
                size += len(part)
                if size > self._most:
                    raise TooLarge(self._most)
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded
