"""What is asked of every page that a real browser shows."""

from __future__ import annotations

from typing import Any

WIDTHS = (320, 375, 768, 1280)
HEIGHT = 900


def sideways(page: Any) -> list[str]:
    """The widths at which the page has to be scrolled sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{page.url} at {width} px: {over} px too wide")
    return found


def heading(page: Any) -> list[str]:
    """The title begins with the one h1."""
    words, title = page.evaluate("[Array.from(document.querySelectorAll('h1'), h1 => h1.innerText), document.title]")
    title = title.removeprefix("エラー：")
    return [] if len(words) == 1 and title.startswith(words[0]) else [f"{page.url}: h1 {words}, title {title}"]
