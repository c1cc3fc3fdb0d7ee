"""load-guides: an operator brings in the texts of 手続き判定; the example of the document is sound too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import demo
import manage
from models import Guide
from rules.guides import guide_lint

STARTER = sorted((demo.STARTER / "guides").glob("*.txt"))
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "guide-format.md"


@pytest.fixture
def run(tmp_path, capsys):
    live = ["--data", str(tmp_path / "live")]
    init = ["--town-code", "064998", "--town-name", "朝凪町", "--base-url", "https://madoguchi.example.jp"]
    assert manage.main([*live, "init", *init, "--mail", "folder"]) == 0
    capsys.readouterr()

    def typed(*words: object) -> tuple[int, str, str]:
        code = manage.main([*live, *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return typed


def test_the_starter_guides_load_and_load_again(run):
    """R-2.7: guides are text files; what the town lacks is told and does not stop them."""
    code, said, complaint = run("load-guides", *STARTER)
    assert (code, complaint, len(STARTER)) == (0, "", 3)
    assert "moving 引越しの手続き: published" in said and "「moving-out」がありません" in said
    assert run("load-guides", *STARTER)[0] == 0
    rows = list(Guide.select().order_by(Guide.position))
    assert [(row.slug, row.revision) for row in rows] == [("moving", 1), ("birth", 1), ("bereavement", 1)]
    assert rows[0].published_text == next(p for p in STARTER if p.stem == "moving").read_text(encoding="utf-8")


def test_a_byte_order_mark_and_windows_lines_do_not_matter(run, tmp_path):
    path = tmp_path / "birth.txt"
    text = next(p for p in STARTER if p.stem == "birth").read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode("utf-8"))
    assert run("load-guides", path)[0] == 0
    assert Guide.get().text == text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.txt", "題名：犬\n質間：犬\n".encode(), "broken.txt:2: 何の行か分かりません"),
        ("old.txt", "題名：犬\n".encode("cp932"), "old.txt"),
        ("引越し.txt", "題名：犬\n".encode(), "small letters"),
        ("nowhere.txt", None, "nowhere.txt"),
    ],
)
def test_all_files_or_none(run, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, _, complaint = run("load-guides", STARTER[0], tmp_path / name)
    assert code == 1 and said in complaint
    assert Guide.select().count() == 0


def test_the_example_of_the_document_is_sound():
    """R-2.7: what clerks copy from the document works."""
    example = re.search(r"```\n(# .*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[1]
    known = {path.stem for path in (demo.STARTER / "procedures").glob("*.json")}
    assert guide_lint.lint(example, known) == []
