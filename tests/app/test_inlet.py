"""What a request brings comes whole and in order into the reader's memory, and what follows it stays on the line."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from gunicorn.http.body import LengthReader
from gunicorn.http.unreader import SocketUnreader

from app.delivery import Inlet

BODY = os.urandom(3_000_000)
NEXT = b"GET / HTTP/1.1\r\n\r\n"

Line = tuple[socket.socket, socket.socket]


@pytest.fixture
def line() -> Iterator[Line]:
    """Both ends of a connection: the sender's, and ours."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 10, 0))  # rather than to wait for ever
    with sender, ours:
        yield sender, ours


def inlet(ours: socket.socket, length: int, held: bytes = b"") -> Inlet:
    unreader = SocketUnreader(ours)
    unreader.unread(held)
    return Inlet(LengthReader(unreader, length))


def read(body: Inlet, size: int) -> bytes:
    block = bytearray(size)
    return bytes(block[: body.readinto(block)])


@pytest.mark.parametrize("held", [0, 1, 500, 8192])
@pytest.mark.parametrize("step", [7_000, 65_536, 1 << 20, 1 << 23])
def test_all_of_it_comes_and_nothing_of_the_next(line: Line, held: int, step: int) -> None:
    sender, ours = line
    thread = threading.Thread(target=sender.sendall, args=(BODY[held:] + NEXT,))
    thread.start()
    body, came = inlet(ours, len(BODY), BODY[:held]), b""
    while block := read(body, step):
        came += block
    thread.join()
    assert came == BODY
    assert read(body, step) == b""
    assert body.reader.length == 0
    assert ours.recv(100) == NEXT


def test_a_next_request_that_came_with_the_head_is_left(line: Line) -> None:
    body = inlet(line[1], 5, b"hello" + NEXT)
    assert (read(body, 100), read(body, 100)) == (b"hello", b"")
    assert body.reader.unreader.take_buffered() == NEXT


def test_ways_of_reading_may_be_mixed(line: Line) -> None:
    sender, ours = line
    sender.sendall(BODY[100:9000])
    body, came, chance = inlet(ours, 9000, BODY[:100]), b"", random.Random(1)
    while (
        block := read(body, chance.randrange(1, 900)) if chance.random() < 0.5 else body.read(chance.randrange(1, 900))
    ):
        came += block
    assert came == BODY[:9000]


def test_a_line_that_ends_early_gives_what_came(line: Line) -> None:
    sender, ours = line
    sender.sendall(BODY[:1000])
    sender.close()
    body = inlet(ours, 5000)
    assert (read(body, 4000), read(body, 4000)) == (BODY[:1000], b"")


def test_a_line_that_breaks_gives_what_came_and_serves_no_more(line: Line) -> None:
    sender, ours = line
    sender.sendall(BODY[:1000])
    body = inlet(ours, 5000)
    assert read(body, 1000) == BODY[:1000]
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sender.close()
    with pytest.raises(ConnectionResetError):
        read(body, 4000)
    assert body.failed
