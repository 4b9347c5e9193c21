from __future__ import annotations

import pytest

from robustcore.endpoints.remote.loopback import is_loopback, stays_here


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LocalHost.", "::ffff:127.0.0.1"]
)
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.com", "localhost.example.com", "128.0.0.1", "", "::"])
def test_anything_else_may_be_elsewhere(host: str) -> None:
    assert not is_loopback(host)


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_proxy_takes_requests_to_loopback_off_the_machine_unless_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    assert stays_here("http://localhost:8000/v1")
    assert not stays_here("")
    assert not stays_here("http://[broken")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    assert not stays_here("http://127.0.0.1:8000/v1")
    assert stays_here("https://127.0.0.1:8000/v1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert stays_here("http://127.0.0.1:8000/v1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:3128")
    monkeypatch.delenv("NO_PROXY")
    assert stays_here("http://127.0.0.1:8000/v1")
