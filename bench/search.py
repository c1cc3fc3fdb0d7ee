"""Measures the search over 2,000 and over 100,000 procedures and prints a table: `python bench/search.py`."""

from __future__ import annotations

import sys
from pathlib import Path

# The folder of this file must not stand in the search path: it would hide the standard library's http.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from typing import Any  # noqa: E402
from urllib.parse import urlencode  # noqa: E402

from webtest import TestApp  # noqa: E402

import config  # noqa: E402
import demo  # noqa: E402
import models  # noqa: E402
import views  # noqa: E402, F401 - declares every screen
import web  # noqa: E402
from bench import fill  # noqa: E402
from models import Category, Division, Town, database  # noqa: E402
from rules.operation import schema  # noqa: E402
from rules.procedures import finding  # noqa: E402
from rules.procedures.eligibility import Facts  # noqa: E402
from rules.procedures.finding import Wanted  # noqa: E402

SIZES = (2_000, 100_000)
WORSE = 3.0
TURNS = 40
_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True)
class Query:
    """What is searched for, and the same as an address."""

    name: str
    wanted: Wanted

    @property
    def address(self) -> str:
        wanted, facts = self.wanted, self.wanted.facts
        asked = {"words": wanted.words, "category": wanted.category, "division": wanted.division}
        asked |= {"kind": facts.kind, "age": facts.age, "sex": facts.sex}
        return urlencode({name: value for name, value in asked.items() if value not in (None, "")})


def queries() -> list[Query]:
    category = Category.get(Category.name == "税金").id
    division = Division.get(Division.name == "町民部").id
    person = Facts(kind="person", age=38, sex="female")
    return [
        Query("税金: frequent", Wanted("税金")),
        Query("申請: in nearly all", Wanted("申請")),
        Query("犬: one letter", Wanted("犬")),
        Query("水道: two letters", Wanted("水道")),
        Query("じゅうみんひょう: kana", Wanted("じゅうみんひょう")),
        Query("引っ越し 届: two words", Wanted("引っ越し 届")),
        Query("改葬許可申請: a whole name", Wanted("改葬許可申請")),
        Query("税金 犬: never together", Wanted("税金 犬")),
        Query("宇宙旅行: nowhere", Wanted("宇宙旅行")),
        Query("証明 in a category", Wanted("証明", category=category)),
        Query("申請 in a 部", Wanted("申請", division=division)),
        Query("申請 for a person of 38", Wanted("申請", facts=person)),
        Query("no words, a 部", Wanted(division=division)),
        Query("no words", Wanted()),
    ]


def make(folder: Path, count: int) -> Town:
    """A town with so many procedures and nothing else, opened."""
    data = folder / str(count)
    config.create(data, fill._CONFIG.format(url=_URL))
    fill.settings(data, _URL)
    schema.migrate()
    database.execute_sql("PRAGMA synchronous = OFF")
    with models.transaction():
        town = demo.fill(data)
    with models.transaction():
        fill._procedures(count)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return town


def milliseconds(work: Callable[[], Any], turns: int) -> float:
    """The median of many turns, after some that are not counted."""
    for _ in range(3):
        work()
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def measure(town: Town, turns: int) -> dict[str, tuple[float, float, int]]:
    """By query: ms of the search, ms of the whole page as the app answers it, how many were found."""
    browser = TestApp(web.app, extra_environ={"HTTP_HOST": "127.0.0.1:8080", "REMOTE_ADDR": "127.0.0.1"})
    found = {}
    for query in queries():
        address = f"/towns/{town.code}/procedures?{query.address}"
        searched = milliseconds(lambda q=query: finding.find(town, q.wanted), turns)
        shown = milliseconds(lambda a=address: browser.get(a), turns)
        found[query.name] = (searched, shown, finding.find(town, query.wanted).total)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the towns are made (default: a folder that is removed)")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        for count in SIZES:
            print(f"filling {count:,} procedures into {temporary} …", flush=True)
            town = make(Path(temporary), count)
            entries = database.execute_sql("SELECT COUNT(*) FROM procedure_search").fetchone()[0]
            size = config.settings().database.stat().st_size / 1024**2
            print(f"  {entries:,} in the index, a database of {size:.0f} MB", flush=True)
            results.append(measure(town, options.turns))
            database.close()
    return report(*results)


def report(small: dict[str, tuple[float, float, int]], large: dict[str, tuple[float, float, int]]) -> int:
    print(f"\n{'query':<34}{'found':>13}{'search ms':>18}{'ratio':>7}{'page ms':>18}{'ratio':>7}")
    missed = []
    for name, (search_1, page_1, found_1) in small.items():
        search_2, page_2, found_2 = large[name]
        print(
            f"{name:<{34 - search_width(name)}}{f'{found_1}/{found_2}':>13}"
            f"{f'{search_1:.2f} -> {search_2:.2f}':>18}{search_2 / search_1:>7.1f}"
            f"{f'{page_1:.1f} -> {page_2:.1f}':>18}{page_2 / page_1:>7.1f}"
        )
        if page_2 / page_1 > WORSE:
            missed.append(f"{name}: the page takes {page_2 / page_1:.1f} times as long")
        if search_2 / search_1 > WORSE:
            missed.append(f"{name}: the search takes {search_2 / search_1:.1f} times as long")
    print("\n" + ("\n".join(f"MISSED {line}" for line in missed) or "every goal reached"))
    return 1 if missed else 0


def search_width(text: str) -> int:
    """How many columns wider a text is on a terminal than its letters are many."""
    return sum(1 for letter in text if ord(letter) > 0x2E7F)


if __name__ == "__main__":
    sys.exit(main())
