from robustcore.endpoints.generation import Generation, TokenLogprob


def test_a_generation_survives_json() -> None:
    top = (("B", -0.2), (" b", -2.0))
    one = Generation(
        text="B.",
        finish="length",
        input_tokens=7,
        output_tokens=2,
        logprobs=(TokenLogprob(token="B", logprob=-0.2, top=top), TokenLogprob(token=".", logprob=-0.1)),
    )
    assert Generation.from_json(one.to_json()) == one
    bare = Generation(text="")
    assert Generation.from_json(bare.to_json()) == bare
    assert bare.usage == (0, 0)
    assert one.usage == (7, 2)
