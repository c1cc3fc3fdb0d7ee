"""The postal service's list: read, refused with its line, loaded for the towns that are wanted, and asked."""

from __future__ import annotations

import pytest

import demo
from models import PostalCode
from rules.records import postal_code
from rules.values import postal


def line(code: str, area: str, municipality: str = "06499", town: str = "朝凪町") -> str:
    return f'{municipality},"999  ","{code}","ﾔﾏｶﾞﾀｹﾝ","ｱｻﾅｷﾞﾏﾁ","ｱ","山形県","{town}","{area}",0,0,0,0,0,0\r\n'


def load(*lines: str, wanted: frozenset[str] = frozenset()) -> dict[str, int]:
    return postal_code.load(postal.read("".join(lines).encode("utf-8")), wanted)


def texts(code: str) -> list[str]:
    return [place.text for place in postal_code.candidates(code)]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp932"])
def test_both_charsets_are_read(charset: str) -> None:
    """Issue 4.1: the town's own postal codes loaded as data."""
    found = postal.read(line("9998101", "浜手").encode(charset))
    assert found == [postal.Entry("9998101", "064998", "山形県", "朝凪町", "浜手")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("浜手", "浜手"), ("以下に掲載がない場合", ""), ("朝凪町の次に番地がくる場合", ""), ("朝凪町一円", ""),
     ("一円", "一円"), ("松原（１〜１２番地）", "松原"), ("松原（その他）", "松原"), ("甲（乙（丙）、丁）", "甲"),
     ("種市第１５地割〜第２１地割（鹿糠、小路合）", "種市"), ("山手第３地割", "山手"), ("東１丁目〜３丁目", "東"),
     ("第一町", "第一町"), ("大通西１", "大通西１")],
)  # fmt: skip
def test_remarks_are_no_part_of_an_address(written: str, meant: str) -> None:
    assert postal.areas(written) == [meant]


def test_an_area_may_be_several() -> None:
    """Each of them is offered."""
    assert postal.areas("堀江町、新町") == ["堀江町", "新町"]
    assert postal.areas("種市第１地割、第２地割〜第４地割") == ["種市"]
    found = postal.read(line("9998101", "堀江町、新町（１番地、２番地）").encode())
    assert [entry.area for entry in found] == ["堀江町", "新町"]


def test_a_long_name_goes_on_in_the_next_line() -> None:
    """KEN_ALL.CSV cuts long names: what stands in the brackets is one remark."""
    content = line("9998103", "松原（１番地、") + line("9998103", "２番地、") + line("9998103", "３番地）")
    found = postal.read((content + line("9998104", "磯辺")).encode("cp932"))
    assert [(entry.code, entry.area) for entry in found] == [("9998103", "松原"), ("9998104", "磯辺")]


@pytest.mark.parametrize(
    ("content", "at", "words"),
    [(b"", 1, "empty"), (b"PK\x03\x04", 1, "ZIP"),
     (line("9998101", "浜手").encode("utf-8") + b"a,b\r\n", 2, "2 columns"),
     (line("999810", "浜手").encode("utf-8"), 1, "no postal code"),
     (line("9998101", "浜手", "99999").encode("utf-8"), 1, "no code of a municipality"),
     (line("9998101", "浜手", town="").encode("utf-8"), 1, "does not name the municipality"),
     (line("9998101", "浜手").encode("utf-8") * 2 + "浜".encode("utf-16"), 3, "neither UTF-8 nor Shift_JIS"),
     ((line("9998101", "磯辺") + line("9998102", "松原（１番地、")).encode("utf-8"), 2, "never closed"),
     ((line("9998102", "松原（１番地、") + line("9998103", "２番地）")).encode("utf-8"), 1, "never closed"),
     (b'06499,"999', 1, "unexpected end of data")],
)  # fmt: skip
def test_a_bad_list_is_refused_with_its_line(content: bytes, at: int, words: str) -> None:
    with pytest.raises(postal.BadList, match=f"line {at}: .*{words}"):
        postal.read(content)


@pytest.mark.parametrize("code", ["06499", "01202", "13101", "03301"])
def test_check_digit_of_a_municipality(code: str) -> None:
    known = {"06499": "8", "01202": "5", "13101": "6", "03301": "4"}
    assert postal.check_digit(code) == known[code]


# ---------------------------------------------------------------- loaded


def test_a_code_has_several_places() -> None:
    load(line("9998105", "上野島"), line("9998105", "下野島"), line("9998105", "上野島"), line("9998106", "磯辺"))
    assert texts("９９９－８１０５") == ["朝凪町上野島", "朝凪町下野島"]
    assert texts("〒999 8106") == ["朝凪町磯辺"]
    assert texts("9998199") == texts("99981") == texts("") == texts("朝凪") == []


def test_loading_again_replaces_what_the_town_had() -> None:
    """No half of an old list stays; another town keeps its own."""
    load(line("9998101", "浜手"), line("9998102", "磯辺"), line("9997001", "夕浜", "06400", "夕凪町"))
    assert load(line("9998101", "浜手東")) == {"064998": 1}
    assert texts("9998101") == ["朝凪町浜手東"] and texts("9998102") == []
    assert texts("9997001") == ["夕凪町夕浜"]


@pytest.mark.parametrize("wanted", ["06", "06499", "064998"])
def test_only_what_is_wanted_is_loaded(wanted: str) -> None:
    other = line("0600000", "北浜", "01101", "札幌市中央区")
    assert load(line("9998101", "浜手"), other, wanted=frozenset({wanted})) == {"064998": 1}
    assert texts("0600000") == []


def test_a_town_the_list_does_not_know_loads_nothing() -> None:
    with pytest.raises(postal_code.Absent):
        load(line("9998101", "浜手"), wanted=frozenset({"064998", "013013"}))
    assert PostalCode.select().count() == 0


def test_many_lines_are_loaded_at_once() -> None:
    assert load(*(line(f"{number:07}", f"浜{number}") for number in range(1, 1202))) == {"064998": 1201}
    assert PostalCode.select().count() == 1201


def test_the_sample_of_the_demo_is_sound() -> None:
    found = postal_code.load(postal.read((demo.STARTER / "postal" / "sample.csv").read_bytes()))
    assert set(found) == {"064998"}
    assert texts("999-8100") == ["朝凪町"] and len(texts("999-8105")) == 3 and len(texts("999-8107")) == 2


# ---------------------------------------------------------------- an address is completed, never overwritten


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [("", "朝凪町浜手"), ("朝凪町", "朝凪町浜手"), ("朝凪町 浜手 二丁目", "朝凪町 浜手 二丁目"),
     ("山形県朝凪町浜手1", "山形県朝凪町浜手1"), ("山形県", "朝凪町浜手"), ("夕凪町1", None), ("浜手1", None)],
)  # fmt: skip
def test_what_is_typed_is_never_overwritten(typed: str, becomes: str | None) -> None:
    """Issue 4.1: offers candidates, never overwrites."""
    place = postal_code.Place(1, "山形県", "朝凪町", "浜手")
    assert postal_code.completed(place, typed) == becomes
