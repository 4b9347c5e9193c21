"""Tiny models built from a seed and saved as the folders transformers loads: the same seed gives the same weights.

Each function writes one model with its tokenizer (under 1 MB) into ``folder`` and returns it. The weights are random
and spread widely, so that the most likely token leads clearly and differs from prompt to prompt.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ("<pad>", "<eos>", "<unk>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
WORDS = (
    "the a an of in on at is are was were who what where when why how which whose does do did can could will would you "
    "answer question passage context only using not know yes no bridge river museum pump office town director opened "
    "crosses visitors year days paid leave manual water pressure station north south harbour tower train ticket price "
    "repeat word words quick brown fox jumps over lazy dog please explain short long number one two three four five"
)


def tokenizer(*, chat: bool = True, padding: str = "left") -> Any:
    """Return a byte-level BPE tokenizer whose merges are those of a fixed word list; any text can be encoded."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*SPECIAL, *alphabet])}
    merges: list[tuple[str, str]] = []
    for word in WORDS.split():
        left = "Ġ"
        for letter in word:
            if left + letter not in vocabulary:
                merges.append((left, letter))
                vocabulary[left + letter] = len(vocabulary)
            left += letter
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    kind: Any = PreTrainedTokenizerFast
    return kind(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        additional_special_tokens=list(SPECIAL[3:]),
        padding_side=padding,
        model_max_length=1024,
        chat_template=CHAT_TEMPLATE if chat else None,
    )


def causal_model(folder: Path, *, seed: int = 0, layers: int = 2, chat: bool = True, positions: int = 1024) -> Path:
    """Write a Llama-like causal language model; without ``chat`` its tokenizer has no chat template."""
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(chat=chat)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=positions,
        initializer_range=0.35,
        **_special(words),
    )
    return _save(folder, words, LlamaForCausalLM, config, seed)


def sliding_model(folder: Path, *, seed: int = 0, window: int = 24) -> Path:
    """Write a Mistral-like causal model, whose layers see only the last ``window`` tokens."""
    from transformers import MistralConfig, MistralForCausalLM

    words = tokenizer()
    config = MistralConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        sliding_window=window,
        initializer_range=0.35,
        **_special(words),
    )
    return _save(folder, words, MistralForCausalLM, config, seed)


def seq2seq_model(folder: Path, *, seed: int = 0) -> Path:
    """Write a T5-like encoder-decoder; its tokenizer has no chat template, as those of T5 have none."""
    from transformers import T5Config, T5ForConditionalGeneration

    words = tokenizer(chat=False)
    kind: Any = T5Config
    config = kind(
        vocab_size=len(words),
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        initializer_factor=1.0,
        tie_word_embeddings=False,
        decoder_start_token_id=words.pad_token_id,
        **_special(words),
    )
    return _save(folder, words, T5ForConditionalGeneration, config, seed)


def state_space_model(folder: Path, *, seed: int = 0) -> Path:
    """Write a Mamba-like causal model: a running state instead of attention, no positions."""
    from transformers import MambaConfig, MambaForCausalLM

    words = tokenizer()
    kind: Any = MambaConfig
    config = kind(
        vocab_size=len(words),
        hidden_size=64,
        num_hidden_layers=2,
        state_size=8,
        initializer_range=0.3,
        **_special(words),
    )
    return _save(folder, words, MambaForCausalLM, config, seed)


def bart_model(folder: Path, *, seed: int = 0) -> Path:
    """Write a BART-like encoder-decoder, which has 64 learned positions."""
    from transformers import BartConfig, BartForConditionalGeneration

    words = tokenizer(chat=False)
    kind: Any = BartConfig
    config = kind(
        vocab_size=len(words),
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_position_embeddings=64,
        init_std=0.3,
        decoder_start_token_id=words.eos_token_id,
        forced_eos_token_id=None,
        pad_token_id=words.pad_token_id,
        eos_token_id=words.eos_token_id,
        bos_token_id=None,
    )
    return _save(folder, words, BartForConditionalGeneration, config, seed)


def reranker_model(folder: Path, *, seed: int = 0) -> Path:
    """Write a BERT-like cross-encoder with one label, as rerankers have."""
    return _classifier(folder, seed, {0: "LABEL_0"})


def entailment_model(
    folder: Path, *, seed: int = 0, labels: tuple[str, ...] = ("contradiction", "entailment", "neutral")
) -> Path:
    """Write a BERT-like cross-encoder with three labels in the order ``labels``."""
    return _classifier(folder, seed, dict(enumerate(labels)))


def encoder_model(folder: Path, *, seed: int = 0) -> Path:
    """Write a sentence-transformers folder: a BERT-like encoder of 64 dimensions with mean pooling."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertModel

    body = folder.parent / f"{folder.name}-body"
    words = tokenizer(chat=False, padding="right")
    _save(body, words, BertModel, _bert(words), seed)
    transformer = modules.Transformer(str(body), max_seq_length=256)
    SentenceTransformer(modules=[transformer, modules.Pooling(64)], device="cpu").save(str(folder))
    return folder


def _classifier(folder: Path, seed: int, labels: dict[int, str]) -> Path:
    from transformers import BertForSequenceClassification

    words = tokenizer(chat=False, padding="right")
    config = _bert(words, id2label=labels, label2id={label: index for index, label in labels.items()})
    return _save(folder, words, BertForSequenceClassification, config, seed)


def _bert(words: Any, **more: Any) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=256,
        initializer_range=0.2,
        pad_token_id=words.pad_token_id,
        **more,
    )


def _special(words: Any) -> dict[str, Any]:
    return {"pad_token_id": words.pad_token_id, "eos_token_id": words.eos_token_id, "bos_token_id": None}


def _save(folder: Path, words: Any, kind: Any, config: Any, seed: int) -> Path:
    import torch

    with torch.no_grad(), torch.random.fork_rng(devices=[]):  # a test's own random numbers stay what they were
        torch.manual_seed(seed)
        model = kind(config)
        if hasattr(model, "lm_head"):
            model.lm_head.weight *= 2.8 / (model.lm_head.weight.std() * config.hidden_size**0.5)  # logits of like size
            model.lm_head.weight[config.eos_token_id] *= 2  # so that answers end by themselves, at different lengths
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
