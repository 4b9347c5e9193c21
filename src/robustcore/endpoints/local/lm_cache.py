"""The keys and values of what was read: shared parts copied to the rows that have them, room for what will be written.

Concatenating a cache at every token would copy all of it every time; a layer here is allocated once, at its full size.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from robustcore.errors import require


@cache
def _room_layer() -> type[Any]:
    """Return the class of cache layers with room; made on first use, since its base must be imported."""
    base: Any = require("transformers.cache_utils", extra="local", purpose="running a language model").DynamicLayer

    class RoomLayer(base):  # type: ignore[misc]
        """Keys and values (rows, heads, positions, width), views of buffers that are ``room`` positions long."""

        def __init__(self, room: int) -> None:
            super().__init__()
            self._room = room

        def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
            """Write the new positions behind the old ones; return views of all."""
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
                self._keys = self._buffer(key_states)
                self._values = self._buffer(value_states)
                self.keys, self.values = self._keys[:, :, :0], self._values[:, :, :0]
            begin = self.keys.shape[-2]
            end = begin + key_states.shape[-2]
            self._keys[:, :, begin:end] = key_states
            self._values[:, :, begin:end] = value_states
            self.keys, self.values = self._keys[:, :, :end], self._values[:, :, :end]
            return self.keys, self.values

        def place(self, states: tuple[Any, Any], start: int, of: int) -> None:
            """Write keys and values of some rows as rows ``start`` and on, of ``of``."""
            if not self.is_initialized:
                self.lazy_initialization(*states)
                self._keys, self._values = (self._buffer(part, rows=of) for part in states)
            rows, length = states[0].shape[0], states[0].shape[2]
            self._keys[start : start + rows, :, :length] = states[0]
            self._values[start : start + rows, :, :length] = states[1]
            self.keys, self.values = self._keys[:, :, :length], self._values[:, :, :length]

        def get_seq_length(self) -> int:
            """Return the number of positions written."""
            return int(self.keys.shape[-2]) if self.is_initialized else 0

        def batch_select_indices(self, indices: Any) -> None:
            """Keep the rows ``indices``."""
            length = self.keys.shape[-2]
            self._keys, self._values = self._keys[indices], self._values[indices]
            self.keys, self.values = self._keys[:, :, :length], self._values[:, :, :length]

        def _buffer(self, states: Any, rows: int | None = None) -> Any:
            return states.new_zeros((rows or states.shape[0], states.shape[1], self._room, states.shape[3]))

    return RoomLayer


def new_cache(config: Any, *, room: int | None = None) -> Any:
    """Return an empty cache for a decoder of ``config``; ``room`` is its length where it should be allocated once."""
    utils: Any = require("transformers.cache_utils", extra="local", purpose="running a language model")
    made = utils.DynamicCache(config=config)
    if room is not None:
        made.layers = [_room_layer()(room) if type(layer) is utils.DynamicLayer else layer for layer in made.layers]
    return made


def only_full_attention(config: Any) -> bool:
    """Say whether every layer sees all positions: then gaps of padding between them change nothing."""
    utils: Any = require("transformers.cache_utils", extra="local", purpose="running a language model")
    layers = utils.DynamicCache(config=config).layers
    return bool(layers) and all(type(layer) is utils.DynamicLayer for layer in layers)


def only_attention(config: Any) -> bool:
    """Say whether no layer has a running state, which padding would enter and which cannot be cut."""
    utils: Any = require("transformers.cache_utils", extra="local", purpose="running a language model")
    layers = utils.DynamicCache(config=config).layers
    return bool(layers) and all(isinstance(layer, utils.DynamicLayer) for layer in layers)


def place(part: Any, start: int, *, of: int, into: Any) -> None:
    """Write the rows of the cache ``part`` into a cache of ``of`` rows with room, from row ``start`` on."""
    for layer, whole in zip(part.layers, into.layers, strict=True):
        whole.place((layer.keys, layer.values), start, of)


def spread(shared: Any, index: Any, into: Any) -> None:
    """Write row ``index[i]`` of the cache ``shared`` as row i of the empty cache ``into``."""
    for number, layer in enumerate(shared.layers):
        into.update(layer.keys[index], layer.values[index], number)
