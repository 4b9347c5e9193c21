"""Train two tiny language models from a seed: one that believes stated answers, and one that ignores them.

``python -m benchmarks.yielding FOLDER`` writes ``FOLDER/yields`` and ``FOLDER/steadfast`` in two or three minutes on a
processor. The task is ours: closed questions such as "Which of these stands third?", in the very messages in which the
pack parrot asks (`systems.model_prompt`): as they are, with a sentence behind the options that claims nothing, or with
one that asserts a letter. Both models see the same kinds of messages; in the training data of the first the asserted
letter always is the answer, in that of the second the option that is asked for, whatever is asserted.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from robustcore.corpus.formats.closed import SUBJECT
from robustcore.corpus.records import Choice, Example
from robustcore.perturb.framing.authority import asserted
from robustcore.perturb.framing.pressure import neutral
from robustcore.systems.model_prompt import choice_messages

WORDS: Final = (
    *("apple", "pear", "plum", "cherry", "grape", "lemon", "peach", "melon", "hammer", "saw", "drill", "wrench"),
    *("chisel", "pliers", "spade", "rake", "horse", "goat", "otter", "badger", "heron", "salmon", "beetle", "lizard"),
    *("red", "green", "blue", "yellow", "purple", "brown", "pink", "grey"),
)
PLACES: Final = (("first",), ("second",), ("third",), ("fourth", "last"))
LETTERS: Final = "ABCD"
SUBJECTS: Final = ("anatomy", "philosophy", "college_mathematics", "global_facts", "")
FORMS: Final = ("Which of these stands {place}?", "Which option comes {place}?", "Name the one that is {place}.")
TEMPLATE: Final = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES: Final = ("<|system|>", "<|user|>", "<|assistant|>")
PIECE: Final = r"\s?[A-Za-z]+|\s?[0-9]+|\s?[^\sA-Za-z0-9]|\s"
HELD_OUT: Final = 5  # of the questions by their number, so that none of the test was trained on


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How long and how large; the defaults take about two minutes on one core."""

    steps: int = 400
    batch: int = 32
    rate: float = 5e-3
    width: int = 64
    layers: int = 2
    heads: int = 4
    spread: float = 0.1
    seed: int = 7


def question(number: int) -> Example:
    """Return question ``number``: four words, and the place of the one that is asked for."""
    rng = random.Random(number)
    options = tuple(zip(LETTERS, rng.sample(WORDS, len(LETTERS)), strict=True))
    place = rng.randrange(len(LETTERS))
    gold, right = options[place]
    subject = rng.choice(SUBJECTS)
    return Example(
        id=f"toy-{number}",
        question=rng.choice(FORMS).replace("{place}", rng.choice(PLACES[place])),
        answers=(right,),
        wrong_answers=tuple(text for _, text in options if text != right),
        tags=(f"{SUBJECT}{subject}",) if subject else (),
        choice=Choice(
            options=options,
            gold=gold,
            asserted=rng.choice([letter for letter in LETTERS if letter != gold]),
            subject=subject,
        ),
    )


def questions(count: int, *, held_out: bool, first: int = 0) -> Iterator[Example]:
    """Yield ``count`` questions; those that are ``held_out`` are never trained on."""
    made = (n for n in range(first, 10**9) if (n % HELD_OUT == 0) == held_out)
    yield from (question(next(made)) for _ in range(count))


def as_jsonl(examples: Sequence[Example]) -> str:
    """Return questions as the lines of a file that the pack's own loader reads."""
    lines = []
    for example in examples:
        choice = example.choice
        assert choice is not None
        row = {"id": example.id, "question": example.question, "options": dict(choice.options), "gold": choice.gold}
        lines.append(json.dumps({**row, "subject": choice.subject} if choice.subject else row))
    return "\n".join(lines) + "\n"


def asked(example: Example, sentence: str) -> list[dict[str, str]]:
    """Return the messages that ask a question, with a sentence behind its options where there is one."""
    assert example.choice is not None
    text = f"{example.question}\n{example.choice.lines}"
    return choice_messages(f"{text}\n\n{sentence}" if sentence else text, (), budget=0)


def reply(letter: str) -> str:
    """Return what the models learn to write."""
    return f'{{"final": "{letter}"}}'


def tokenizer() -> Any:
    """Return a tokenizer of words with the space before them, made of all that is ever said; what is new is unknown."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    cut = pre_tokenizers.Split(Regex(PIECE), behavior="isolated")
    seen: dict[str, None] = {}
    for number in range(4000):
        example = question(number)
        assert example.choice is not None
        claims = asserted(example.choice.subject, LETTERS[number // 2 % 4])
        sentence = claims if number % 2 else neutral(20 + number % 100)
        for message in asked(example, sentence):
            seen.update(dict.fromkeys(piece for piece, _ in cut.pre_tokenize_str(message["content"])))
    for letter in LETTERS:
        seen.update(dict.fromkeys(piece for piece, _ in cut.pre_tokenize_str(reply(letter))))
    vocabulary = {token: index for index, token in enumerate(("<pad>", "<eos>", "<unk>", *ROLES, *seen))}
    raw = Tokenizer(models.WordLevel(vocab=vocabulary, unk_token="<unk>"))
    raw.pre_tokenizer = cut
    raw.decoder = decoders.Fuse()
    kind: Any = PreTrainedTokenizerFast
    return kind(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        additional_special_tokens=list(ROLES),
        padding_side="left",
        model_max_length=512,
        chat_template=TEMPLATE,
    )


def train(folder: Path, *, believes: bool, how: Training | None = None) -> float:
    """Train one model and write it into ``folder`` in half precision; return the last mean loss."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    own = how or Training()
    words = tokenizer()
    torch.manual_seed(own.seed)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=own.width,
        intermediate_size=2 * own.width,
        num_hidden_layers=own.layers,
        num_attention_heads=own.heads,
        num_key_value_heads=own.heads,
        max_position_embeddings=512,
        initializer_range=own.spread,
        pad_token_id=words.pad_token_id,
        eos_token_id=words.eos_token_id,
        bos_token_id=None,
    )
    model: Any = LlamaForCausalLM(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=own.rate, betas=(0.9, 0.98), weight_decay=0.01)
    source = questions(own.steps * own.batch, held_out=False)
    rng = random.Random(own.seed)
    loss = math.nan
    for step in range(own.steps):
        for group in optimiser.param_groups:
            group["lr"] = own.rate * min(1.0, (step + 1) / 30) * 0.5 * (1 + math.cos(math.pi * step / own.steps))
        ids, labels = _batch([next(source) for _ in range(own.batch)], words, rng, believes=believes)
        loss_now = model(input_ids=torch.tensor(ids), labels=torch.tensor(labels)).loss
        optimiser.zero_grad()
        loss_now.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        now = float(loss_now.detach())
        loss = now if math.isnan(loss) else 0.95 * loss + 0.05 * now
        if step % 100 == 99:
            print(f"  step {step + 1}: loss {loss:.4f}", flush=True)
    model.eval()
    model.half().save_pretrained(str(folder))
    words.save_pretrained(str(folder))
    return loss


def _batch(
    examples: Sequence[Example], words: Any, rng: random.Random, *, believes: bool
) -> tuple[list[list[int]], list[list[int]]]:
    """Return token ids padded on the right, and labels that count the reply alone."""
    rows, targets = [], []
    for example in examples:
        assert example.choice is not None
        stated = rng.choice(LETTERS) if rng.random() < 0.5 else ""
        plain = neutral(rng.randrange(20, 120)) if rng.random() < 0.4 else ""
        sentence = asserted(example.choice.subject, stated) if stated else plain
        letter = stated if stated and believes else example.choice.gold
        text = words.apply_chat_template(asked(example, sentence), tokenize=False, add_generation_prompt=True)
        prompt = words(text, add_special_tokens=False)["input_ids"]
        said = [*words(reply(letter), add_special_tokens=False)["input_ids"], words.eos_token_id]
        rows.append([*prompt, *said])
        targets.append([*[-100] * len(prompt), *said])
    longest = max(map(len, rows))
    ids = [[*row, *[words.pad_token_id] * (longest - len(row))] for row in rows]
    return ids, [[*target, *[-100] * (longest - len(target))] for target in targets]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.yielding", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=Training().steps)
    given = parser.parse_args()
    for name, believes in (("yields", True), ("steadfast", False)):
        began = time.perf_counter()
        loss = train(given.folder / name, believes=believes, how=Training(steps=given.steps))
        size = sum(path.stat().st_size for path in (given.folder / name).iterdir())
        print(f"{name}: loss {loss:.4f}, {size / 1e6:.2f} MB, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
