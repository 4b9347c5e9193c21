"""A language model of transformers in memory: how it is loaded, what it can do, and reading a batch of token rows."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from robustcore.endpoints.local.hardware import torch_dtype
from robustcore.endpoints.local.lm_cache import new_cache, only_attention, only_full_attention, place, spread
from robustcore.endpoints.local.weights import loading, not_here, source_of
from robustcore.errors import RobustError, require

PASS = 1 << 14  # tokens of one pass over prompts
CACHES = ("past_key_values", "cache_params")  # what models call what they keep; the second are state-space models


@dataclass(slots=True, kw_only=True)
class Read:
    """A batch that was read: logits (rows, kept positions, vocabulary), and what reading on needs.

    ``mask`` is (rows, positions read + room); of its columns the first ``width`` are read. ``lengths`` (rows,) counts
    each row's tokens, padding left out. ``encoded`` is what an encoder made, None without one.
    """

    logits: Any
    cache: Any
    mask: Any
    width: int
    lengths: Any
    encoded: Any = None

    def keep(self, indices: Any) -> None:
        """Keep the rows ``indices``, which are in main memory: layers may be on several devices."""
        self.cache.batch_select_indices(indices)
        self.mask, self.lengths = self.mask[indices], self.lengths[indices]
        if self.encoded is not None:
            self.encoded = self.encoded[indices]


class LanguageModel:
    """A causal or encoder-decoder ``model`` of transformers with its ``tokenizer``."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.torch: Any = require("torch", extra="local", purpose="running a language model")
        self.model, self.tokenizer = model.eval(), tokenizer
        self.seq2seq = bool(model.config.is_encoder_decoder)
        self._accepts = frozenset(inspect.signature(type(model).forward).parameters)
        self._cache = next((name for name in CACHES if name in self._accepts), "")
        if not self._cache:
            raise RobustError(f"{type(model).__name__} takes none of {', '.join(CACHES)}: it could not write on")

    @cached_property
    def config(self) -> Any:
        """Return the configuration of what writes: the model, or its decoder."""
        return self.model.config.get_text_config(decoder=True)

    @cached_property
    def device(self) -> Any:
        """Return where the tokens go: to the first layer, or, while that waits elsewhere, to where it will run."""
        device = self.model.get_input_embeddings().weight.device
        if device.type != "meta":
            return device
        return self.torch.device("cuda" if self.torch.cuda.is_available() else "cpu")

    @cached_property
    def ends(self) -> frozenset[int]:
        """Return the tokens that end an answer."""
        told = (self.model.generation_config.eos_token_id, self.config.eos_token_id, self.tokenizer.eos_token_id)
        flat = [token for ids in told for token in (ids if isinstance(ids, list) else [ids])]
        return frozenset(int(token) for token in flat if token is not None)

    @cached_property
    def padding(self) -> int:
        """Return the token that fills rows; it is masked, so any will do."""
        known = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id)
        return next((int(token) for token in known if token is not None), 0)

    @cached_property
    def beginning(self) -> int:
        """Return the token that stands for an empty text."""
        return int(self.padding if self.tokenizer.bos_token_id is None else self.tokenizer.bos_token_id)

    @cached_property
    def positions(self) -> int | None:
        """Return how many tokens fit into the model, or None where nothing says so.

        A causal model's prompt and answer share them; an encoder-decoder has as many for each.
        """
        most = getattr(self.config, "max_position_embeddings", None)
        return int(most) if most else None

    @cached_property
    def shares(self) -> bool:
        """Say whether rows can share what was computed for a common beginning.

        Padding then stands between that and the rest, which only models that are told positions see through.
        """
        return not self.seq2seq and "position_ids" in self._accepts and only_full_attention(self.config)

    @cached_property
    def pads(self) -> bool:
        """Say whether rows of different lengths may stand in one batch, and leave it one by one."""
        return only_attention(self.config)

    @cached_property
    def bytes_per_token(self) -> int:
        """Return the memory of one token's keys and values in all layers, 0 where the configuration does not tell."""
        config = self.config
        names = ("num_attention_heads", "num_hidden_layers", "hidden_size")
        heads, layers, size = (getattr(config, name, None) or 0 for name in names)
        if not heads:
            return 0
        kept = getattr(config, "num_key_value_heads", None) or heads
        width = getattr(config, "head_dim", None) or size // heads
        return int(2 * layers * kept * width * self.model.dtype.itemsize)

    def decoder_start(self) -> list[int]:
        """Return the tokens an encoder-decoder's answer begins with."""
        generation = self.model.generation_config
        start = next(
            token
            for token in (
                generation.decoder_start_token_id,
                getattr(self.config, "decoder_start_token_id", None),
                generation.bos_token_id,
                self.padding,
            )
            if token is not None
        )
        forced = generation.forced_bos_token_id
        return [int(start)] if forced is None else [int(start), int(forced)]

    def word(self, token: int) -> str:
        """Return the text of one token; a leading blank, which some tokenizers drop at the start of a text, is kept."""
        text = str(self.tokenizer.decode([token]))
        marked = str(self.tokenizer.convert_ids_to_tokens(token)).startswith("▁")
        return f" {text}" if marked and not text.startswith(" ") else text

    def tokens(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of ``text``; with ``special``, those the tokenizer puts around it too."""
        return list(self.tokenizer(text, add_special_tokens=special)["input_ids"])

    def read(
        self,
        rows: Sequence[Sequence[int]],
        *,
        shared: Sequence[int],
        room: int | None = None,
        keep: int = 1,
        least: int = 0,
    ) -> Read:
        """Read ``rows``, padded on the left; return the logits of their last ``keep`` positions.

        Of row i the first ``shared[i]`` tokens are read once for all rows that have the same. ``room`` positions are
        left for what will be written; None keeps nothing to read on from. Rows are padded to ``least`` tokens of
        their own at least. More than `PASS` tokens take several passes, so that what one needs stays small.
        """
        torch = self.torch
        beginning = max(shared)
        tokens, mask = self._padded([row[count:] for row, count in zip(rows, shared, strict=True)], least=least)
        width = beginning + tokens.shape[1]
        step = max(1, PASS // tokens.shape[1]) if self.shares else len(rows)
        whole = new_cache(self.config, room=width + (room or 0))
        logits, masks = [], []
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            cache = whole if step >= len(rows) else new_cache(self.config, room=width)
            heads = [tuple(row[:count]) for row, count in zip(rows[part], shared[part], strict=True)]
            seen = mask[part]
            if beginning:
                seen = torch.cat([self._read_heads(heads, beginning, cache), seen], dim=1)
            logits.append(self.forward(tokens[part], mask=seen, cache=cache, keep=keep).logits[:, -keep:])
            masks.append(seen)
            if cache is not whole and room is not None:
                place(cache, start, of=len(rows), into=whole)
        seen = torch.cat(masks)
        with_room = torch.cat([seen, seen.new_ones((len(rows), room or 0))], dim=1)
        return Read(logits=torch.cat(logits), cache=whole, mask=with_room, width=width, lengths=seen.sum(1))

    def _read_heads(self, heads: Sequence[tuple[int, ...]], width: int, cache: Any) -> Any:
        """Read each of ``heads`` once into the empty ``cache``; return the mask (rows, width) of what was read."""
        torch = self.torch
        unique = {head: number for number, head in enumerate(dict.fromkeys(head for head in heads if head))}
        if not unique:
            unique = {(self.padding,): 0}
        apart = self.read(list(unique), shared=[0] * len(unique), room=0, least=width)
        index = torch.tensor([unique.get(head, 0) for head in heads])
        spread(apart.cache, index, cache)
        lengths = torch.tensor([len(head) for head in heads], device=self.device)
        return (torch.arange(width, device=self.device)[None, :] >= width - lengths[:, None]).long()

    def read_on(self, so_far: Read, tokens: Any) -> Any:
        """Return the logits (rows, vocabulary) after one more token a row, ``tokens`` (rows,)."""
        so_far.width += 1
        mask = so_far.mask[:, : so_far.width]
        if so_far.encoded is not None:
            out = self._decode(tokens[:, None], so_far.encoded, so_far.mask, so_far.cache)
        else:
            out = self.forward(tokens[:, None], mask=mask, cache=so_far.cache, keep=1)
        so_far.lengths = so_far.lengths + 1
        return out.logits[:, -1]

    def forward(self, tokens: Any, *, mask: Any, cache: Any, keep: int) -> Any:
        """Run a causal model over ``tokens`` (rows, positions), the last columns of ``mask``."""
        more: dict[str, Any] = {}
        if "position_ids" in self._accepts:
            more["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        if "logits_to_keep" in self._accepts:
            more["logits_to_keep"] = keep
        more[self._cache] = cache
        if self.pads:  # otherwise there is no padding, and a running state must not be masked
            more["attention_mask"] = mask
        return self.model(input_ids=tokens, use_cache=True, **more)

    def encode(self, rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Return the encoder's states (rows, positions, width) and the mask of what it read, padded on the right."""
        tokens, mask = self._padded(rows, left=False)
        encoder = self.model.get_encoder()
        return encoder(input_ids=tokens, attention_mask=mask).last_hidden_state, mask

    def begin(self, states: Any, mask: Any, written: Any, *, room: int = 0) -> Read:
        """Read what each answer begins with, ``written`` (rows, tokens), after an encoder's ``states``."""
        utils: Any = require("transformers.cache_utils", extra="local", purpose="running a language model")
        own = new_cache(self.config, room=written.shape[1] + room if room else None)
        cache = utils.EncoderDecoderCache(own, new_cache(self.config))
        out = self._decode(written, states, mask, cache)
        lengths = mask.new_full((len(mask),), written.shape[1])
        return Read(logits=out.logits, cache=cache, mask=mask, width=0, lengths=lengths, encoded=states)

    def _decode(self, written: Any, states: Any, mask: Any, cache: Any) -> Any:
        outputs: Any = require("transformers.modeling_outputs", extra="local", purpose="running a language model")
        return self.model(
            encoder_outputs=outputs.BaseModelOutput(last_hidden_state=states),
            attention_mask=mask,
            decoder_input_ids=written,
            past_key_values=cache,
            use_cache=True,
        )

    def _padded(self, rows: Sequence[Sequence[int]], *, left: bool = True, least: int = 0) -> tuple[Any, Any]:
        width = max(least, *map(len, rows))
        filled = [[self.padding] * (width - len(row)) for row in rows]
        tokens = [[*pad, *row] if left else [*row, *pad] for row, pad in zip(rows, filled, strict=True)]
        mask = [[0] * len(pad) + [1] * len(row) for row, pad in zip(rows, filled, strict=True)]
        if not left:
            mask = [line[::-1] for line in mask]
        as_tensor = self.torch.tensor
        return as_tensor(tokens, device=self.device), as_tensor(mask, device=self.device)


def load(
    name: str,
    *,
    revision: str | None = None,
    device_map: Any = "auto",
    dtype: str = "auto",
    quantization: Mapping[str, Any] | None = None,
    download: bool = False,
) -> LanguageModel:
    """Return the model ``name``, a hub name or a folder; raise `RobustError` if it cannot be loaded.

    ``device_map`` and ``quantization`` are passed to transformers; ``dtype`` ``auto`` is the checkpoint's own.
    """
    transformers: Any = require("transformers", extra="local", purpose="running a language model")
    source = source_of(name, revision=revision, download=download)
    how = {"device_map": device_map, "dtype": "auto" if dtype == "auto" else torch_dtype(dtype)}
    try:
        if quantization is not None:
            configs = transformers.quantizers.AutoQuantizationConfig
            how["quantization_config"] = configs.from_dict(dict(quantization))
        with loading(download=download):
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, **source)
            config = transformers.AutoConfig.from_pretrained(name, **source)
            seq2seq = transformers.AutoModelForSeq2SeqLM
            kind = seq2seq if config.is_encoder_decoder else transformers.AutoModelForCausalLM
            return LanguageModel(kind.from_pretrained(name, **source, **how), tokenizer)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise RobustError(not_here(name, revision, error)) from error
