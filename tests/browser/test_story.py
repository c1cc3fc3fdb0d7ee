"""The whole story in Chromium with JavaScript switched off, at four widths (R-8.3)."""

from __future__ import annotations

from browser.checks import heading, sideways
from browser.story import Story, Visitor, paper

REFUSED = 422  # a form with something to put right


def test_the_whole_story_without_javascript(program, chromium, tmp_path):
    """R-1.1 R-2.1 R-2.2 R-3.1 R-3.2 R-4.3 R-6.1 R-6.2 R-6.4: every page of it fits every width."""
    faults = []

    def seen(page, answer) -> None:
        assert answer.status in (200, REFUSED), page.url
        faults.extend(sideways(page) + heading(page))

    def complained(said) -> None:
        if said.type == "error" and f"status of {REFUSED}" not in said.text:
            faults.append(f"{said.page.url}: {said.text}")

    def sit_down() -> Visitor:
        page = chromium.new_context(java_script_enabled=False, locale="ja-JP").new_page()
        page.set_default_timeout(10_000)
        page.on("console", complained)
        return Visitor(page, program.residents, seen)

    told = Story(program, sit_down(), sit_down(), paper(tmp_path / "papers"))
    told.whole()
    assert not faults
