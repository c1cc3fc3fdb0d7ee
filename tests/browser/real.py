"""What has to be installed for a proof: where it is missing a test is skipped, or fails if all should be there."""

from __future__ import annotations

import os
import shutil

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Debian's Chromium runs as root only without its sandbox; and it need not talk to its maker.
CHROMIUM_FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


def lacking(reason: str) -> None:
    if os.environ.get("MADOGUCHI_TEST_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def found(*names: str) -> str:
    """Where the first of these programs is."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        lacking(f"{names[0]} is not installed")
    return path
