"""House rule 6: what somebody else has saved meanwhile, in the lines that differ."""

from __future__ import annotations

from rules.values import behind


def test_only_the_lines_that_differ():
    mine = "一\r\n二\r\n三（直した）\r\n四\r\n五\r\n"
    theirs = "零\n一\n二\n三\n四\n五"
    found = behind.compare(mine, theirs, "いつ　だれ")
    assert (found.changed, found.more) == ("いつ　だれ", 0)
    assert [tuple(line) for line in found.lines] == [(True, 1, "零"), (True, 4, "三"), (False, 3, "三（直した）")]


def test_the_same_text_differs_nowhere():
    assert behind.compare("一\r\n二", "一\n二\n", "").lines == []


def test_long_differences_are_cut():
    found = behind.compare("\n".join(f"甲{n}" for n in range(300)), "\n".join(f"乙{n}" for n in range(300)), "")
    assert (len(found.lines), found.more) == (behind.MOST_LINES, 600 - behind.MOST_LINES)
