"""Messages between the processes of a run: JSON over a loopback connection that both ends have authenticated."""

from __future__ import annotations

import json
from multiprocessing.connection import Client, Connection
from typing import Any

from robustcore.calls.types import Call, CallError

HOST = "127.0.0.1"


def connect(port: int, secret: str, *, who: str, role: str) -> Connection:
    """Return a connection to the broker, introduced; raise `OSError` or `AuthenticationError` if there is none."""
    connection: Connection = Client((HOST, port), authkey=bytes.fromhex(secret))
    tell(connection, {"who": who, "role": role})
    return connection


def tell(connection: Connection, message: Any) -> None:
    """Send one message. `send` of the library would pickle it."""
    connection.send_bytes(json.dumps(message, ensure_ascii=True).encode())


def hear(connection: Connection) -> Any:
    """Return the next message; raise `EOFError` or `OSError` when the other end is gone."""
    return json.loads(connection.recv_bytes())


def error_to_json(error: CallError) -> list[str]:
    """Return ``error`` as a JSON value."""
    return [error.kind, error.message, error.exception]


def error_from_json(value: Any) -> CallError:
    """Return the error that `error_to_json` wrote."""
    kind, message, exception = value
    return CallError(kind=kind, message=message, exception=exception)


def call_to_json(call: Call) -> list[Any]:
    """Return ``call`` as a JSON value."""
    return [call.endpoint, call.op, call.payload, call.settings, call.replicate, call.length]


def call_from_json(value: Any) -> Call:
    """Return the call that `call_to_json` wrote."""
    endpoint, op, payload, settings, replicate, length = value
    return Call(endpoint=endpoint, op=op, payload=payload, settings=settings, replicate=replicate, length=length)
