"""Judges every page of the story with the Nu HTML checker and axe-core, and takes its picture.

Run by hand: it needs npm (to bring the two checkers), Java, Chromium and what `pip install -e '.[test]'` brings.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
# In place of this folder, whose http.py is not the library's.
sys.path[0] = str(HERE.parent / "tests")

from browser.checks import HEIGHT, heading, sideways  # noqa: E402
from browser.program import Program, demo  # noqa: E402
from browser.real import CHROMIUM_FLAGS, CHROMIUM_NAMES, found  # noqa: E402
from browser.story import Story, Visitor, paper  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

CHECKERS = ("axe-core@4.14.1", "vnu-jar@26.9.16")
PICTURE_WIDTHS = (1280, 375)
AROUND_THE_STORY = (
    "/login",
    "/sign-up",
    "/procedures",
    "/procedures?words=%E7%A8%8E",
    "/no-such-page",
    "/mypage",
    "/mypage/account",
    "/mypage/saved",
    "/mypage/drafts",
    "/mypage/applications",
    "/mypage/history",
    "/demo/mail",
)
AROUND_THE_STAFF = (
    "/staff/",
    "/staff/?state=approved",
    "/staff/mails",
    "/staff/audit",
    "/staff/password",
    "/staff/no-such-page",
)
LOOKS = ("large", "small", "black", "large-black")


@dataclass
class Judge:
    """Looks at each page once and remembers what is wrong."""

    axe: str
    out: Path
    faults: list[str] = field(default_factory=list)
    pages: dict[Path, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def seen(self, page: Any, answer: Any) -> None:
        # What the server wrote: the browser's own tree has been put right already.
        source = answer.body()
        if answer.status >= 500:
            self.faults.append(f"{page.url}: {answer.status}")
        mark = hashlib.sha256(source).hexdigest()
        if mark in self._known:
            return
        self._known.add(mark)
        place = re.sub(r"[^a-z0-9]+", "-", urlsplit(page.url).path).strip("-") or "town"
        path = self.out / f"{len(self.pages) + 1:03d}-{place[:60]}.html"
        path.write_bytes(source)
        self.pages[path] = page.url
        self.faults += sideways(page) + heading(page)
        for width in PICTURE_WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.screenshot(path=path.with_suffix(f".{width}.png"), full_page=True)
            self._accessible(page, width)

    def _accessible(self, page: Any, width: int) -> None:
        page.evaluate(self.axe)
        for rule in page.evaluate("axe.run()")["violations"]:
            where = [" ".join(map(str, node["target"])) for node in rule["nodes"]]
            self.faults.append(f"{page.url} at {width} px: {rule['id']} ({rule['help']}): {where}")

    def valid(self, checker: Path) -> None:
        """The Nu checker's word on every page and on the style sheet."""
        css = HERE.parent / "static" / "style.css"
        for kind, files in (("--html", list(self.pages)), ("--css", [css])):
            command = ["java", "-jar", str(checker), "--stdout", "--format", "json", kind, *map(str, files)]
            run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
            said = json.loads(run.stdout)
            for message in said["messages"]:
                name = Path(message["url"].removeprefix("file:")).name
                self.faults.append(f"{name}:{message.get('lastLine')}: {message['type']}: {message['message']}")


def fetch(folder: Path) -> tuple[str, Path]:
    """axe-core's script and the Nu checker's jar, brought by npm once."""
    for wanted in CHECKERS:
        name = wanted.split("@")[0]
        if (folder / name).exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as temporary:
            subprocess.run(
                [shutil.which("npm") or "npm", "pack", wanted], cwd=temporary, check=True, capture_output=True
            )
            with tarfile.open(next(Path(temporary).glob("*.tgz"))) as packed:
                packed.extractall(folder / name, filter="data")
    axe = (folder / "axe-core" / "package" / "axe.min.js").read_text(encoding="utf-8")
    return axe, next((folder / "vnu-jar").rglob("vnu.jar"))


def walk(program: Program, browser: Any, judge: Judge, papers: Path) -> None:
    """The story, and the pages around it."""

    def sit_down() -> Visitor:
        return Visitor(browser.new_context(locale="ja-JP").new_page(), program.residents, judge.seen)

    told = Story(program, sit_down(), sit_down(), paper(papers))
    for path in AROUND_THE_STORY[:5]:
        told.resident.open(path)
    told.whole()
    for path in AROUND_THE_STORY:
        told.resident.open(path)
    told.resident.follow("【朝凪町】利用者登録が完了しました")
    for path in AROUND_THE_STAFF:
        told.clerk.open(path)
    _acts_of_staff(told)
    for look in LOOKS:
        for visitor, path in ((told.resident, "/mypage"), (told.clerk, "/staff/")):
            visitor.open(f"/look?is={look}&back={path}")
    told.resident.open("/procedures")
    told.resident.follow("犬の登録申請")
    told.resident.press("申請する")


def _acts_of_staff(told: Story) -> None:
    """Every page of an act, and the application on paper, before the second one is refused."""
    first = told.number
    told.find()
    told.apply()
    told.clerk.open("/staff/")
    told.clerk.follow(told.number)
    for act in ("印刷する", "別の部課へ移す", "取り下げる"):
        told.clerk.press(act)
        told.clerk.page.go_back()
    told.clerk.press("審査を開始する")
    told.clerk.press("却下する")
    told.clerk.type("却下の理由", "狂犬病予防法第4条の登録がすでにあるため。")
    told.clerk.press("却下する")
    told.resident.follow("申請内容照会へ戻る")
    told.number = first


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "out" / "pages", help="where pages and pictures go")
    parser.add_argument("--checkers", type=Path, default=HERE / "out" / "checkers", help="where the checkers are kept")
    options = parser.parse_args()
    axe, nu = fetch(options.checkers)
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    judge = Judge(axe, options.out)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        program = demo(Path(temporary) / "data")
        try:
            browser = driver.chromium.launch(executable_path=found(*CHROMIUM_NAMES), args=list(CHROMIUM_FLAGS))
            walk(program, browser, judge, Path(temporary) / "papers")
            browser.close()
        finally:
            program.stop()
    judge.valid(nu)
    for fault in judge.faults:
        print(fault)
    print(f"{len(judge.pages)} pages at {len(PICTURE_WIDTHS)} widths, {len(judge.faults)} faults")
    return 1 if judge.faults else 0


if __name__ == "__main__":
    sys.exit(main())
