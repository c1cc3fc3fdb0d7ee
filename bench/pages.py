"""Judges the pages of the story, and all that links lead to, with the Nu HTML checker and axe-core; takes pictures.

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
from collections import Counter, deque
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
from playwright.sync_api import Error, sync_playwright  # noqa: E402

CHECKERS = ("axe-core@4.14.1", "vnu-jar@26.9.16")
PICTURE_WIDTHS = (1280, 375)
# Where each visitor begins; from there every link is followed.
DOORS = {
    "": ("/", "/procedures?words=%E7%A8%8E", "/help/faq", "/no-such-page"),
    "resident": ("/mypage",),
    "TOWN_ADMINISTRATOR": ("/staff/settings", "/staff/password", "/staff/no-such-page"),
    "CLERK": ("/staff/", "/staff/?state=approved", "/staff/pages/terms"),
    "SYSTEM_ADMINISTRATOR": ("/staff/settings", "/staff/stops", "/staff/mails", "/staff/audit"),
}
# Of pages that differ in numbers and conditions only, so many are looked at.
OF_A_KIND = 3
# The ways on that ask for nothing: links, and forms that are only a button.
_LINKS = """() => [
    ...[...document.querySelectorAll("a[href]")].map(a => a.href),
    ...[...document.querySelectorAll("form[method=get]")]
        .filter(form => [...form.elements].every(field => field.type === "submit")).map(form => form.action),
].filter(url => url.startsWith(location.origin)).map(url => url.slice(location.origin.length).split("#")[0])"""
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
    told.whole()
    _acts_of_staff(told)
    visitors = {"": sit_down(), "resident": told.resident, "CLERK": told.clerk}
    for role in ("TOWN_ADMINISTRATOR", "SYSTEM_ADMINISTRATOR"):
        visitors[role] = sit_down()
        _log_in(program, visitors[role], role)
    kinds: Counter[str] = Counter()
    for role, doors in DOORS.items():
        around(visitors[role], judge, doors, kinds)
    for look in LOOKS:
        for visitor, path in ((told.resident, "/mypage"), (told.clerk, "/staff/")):
            visitor.open(f"/look?is={look}&back={path}")


def around(visitor: Visitor, judge: Judge, doors: tuple[str, ...], kinds: Counter[str]) -> None:
    """The doors, and every page that links lead to from there, few of a kind."""
    todo, known = deque(doors), set(doors)
    while todo:
        path = todo.popleft()
        kind = re.sub(r"[^/]*\d[^/]*", "1", urlsplit(path).path)
        if path not in doors and kinds[kind] == OF_A_KIND:
            continue
        kinds[kind] += 1
        try:
            visitor.open(path)
        except Error as fault:
            if "Download is starting" not in str(fault):
                judge.faults.append(f"{path}: {fault.message.splitlines()[0]}")
            continue
        found = [link for link in visitor.page.evaluate(_LINKS) if not link.startswith(("/look", "/static"))]
        todo.extend(link for link in dict.fromkeys(found) if link not in known)
        known.update(found)


def _log_in(program: Program, visitor: Visitor, role: str) -> None:
    login_id, password = program.login(role)
    visitor.open("/staff/login")
    visitor.type("職員ID", login_id)
    visitor.type("パスワード", password)
    visitor.press("ログイン")


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
