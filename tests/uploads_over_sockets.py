"""Uploads as bytes on a socket: multipart bodies made by hand and sent to a served app, whole or in part."""

from __future__ import annotations

import http.client
import re
import secrets
import socket

BOUNDARY = "----" + "x" * 24


def multipart(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]]) -> bytes:
    """The body of a form with text fields and files (field, name, content)."""
    parts = []
    for name, value in fields:
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for field, name, content in files:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class Uploader:
    """A signed-in browser at the page of an application that takes a file."""

    def __init__(self, port: int, token: str, path: str) -> None:
        self.port, self.path = port, path
        self.headers = {"Cookie": f"madoguchi={token}"}

    def ask(self, method: str, path: str, body: bytes | None = None, timeout: float = 30) -> tuple[int, str, str]:
        """(status, Location, text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if body is not None else {}
        try:
            connection.request(method, path, body, {**self.headers, **kind})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location") or "", answer.read().decode("utf-8")
        finally:
            connection.close()

    def csrf(self) -> str:
        status, _, text = self.ask("GET", self.path)
        assert status == 200, text
        found = re.search(r'name="csrf" value="([^"]+)"', text)
        assert found
        return found[1]

    def post(self, *files: tuple[str, bytes], button: str = "act_attach.certificate", **fields: str):
        typed = [("csrf", self.csrf()), *fields.items(), (button, "x")]
        return self.ask("POST", self.path, multipart(typed, [("certificate", *file) for file in files]))

    def begin(self, length: int, sent: bytes) -> socket.socket:
        """Announce a body of this length and send so much of it; the socket is the caller's to close."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        head = f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.headers['Cookie']}\r\n"
        head += f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode() + sent)
        return connection


def large_pdf(size: int) -> bytes:
    """A PDF of this many bytes that nobody can make smaller."""
    head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    head += b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    tail = b"\nendstream\nendobj\ntrailer\n<< /Size 4 /Root 1 0 R >>\n%%EOF\n"
    middle = b"3 0 obj\n<< /Length %08d >>\nstream\n" % (size - len(head) - len(tail))
    return head + middle + secrets.token_bytes(size - len(head) - len(middle) - len(tail)) + tail
