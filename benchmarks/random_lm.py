"""Language models with random weights, made on the spot, and prompts of mixed length that share passages."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The size of a Llama-like model; the defaults are those of a model of 7 billion weights."""

    vocabulary: int = 32_000
    width: int = 4096
    inner: int = 11_008
    layers: int = 32
    heads: int = 32
    kv_heads: int = 8
    positions: int = 4096


TINY = Shape(vocabulary=2000, width=64, inner=128, layers=2, heads=4, kv_heads=2, positions=1024)


def tokenizer(vocabulary: int) -> Any:
    """Return a tokenizer whose words are ``w0``, ``w1``, ... between blanks."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.WordLevel(vocab={f"w{number}": number for number in range(vocabulary)}, unk_token="w0"))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    kind: Any = PreTrainedTokenizerFast
    return kind(tokenizer_object=raw, unk_token="w0", pad_token="w1", model_max_length=1_000_000)


def model(shape: Shape, *, device: str, dtype: str, seed: int = 0) -> Any:
    """Return a model of that shape that never ends an answer by itself; nothing is downloaded."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.positions,
        initializer_range=0.35 if shape.width <= 64 else 0.02,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=1,
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        torch.manual_seed(seed)
        with torch.device(device):
            made = LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(before)
    made.train(mode=False)
    return made


def prompts(count: int, *, vocabulary: int, passages: int, words: tuple[int, int], seed: int = 0) -> list[str]:
    """Return ``count`` different prompts: one of ``passages`` passages, then a question of 8 to 32 words.

    A passage has between ``words[0]`` and ``words[1]`` words, so lengths are mixed and beginnings shared.
    """
    rng = random.Random(seed)

    def text(length: int) -> str:
        return " ".join(f"w{rng.randrange(2, vocabulary)}" for _ in range(length))

    shared = [text(rng.randint(*words)) for _ in range(passages)]
    return [f"{rng.choice(shared)} {text(rng.randint(8, 32))}" for _ in range(count)]
