"""Whether a URL stays on this machine: what a run without leave to go out may talk to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Say whether ``host`` is this machine whatever the network says: 127.0.0.0/8, ::1 or the name localhost.

    Other names are not looked up: that would ask the network, and the answer may change.
    """
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def host_is_here(url: str) -> bool:
    """Say whether the host of ``url`` is loopback, whatever a proxy does with the request."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def stays_here(url: str) -> bool:
    """Say whether a request to ``url`` stays on this machine: its host is loopback and no proxy takes it elsewhere.

    HTTP clients hand requests to the proxy that the environment names, to loopback too, unless ``NO_PROXY`` says no.
    """
    from urllib.request import getproxies, proxy_bypass

    if not host_is_here(url):
        return False
    parts, proxies = urlsplit(url), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return not proxy or bool(proxy_bypass(parts.hostname or "")) or host_is_here(proxy)
