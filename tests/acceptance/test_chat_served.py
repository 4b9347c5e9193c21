"""A real OpenAI-compatible server: ``transformers serve`` with a tiny model, driven through LangChain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("langchain_openai", reason='needs pip install "pytest-robust[chat]"')
pytest.importorskip("fastapi", reason='needs pip install "transformers[serving]"')


from servers.transformers_serve import build_model, serving
from unit.endpoints.chatting import call, replies, said, why

from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.rates import Limits
from robustcore.endpoints.remote.retry import Patience

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatEndpoint]:
    folder = tmp_path_factory.mktemp("served")
    model = build_model(folder / "model")
    with serving(model, folder / "log") as url:
        yield ChatEndpoint(
            f"openai:{model}",
            options={"base_url": url},
            limits=Limits(concurrency=4),
            patience=Patience(retries=1, timeout=120, first_wait=0.01),
        )


def test_it_answers_within_the_settings_and_tells_what_it_took(served: ChatEndpoint) -> None:
    assert not served.live
    asked = [call(f"Who opened bridge {number}?", max_tokens=6, temperature=0) for number in range(6)]
    generations = [said(reply) for reply in replies(served, asked)]
    assert [generation.finish for generation in generations] == ["length"] * 6
    assert {generation.output_tokens for generation in generations} == {6}
    assert all((generation.input_tokens or 0) > 10 for generation in generations)
    again = [said(reply) for reply in replies(served, asked)]
    assert again == generations  # greedy


def test_it_ignores_the_wish_for_log_probabilities_and_the_answer_says_so(served: ChatEndpoint) -> None:
    generation = said(replies(served, [call("Who?", max_tokens=3, temperature=0, top_logprobs=5)])[0])
    assert generation.logprobs is None
    assert generation.output_tokens == 3


def test_a_model_that_it_does_not_have_is_an_error_with_its_words(served: ChatEndpoint) -> None:
    other = ChatEndpoint("openai:another", options=served.options, patience=Patience(retries=1, first_wait=0.01))
    error = why(replies(other, [call("Who?", max_tokens=3)])[0])
    assert error.kind == "infra_error"
    assert "pinned" in error.message
