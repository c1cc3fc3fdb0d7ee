"""A running demo and a real browser, for the tests that need them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program import Program, demo

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Debian's Chromium as root, and no conversation with its maker.
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.real)


def lacking(reason: str) -> None:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("MADOGUCHI_TEST_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def found(*names: str) -> str:
    """Where the first of these programs is."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        lacking(f"{names[0]} is not installed")
    return path


@pytest.fixture(scope="session")
def program(tmp_path_factory) -> Iterator[Program]:
    """The demo, started once; it has to end well."""
    running = demo(tmp_path_factory.mktemp("demo") / "data")
    yield running
    code = running.stop()
    if os.name != "nt":
        assert code == 0, running.errors


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Chromium, without a window."""
    if sync_playwright is None:
        lacking("playwright is not installed")
    path = found(*CHROMIUM_NAMES)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
