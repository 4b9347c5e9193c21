"""An HTTP server on loopback that echoes each body after a while and writes every body it received to a log file.

``python counting_server.py LOG SECONDS`` prints its port and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


async def serve(log: Path, seconds: float) -> None:
    with log.open("ab", buffering=0) as received:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                received.write(body + b"\n")
                await asyncio.sleep(seconds)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % length + body)
                await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # the client was killed
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
