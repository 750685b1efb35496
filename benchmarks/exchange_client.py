"""Clients of a server under load, as light as can be, and what its process took meanwhile."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.measuring import Argv

HOST: Final = "127.0.0.1"
READ_BYTES: Final = 1 << 18
_CPU_CLOCK: Final = 2
"""With the complement of a process's id this names its clock, as clock_getcpuclockid(3) does."""
_UPGRADE: Final = (
    "GET /websocket/v1 HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


class Process(NamedTuple):
    """A server, and what it said first."""

    pid: int
    said: str

    def cpu_s(self) -> float:
        """Return the CPU seconds so far, of all threads."""
        return time.clock_gettime(~self.pid << 3 | _CPU_CLOCK)

    def memory_mb(self) -> float:
        """Return the resident memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (kb,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
        return int(kb) / 1024


@contextmanager
def started(argv: Argv, last: str) -> Iterator[Process]:
    """Run a server; what it says first ends with a line that is `last`, or any where it is ""."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if not last or line.rstrip("\n") == last:
                    break
            else:
                raise subprocess.CalledProcessError(process.wait(), argv)
            yield Process(process.pid, said)
        finally:
            process.terminate()


class Http:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=30)

    def ask(
        self, method: str, target: str, body: bytes | None = None, token: str | None = None
    ) -> bytes:
        """Return the body of an answer that is good."""
        headers = {} if body is None else {"Content-Type": "application/json"}
        headers |= {} if token is None else {"Authorization": token}
        self._connection.request(method, target, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status in (200, 201), f"{answer.status} to {method} {target}: {text!r}"
        return text

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


class Frames:
    """One WebSocket, without compression; every read gives whole frames."""

    def __init__(self, port: int, wish: bytes = b"") -> None:
        """Connect and, where there is one, send a wish of less than 64 KiB."""
        self._socket = socket.create_connection((HOST, port), timeout=30)
        self._rest = b""
        self._socket.sendall(_UPGRADE.format(host=HOST, port=port).encode())
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._read()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        assert b" 101 " in head.splitlines()[0], head
        if wish:  # a mask of zeros is one
            sizes = b"\x81\xfe" + len(wish).to_bytes(2) + bytes(4)
            self._socket.sendall(sizes + wish)

    def some(self) -> list[bytes]:
        """Return the frames that have come; wait where there are none."""
        found: list[bytes] = []
        while not found:
            data = self._rest + self._read()
            at = 0
            while (size := _sizes(data, at)) is not None:
                head, body = size
                if at + head + body > len(data):
                    break
                found.append(data[at + head : at + head + body])
                at += head + body
            self._rest = data[at:]
        return found

    def until(self, end_s: float) -> Iterator[tuple[float, list[bytes]]]:
        """Yield frames with the time at which they came, on the monotonic clock, until `end_s`."""
        now_s = time.monotonic()
        while now_s < end_s:
            frames = self.some()
            now_s = time.monotonic()
            yield now_s, frames

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def _read(self) -> bytes:
        data = self._socket.recv(READ_BYTES)
        assert data, "the server hung up"
        return data


def _sizes(data: bytes, at: int) -> tuple[int, int] | None:
    """Return the bytes of a frame's head and of its body; None: not even the head is there."""
    if len(data) < at + 2:
        return None
    size = data[at + 1]
    if size < 126:
        return 2, size
    head = 4 if size == 126 else 10
    return None if len(data) < at + head else (head, int.from_bytes(data[at + 2 : at + head]))
