"""Two pages of a running part on loopback: `/metrics` for Prometheus, `/health` for people, scripts and supervisors.

Never in the way of the part: what a visitor sends is bounded in size and time, visitors are bounded in number, and a
page that cannot be made is logged and answered with 500. Refuses to know: what is counted, what the facts mean.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple, cast

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from xasup.protocol import codec
from xasup.runtime import parts
from xasup.runtime.settings import Settings

log = structlog.get_logger()

Look = Callable[[], Mapping[str, Any]]
MAX_HEAD = 8192  # bytes of a request
MAX_VISITORS = 32  # at the same time; the next one is not let in
PATIENCE = 5.0  # seconds from a visitor's coming to its going


class _Page(NamedTuple):
    status: HTTPStatus
    kind: str
    body: bytes


class Pages:
    """What is told of *part*. *look*: its facts; `state` is one of xasup.runtime.parts.WELL, or another word."""

    def __init__(self, part: str, registry: CollectorRegistry, look: Look) -> None:
        self._part, self._registry, self._look = part, registry, look

    def answer(self, head: bytes) -> bytes:
        """The response to a request whose head is *head*."""
        try:
            page = self._page(head)
        except Exception:  # a mistake in what is told must not end what is told of
            log.exception("a page cannot be made")
            page = _text(HTTPStatus.INTERNAL_SERVER_ERROR, "this page cannot be made; the log of the part says why")
        return _response(page)

    def _page(self, head: bytes) -> _Page:
        request, *fields = head.decode("latin-1").split("\r\n")
        match request.split(" "):
            case ["GET", target, version] if version.startswith("HTTP/1."):
                path = target.partition("?")[0]
            case [_, _, version] if version.startswith("HTTP/1."):
                return _text(HTTPStatus.METHOD_NOT_ALLOWED, "GET alone")
            case _:
                return _text(HTTPStatus.BAD_REQUEST, "expected HTTP/1.1")
        match path:
            case "/metrics":
                return self._metrics(_field(fields, "accept"))
            case "/health":
                return self._health()
            case _:
                return _text(HTTPStatus.NOT_FOUND, "there are /metrics and /health")

    def _metrics(self, accept: str) -> _Page:
        encode, kind = choose_encoder(accept)
        return _Page(HTTPStatus.OK, kind, encode(self._registry))

    def _health(self) -> _Page:
        facts = {"part": self._part, "pid": os.getpid(), **self._look()}
        status = HTTPStatus.OK if facts["state"] in parts.WELL else HTTPStatus.SERVICE_UNAVAILABLE
        return _Page(status, "application/json", codec.encode(facts))


class _Visitor(asyncio.Protocol):
    """One connection, for one request. *visitors*: all that are here."""

    def __init__(self, pages: Pages, visitors: set[_Visitor], patience: float) -> None:
        self._pages, self._visitors, self._patience = pages, visitors, patience
        self._head = b""
        self._leaving: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if len(self._visitors) >= MAX_VISITORS:
            self._transport.abort()
            return
        self._visitors.add(self)
        self._leaving = asyncio.get_running_loop().call_later(self._patience, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        self._head += data
        head, end, _ = self._head.partition(b"\r\n\r\n")
        if end:
            self._say(self._pages.answer(head))
        elif len(self._head) > MAX_HEAD:
            self._say(_response(_text(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too much is asked")))

    def connection_lost(self, error: Exception | None) -> None:
        self._visitors.discard(self)
        if self._leaving is not None:
            self._leaving.cancel()

    def abort(self) -> None:
        self._transport.abort()

    def _say(self, response: bytes) -> None:
        self._transport.write(response)
        self._transport.close()  # once all is written, or its time is up


@asynccontextmanager
async def serving(
    settings: Settings, part: str, registry: CollectorRegistry, look: Look, patience: float = PATIENCE
) -> AsyncIterator[None]:
    """Serve the pages of *part* for the time of the block, on the port that xasup.runtime.parts tells others.

    *look* is called for each look at `/health`: `state` in WELL gives 200, another word 503; the other facts are free,
    and must be what JSON can say. A port that is taken is logged, and another one serves. *patience*: seconds that a
    visitor may stay.
    """
    visitors: set[_Visitor] = set()
    pages = Pages(part, registry, look)
    server = await _listen(parts.port_of(settings, part), lambda: _Visitor(pages, visitors, patience))
    try:
        with parts.published(settings, part, server.sockets[0].getsockname()[1]):
            yield
    finally:
        server.close()
        for visitor in list(visitors):
            visitor.abort()


async def _listen(port: int, visitor: Callable[[], _Visitor]) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(visitor, parts.HOST, port)
    except OSError as error:
        if not port:
            raise
        log.warning("the health page moves to another port", port=port, reason=error.strerror)
        return await loop.create_server(visitor, parts.HOST, 0)


def _field(fields: list[str], name: str) -> str:
    values = (value for key, _, value in (line.partition(":") for line in fields) if key.strip().lower() == name)
    return ",".join(value.strip() for value in values)


def _text(status: HTTPStatus, sentence: str) -> _Page:
    return _Page(status, "text/plain; charset=utf-8", f"{sentence}\n".encode())


def _response(page: _Page) -> bytes:
    head = (
        f"HTTP/1.1 {page.status.value} {page.status.phrase}\r\n"
        f"Content-Type: {page.kind}\r\nContent-Length: {len(page.body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + page.body
