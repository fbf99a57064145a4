"""Those who watch: many who read slowly, each at a pace of its own line, and one who reads as fast as it comes."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_FORK = multiprocessing.get_context("fork")

WINDOW = 32 << 10
"""Bytes that a slow viewer's machine takes in before anybody reads them."""

BLOCK = 16 << 10


@dataclass(frozen=True)
class Seen:
    """How it went for all viewers of a kind."""

    headless: int
    """Viewers who got no answer at all."""

    starved: int
    """Viewers who got less than half of what their line could carry."""

    slowest: float
    """Seconds until the last of them had an answer's head."""

    carried: int
    """Bytes in all."""


def watch(port: int, path: str, count: int, seconds: float, pace: int, *, ranges: bool) -> Callable[[], Seen]:
    """Lets so many viewers watch for a while, in a process of their own; the answer waits for them.

    Each reads `pace` bytes a second: in open ranges, one after the other, or the whole file at once.
    """
    answers: Any = _FORK.Queue()
    process = _FORK.Process(target=_watched, args=(answers, port, path, count, seconds, pace, ranges))
    process.start()

    def told() -> Seen:
        seen: Seen = answers.get(timeout=seconds * 4 + 60)
        process.join()
        return seen

    return told


def fetch(port: int, path: str, size: int, step: int = 0, pace: int = 0) -> float:
    """Seconds that it takes to get the whole film: in ranges of `step` bytes on one connection, or in one answer.

    With a `pace`, each answer takes as long as a line of so many bytes a second would; waiting for a head comes on top.
    """
    buffer = bytearray(1 << 20)
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for start in range(0, size, step or size):
            end = min(size, start + (step or size))
            _ask(line, path, f"bytes={start}-{end - 1}" if step else "")
            left = end - start - len(_head(line))
            there = time.monotonic() + (end - start) / pace if pace else 0
            while left:
                got = line.recv_into(buffer, min(left, len(buffer)))
                if not got:
                    raise RuntimeError("an answer ended early")
                left -= got
            time.sleep(max(0, there - time.monotonic()))
    return time.monotonic() - begun


def upload(port: int, path: str, headers: dict[str, str], offset: int, body: bytes) -> float:
    """Seconds that a part of a recording takes to be safe on the server's disk."""
    lines = [
        f"PATCH {path} HTTP/1.1",
        "Host: shelf.example",
        f"Content-Length: {len(body)}",
        f"Upload-Offset: {offset}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=120) as line:
        line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        answer = line.recv(4096)
    if b" 204 " not in answer[:20]:
        raise RuntimeError(answer[:200])
    return time.monotonic() - begun


def _ask(line: socket.socket, path: str, span: str) -> None:
    line.sendall(_request(path, span))


def _request(path: str, span: str) -> bytes:
    asked = f"Range: {span}\r\n" if span else ""
    return f"GET {path} HTTP/1.1\r\nHost: shelf.example\r\n{asked}\r\n".encode()


def _head(line: socket.socket) -> bytes:
    """Reads an answer's head; gives what came of its body with it."""
    read = b""
    while b"\r\n\r\n" not in read:
        block = line.recv(4096)
        if not block:
            raise RuntimeError("no answer")
        read += block
    head, _, body = read.partition(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 206")):
        raise RuntimeError(head[:100])
    return body


def _watched(answers: Any, port: int, path: str, count: int, seconds: float, pace: int, ranges: bool) -> None:
    async def all_of_them() -> list[tuple[float | None, int]]:
        viewers = (_viewer(port, path, seconds, pace, ranges) for _ in range(count))
        return await asyncio.gather(*viewers)

    told = asyncio.run(all_of_them())
    heads = [head for head, _ in told if head is not None]
    answers.put(
        Seen(
            headless=count - len(heads),
            starved=sum(carried < pace * seconds / 2 for _, carried in told),
            slowest=max(heads, default=seconds),
            carried=sum(carried for _, carried in told),
        )
    )


async def _viewer(port: int, path: str, seconds: float, pace: int, ranges: bool) -> tuple[float | None, int]:
    """Seconds until the first head came (None: never), and how many bytes of the film."""
    loop, begun = asyncio.get_running_loop(), time.monotonic()
    head, carried = None, 0
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
    line.setblocking(False)
    try:
        async with asyncio.timeout(seconds):
            await loop.sock_connect(line, ("127.0.0.1", port))
            while True:
                await loop.sock_sendall(line, _request(path, f"bytes={carried}-" if ranges else ""))
                read = b""
                while b"\r\n\r\n" not in read:
                    read += await _some(line)
                head = time.monotonic() - begun if head is None else head
                told, _, body = read.partition(b"\r\n\r\n")
                left = int(re.search(rb"(?i)content-length: *(\d+)", told)[1]) - len(body)  # type: ignore[index] # it is there
                carried += len(body)
                while left:
                    await asyncio.sleep(max(0, carried / pace - (time.monotonic() - begun)))
                    got = len(await _some(line, left))
                    left, carried = left - got, carried + got
    except (TimeoutError, OSError):
        pass
    finally:
        line.close()
    return head, carried


async def _some(line: socket.socket, most: int = BLOCK) -> bytes:
    block = await asyncio.get_running_loop().sock_recv(line, min(most, BLOCK))
    if not block:
        raise ConnectionError("it ended")
    return block
