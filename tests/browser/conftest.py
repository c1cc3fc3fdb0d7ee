"""A running demo and a real browser, for the tests that need them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.program import Program, demo
from browser.real import CHROMIUM_FLAGS, CHROMIUM_NAMES, found, lacking

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def program(tmp_path_factory) -> Iterator[Program]:
    """The demo, started once; it has to end well."""
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
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
        browser = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
