"""Broken answers of an API server, as a handler sends them."""

import json
import socket
import struct
from collections.abc import Callable

from loopback import Handler

HTML = b"<html><body>Bad Gateway</body></html>"
LIST = b'{"kind": "List", "metadata": {"resourceVersion": "1"}, "items": []}'


def _bare(code: int, content: bytes, *headers: tuple[str, str], length: int = -1) -> "Answer":
    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content) if length < 0 else length))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


def _reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


Answer = Callable[[Handler], None]
_JSON, _HTML = ("Content-Type", "application/json"), ("Content-Type", "text/html")

ANSWERS: dict[str, Answer] = {
    "an error without Content-Type": _bare(500, b"no"),
    "HTML with 200": _bare(200, HTML, _HTML),
    "HTML with 502": _bare(502, HTML, _HTML),
    "an empty body": _bare(200, b"", _JSON),
    "truncated JSON": _bare(200, LIST[:-9], _JSON),
    "JSON without items": _bare(200, b"{}", _JSON),
    "a list of nothing we know": _bare(200, b'{"items": [1, "two", null]}', _JSON),
    "items without metadata": _bare(
        200, _json({"metadata": {"resourceVersion": "1"}, "items": [{"kind": "Pod"}]}), _JSON
    ),
    "a list without a version": _bare(200, b'{"items": []}', _JSON),
    "null": _bare(200, b"null", _JSON),
    "a body longer than Content-Length": _bare(200, LIST, _JSON, length=9),
    "a body shorter than Content-Length": _bare(200, LIST, _JSON, length=len(LIST) + 9),
    "a redirect": _bare(302, b"", ("Location", "/login")),
    "an error that is no Status": _bare(400, b'["no"]', _JSON),
    "an error of JSON that is none": _bare(503, b"{", _JSON),
    "a Status without a code": _bare(500, b'{"kind": "Status"}', _JSON),
    "gzip that is none": _bare(200, LIST, _JSON, ("Content-Encoding", "gzip")),
    "a closed connection": _bare(200, b"", _JSON, length=9),
    "a reset connection": _reset,
}
"""By what is wrong."""

LINES: dict[str, bytes] = {
    "no JSON": b"<html>\n",
    "another shape": b'{"kind": "Status"}\n',
    "an object that is none": b'{"type": "ADDED", "object": 5}\n',
    "an object without metadata": b'{"type": "ADDED", "object": {"kind": "Pod"}}\n',
    "an error that is no Status": b'{"type": "ERROR", "object": []}\n',
    "an empty line": b"\n",
    "no UTF-8": b"\xff\xfe\n",
}
"""Lines of a watch, by what is wrong."""


def line(content: bytes) -> Answer:
    """A watch that sends this line."""
    return _bare(200, content, _JSON)
