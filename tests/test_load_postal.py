"""manage.py load-postal: the postal service's list, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import demo
import manage
from models import PostalCode

SAMPLE = demo.STARTER / "postal" / "sample.csv"


@pytest.fixture
def load(town_db, capsys):
    """Types the command; returns (exit code, what was printed, what was complained of)."""
    (town_db.data / "config.toml").write_text(
        'base_url = "http://madoguchi.test"\n[mail]\ntransport = "folder"\nfrom = "a@example.jp"\n', encoding="utf-8"
    )
    (town_db.data / "secret.key").write_bytes(bytes(32))

    def typed(*words: object) -> tuple[int, str, str]:
        code = manage.main(["--data", str(town_db.data), "load-postal", *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return typed


def test_a_list_is_loaded(load):
    """Issue 4.1: and loaded again, nothing stands there twice."""
    for _ in range(2):
        code, printed, _ = load(SAMPLE, "--town", "064998")
        assert code == 0 and "places of 1 municipalities were loaded" in printed
    assert PostalCode.select().count() == int(printed.split()[0]) == 12


def test_a_bad_list_loads_nothing(load, tmp_path: Path):
    """Bad input: the line is named, and the good file before it is not loaded either."""
    bad = tmp_path / "bad.csv"
    bad.write_text(SAMPLE.read_text(encoding="utf-8") + "a,b,c\n", encoding="utf-8")
    code, _, complaint = load(SAMPLE, bad)
    assert code == 1 and "bad.csv: line 13: 3 columns instead of 15" in complaint and "Nothing was loaded" in complaint
    assert PostalCode.select().count() == 0


def test_a_town_or_a_file_that_is_not_there(load, tmp_path: Path):
    code, _, complaint = load(SAMPLE, "--town", "013013")
    assert code == 1 and "013013" in complaint
    assert load(tmp_path / "none.csv")[0] == 1
    assert PostalCode.select().count() == 0
