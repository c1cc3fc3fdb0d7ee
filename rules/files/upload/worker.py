"""The inspection in a process of its own: files come in on standard input, verdicts go out, a line of JSON each.

`python -m rules.files.upload.worker`. Whoever started it may kill it at any moment (outside/inspector.py).
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import BinaryIO

from rules.files.upload import inspect


def main() -> None:
    """Answer until the other side hangs up."""
    requests, answers = _channel()
    if hasattr(os, "nice"):
        os.nice(10)  # pages come first
    answers.write(b"ready\n")
    answers.flush()
    while head := requests.read(8):
        name = requests.read(int.from_bytes(head[:4], "big")).decode("utf-8", "surrogatepass")
        content = requests.read(int.from_bytes(head[4:], "big"))
        verdict = inspect(name, io.BytesIO(content))
        del content
        said = json.dumps([verdict.reason, verdict.inside, verdict.detail])
        answers.write(said.encode("ascii") + b"\n")
        answers.flush()


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output as bytes; what a library prints goes to the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, answers


if __name__ == "__main__":
    main()
