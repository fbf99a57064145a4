"""How films leave: gunicorn's threads answer, and its one loop sends, so that a slow viewer holds no thread. And how they come.

gunicorn's own threaded worker keeps a thread until the last byte of an answer is taken: thirty slow viewers and nobody else gets
an answer, and hundreds of threads that wait for their turn in Python starve each other on a busy machine.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from gunicorn.http.body import Body, LengthReader
from gunicorn.workers.gthread import TConn, ThreadWorker

AT_ONCE = 8 << 20
"""Bytes that one viewer gets before it is the next one's turn."""

LEAST = 64 << 10
"""Bytes of a recording that are waited for: a thin line that breaks loses no more of it."""

PATIENCE = 60
"""Seconds after which a viewer who takes nothing is gone."""


@dataclass(slots=True)
class Rest:
    """What is still to be sent of a file."""

    file: int
    """A descriptor of our own: the answer's is closed when its thread is done."""

    start: int
    end: int
    moved: float
    """When something of it was last taken, on the monotonic clock."""


class Line(socket.socket):
    """A viewer's connection, whose files are noted here and sent by the loop."""

    rest: Rest | None = None

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        """Notes what to send. gunicorn calls it last of all, and names how many bytes."""
        descriptor = os.dup(file.fileno())
        end = offset + count if count is not None else os.fstat(descriptor).st_size
        os.posix_fadvise(descriptor, offset, min(end - offset, 4 << 20), os.POSIX_FADV_WILLNEED)
        self.rest = Rest(descriptor, offset, end, time.monotonic())
        self._cork(True)
        return end - offset

    def close(self) -> None:
        """Lets the file go, too."""
        if self.rest is not None:
            os.close(self.rest.file)
            self.rest = None
        super().close()

    def send_some(self) -> bool:
        """Sends what the line takes now; whether that was all. Raises OSError when the viewer is gone."""
        rest = self.rest
        if rest is None:
            return True
        with suppress(BlockingIOError):
            sent = os.sendfile(self.fileno(), rest.file, rest.start, min(AT_ONCE, rest.end - rest.start))
            if not sent:  # the file is shorter than it was
                raise ConnectionAbortedError
            rest.start, rest.moved = rest.start + sent, time.monotonic()
        if rest.start < rest.end:
            return False
        os.close(rest.file)
        self.rest = None
        self._cork(False)
        return True

    def _cork(self, on: bool) -> None:
        """Packets are full while more of a file follows: a fast line gets a quarter more by that."""
        if self.family in (socket.AF_INET, socket.AF_INET6):
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, on)


class Inlet(Body):  # type: ignore[misc] # gunicorn is not typed
    """What a request brings, of a length that was told: straight from the line into the memory of whoever reads it.

    gunicorn's own copies every byte six times on its way, and a recording is gigabytes of them.
    """

    def readinto(self, block: bytearray) -> int:
        """Fills `block` with what has come, `LEAST` bytes if so many are to come: fewer only where the line breaks. Raises OSError."""
        if before := self.buf.tell():  # somebody has read it in another way
            came = self.read(min(len(block), before))
            block[: len(came)] = came
            return len(came)
        unreader, size = self.reader.unreader, min(len(block), self.reader.length)
        held = unreader.buf.getbuffer().nbytes  # what came together with the head
        if held and size:
            came = self.reader.read(min(size, held))
            block[: len(came)] = came
            return len(came)
        try:
            count: int = unreader.sock.recv_into(block, min(size, LEAST), socket.MSG_WAITALL) if size else 0
        except OSError:
            self.failed = True  # where the next request would begin is not known
            raise
        if count == LEAST < size:
            with suppress(OSError):  # no more has come yet; trouble with the line comes again
                count += unreader.sock.recv_into(memoryview(block)[LEAST:], size - LEAST, socket.MSG_DONTWAIT)
        self.reader.length -= count
        return count


class SendingWorker(ThreadWorker):  # type: ignore[misc] # gunicorn is not typed
    """gunicorn's threaded worker, whose loop sends the files."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._sending: dict[Line, TConn] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """A request has come, or a connection that will bring one."""
        if type(conn.sock) is socket.socket:
            conn.sock = Line(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answers a request."""
        if type(req.body.reader) is LengthReader:
            req.body = Inlet(req.body.reader)
        answered: bool = super().handle_request(req, conn)
        return answered

    def finish_request(self, conn: TConn, done: Future[object]) -> None:
        """A thread has answered: what it left to send is sent first."""
        line = conn.sock
        if not isinstance(line, Line) or line.rest is None:
            super().finish_request(conn, done)
            return
        line.setblocking(False)
        self._sending[line] = conn
        self.poller.register(line, selectors.EVENT_WRITE, partial(self._send, conn, done))

    def murder_keepalived(self, force: bool = False) -> None:
        """Ends what has waited too long, viewers who take nothing among it."""
        super().murder_keepalived(force)
        overdue = time.monotonic() - PATIENCE
        for line in [line for line in self._sending if force or (line.rest and line.rest.moved < overdue)]:
            self._drop(line)

    def _send(self, conn: TConn, done: Future[object], line: Line) -> None:
        try:
            if not line.send_some():
                return
        except OSError:
            self._drop(line)
            return
        self.poller.unregister(line)
        del self._sending[line]
        super().finish_request(conn, done)

    def _drop(self, line: Line) -> None:
        self.poller.unregister(line)
        self.nr_conns -= 1
        self._sending.pop(line).close()
