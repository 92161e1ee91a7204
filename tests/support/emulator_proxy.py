"""Stands before an emulator of AWS and answers some calls itself, as AWS does on a bad day.

Runs in a pod of its own, from the standard library: `python emulator_proxy.py PORT UPSTREAM`.
`GET /-/answer?service=DynamoDB&status=400&type=ThrottlingException` makes it answer every call of
DynamoDB with that error, until `GET /-/answer` ends it.
"""

import http.client
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

HEADERS_OF_A_HOP = {"connection", "transfer-encoding", "content-length", "server", "date"}
WORDS = "said the proxy before the emulator"


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: ClassVar[dict[str, str]] = {}
    upstream = ""

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path == "/-/answer":
            Proxy.answer = dict(parse_qsl(path.query))
            self._send(200, "application/json", json.dumps(Proxy.answer).encode())
        else:
            self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wrong, target = Proxy.answer, self.headers.get("X-Amz-Target", "")
        if target.startswith("DynamoDB_") and wrong.get("service") == "DynamoDB":
            operation = target.partition(".")[2]
            if wrong.get("operation", operation) == operation:
                error = {"__type": f"com.amazonaws#{wrong['type']}", "message": WORDS}
                kind = "application/x-amz-json-1.0"
                self._send(int(wrong["status"]), kind, json.dumps(error).encode())
                return
        elif b"Action=GetCallerIdentity" in body and wrong.get("service") == "STS":
            code = f"<Code>{wrong['type']}</Code><Message>{WORDS}</Message>"
            text = f"<ErrorResponse><Error>{code}</Error></ErrorResponse>"
            self._send(int(wrong["status"]), "text/xml", text.encode())
            return
        self._pass(body)

    do_PUT = do_DELETE = do_HEAD = do_POST

    def _pass(self, body: bytes) -> None:
        upstream = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            # the Host stays: emulators tell services by it
            upstream.request(self.command, self.path, body, dict(self.headers))
            found = upstream.getresponse()
            self._send(found.status, "", found.read(), found.getheaders())
        finally:
            upstream.close()

    def _send(
        self, status: int, kind: str, body: bytes, headers: list[tuple[str, str]] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers or [("Content-Type", kind)]:
            if name.lower() not in HEADERS_OF_A_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    Proxy.upstream = sys.argv[2]
    ThreadingHTTPServer(("", int(sys.argv[1])), Proxy).serve_forever()
