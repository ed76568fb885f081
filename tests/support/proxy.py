"""A way to a server that can be cut at any moment, as when the server is stopped."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from databases import ServerPlace
from sqlalchemy import URL


class Proxy:
    """Passes bytes between the program and a server; a context manager.

    Args:
        place: what is on the server.
    """

    def __init__(self, place: ServerPlace) -> None:
        self._server = (place.url.host or "127.0.0.1", place.url.port or 5432)
        self._listener: socket.socket | None = None
        self._port = 0
        self._ends: list[socket.socket] = []
        self._lock = threading.Lock()
        self._url = place.url
        self.cut_before: bytes | None = None
        """Cut the way when the program sends this, before the server gets it."""
        self.cut_after: bytes | None = None
        """Cut the way when the server has carried this out, before the program hears of it."""
        self.password = place.url.password or "s3cr3t-word"
        """A server that asks for none takes any."""

    @property
    def url(self) -> URL:
        """The way through, with a password in it that must be shown nowhere."""
        return self._url.set(host="127.0.0.1", port=self._port, password=self.password)

    @property
    def target(self) -> str:
        """What `Store.open` and `--db` take."""
        return self.url.render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def mend(self) -> None:
        """Let the program through again, at the same port."""
        self.cut_before = self.cut_after = None
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            ends, self._ends = self._ends, []
        for one in [*([listener] if listener else []), *ends]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # it was cut
                return
            far = socket.create_connection(self._server)
            with self._lock:
                if self._listener is not listener:
                    near.close()
                    far.close()
                    return
                self._ends += [near, far]
            for source, sink, up in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pass, args=(source, sink, up), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        told = False
        with suppress(OSError):
            while content := source.recv(65536):
                if up and self.cut_before and self.cut_before in content:
                    break
                if not up and self.cut_after and self.cut_after in content:
                    told = True
                if told:
                    break
                sink.sendall(content)
            else:
                sink.shutdown(socket.SHUT_WR)
                return
            self.cut()
