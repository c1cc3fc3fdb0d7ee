"""手続き一覧のCSV: bytes that any program reads, and that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest

from models import Division
from rules.procedures import catalogue, procedure
from rules.procedures.eligibility import Facts
from rules.procedures.finding import Wanted


def read(town, wanted: Wanted | None = None) -> tuple[bytes, list[dict[str, str]]]:
    content = b"".join(catalogue.pieces(town, wanted or Wanted()))
    return content, list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_bytes(cast):
    """R-2.3: UTF-8 with BOM, CR LF, the documented columns in their order."""
    content, rows = read(cast.town)
    assert content.startswith(b"\xef\xbb\xbf" + "市町村コード,市町村名,手続きID,手続き名,フリガナ,カテゴリ,".encode())
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == len(rows) + 1
    assert tuple(rows[0]) == catalogue.COLUMNS


def test_a_line(cast):
    """R-2.3"""
    _, rows = read(cast.town)
    dogs = next(row for row in rows if row["手続きID"] == "dog-registration")
    assert dogs["市町村コード"] == "064998"
    assert (dogs["手続き名"], dogs["カテゴリ"], dogs["担当部課"]) == ("犬の登録申請", "動物", "住民生活課")
    assert (dogs["申請方法"], dogs["ログイン"], dogs["手数料"]) == ("オンライン", "必要", "3000円")
    assert (dogs["標準処理日数"], dogs["申請できる方"]) == ("5", "個人の方・事業者の方")
    assert dogs["根拠法令"] == "狂犬病予防法 第4条、第5条 / 朝凪町手数料条例"
    assert dogs["URL"] == f"http://madoguchi.test/procedures/{cast.dogs.id}"
    assert dogs["更新日"] == "2026-11-24"
    marriage = next(row for row in rows if row["手続きID"] == "marriage-notification")
    assert (marriage["申請方法"], marriage["ログイン"]) == ("窓口のみ", "")


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠\t"))
def test_no_cell_is_a_formula(cast, sign):
    """R-2.3, security-facts: full width too."""
    document = {**procedure.published(cast.dogs)[1], "summary": f"{sign}SUM(A1)", "synonyms": []}
    procedure.load(cast.town, document)
    Division.update(telephone=f"{sign}1").where(Division.name == "住民生活課").execute()
    _, rows = read(cast.town)
    dogs = next(row for row in rows if row["手続きID"] == "dog-registration")
    assert dogs["概要"].startswith("'") and dogs["電話番号"] == f"'{sign}1"


@pytest.mark.parametrize(
    ("text", "line"), [("犬の登録\n", "犬の登録"), ("\n犬\r\n\n鑑札\u2028", "犬 / 鑑札"), ("\r=1+1", "'=1+1"), ("", "")]
)
def test_a_cell_is_one_line(text, line):
    """R-2.3"""
    assert catalogue.cell(text) == line


def test_more_than_one_batch_comes_once_each(cast, monkeypatch):
    monkeypatch.setattr(catalogue, "_AT_ONCE", 3)
    _, rows = read(cast.town)
    assert len(rows) == len({row["手続きID"] for row in rows}) == 4


def test_the_conditions_of_the_list(cast):
    assert [row["手続きID"] for row in read(cast.town, Wanted("犬"))[1]] == ["dog-registration"]
    assert len(read(cast.town, Wanted(facts=Facts(kind="business")))[1]) == 2
    assert read(cast.town, Wanted("宇宙"))[1] == []
    assert read(cast.other_town)[1] == []
