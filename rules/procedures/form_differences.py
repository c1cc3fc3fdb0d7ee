"""Two forms compared: pages and questions added, gone, moved and changed, by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rules.procedures import keys
from rules.procedures.said import changed, listed, said, short, table, tables, text_changed

Table = dict[str, Any]

TYPES = {
    "heading": "小見出し",
    "text": "1行の文字",
    "long_text": "何行もの文字",
    "number": "数",
    "money": "金額",
    "date": "日付",
    "time": "時刻",
    "choice": "1つ選ぶ",
    "choices": "いくつか選ぶ",
    "consent": "同意の印",
    "agreement": "読んで同意する文",
    "name": "氏名",
    "address": "住所",
    "telephone": "電話番号",
    "email": "メールアドレス",
    "corporate_number": "法人番号",
    "bank_account": "口座",
    "file": "添付ファイル",
    "paper_form": "様式の案内",
    "table": "くりかえしの表",
    "sum": "合計",
}
"""The types of questions in words."""

_LIMITS = {
    "min": "いちばん小さい数",
    "max": "いちばん大きい数",
    "min_length": "最小の文字数",
    "max_length": "最大の文字数",
    "decimals": "小数点より下のけた数",
    "unit": "単位",
    "step": "きざみ",
    "from": "いちばん早い時刻",
    "until": "いちばん遅い時刻",
    "past": "きょうより後は不可",
    "future": "きょうより前は不可",
    "age_from": "年齢の下限",
    "age_to": "年齢の上限",
    "weekdays": "選べる曜日",
    "days_ahead": "きょうから何日の間",
    "width": "欄の幅",
    "kind": "文字の種類",
    "rows": "欄の高さ",
    "look": "見た目",
    "count": "ファイルの数",
    "extensions": "ファイルの種類",
}


class _Place(NamedTuple):
    """A question and the page it stands on."""

    question: Table
    page: str
    title: str


def form_differences(old: Any, new: Any) -> Iterator[str]:
    """The sentences for two forms, either of which may have faults."""
    before, after = tables(table(old).get("pages")), tables(table(new).get("pages"))
    yield from _pages(before, after)
    was, is_now = _places(before), _places(after)
    both = [key for key in is_now if key in was]
    for key, place in is_now.items():
        if key not in was:
            kind = _type(place.question)
            yield f"質問「{_name(place.question)}」（{kind}）が、「{place.title}」のページに加わります。"
    yield from (f"質問「{_name(place.question)}」がなくなります。" for key, place in was.items() if key not in is_now)
    known = _known(before, after)
    for key in both:
        yield from _question(f"質問「{_name(is_now[key].question)}」", was[key].question, is_now[key].question, known)
        if was[key].page != is_now[key].page:
            yield f"質問「{_name(known[key])}」が、「{was[key].title}」から「{is_now[key].title}」のページに移ります。"
    yield from _order(was, is_now)


def _pages(before: list[Table], after: list[Table]) -> Iterator[str]:
    old, new = _by_key(before), _by_key(after)
    known = _known(before, after)
    yield from (f"ページ「{_title(page)}」が加わります。" for key, page in new.items() if key not in old)
    yield from (f"ページ「{_title(page)}」がなくなります。" for key, page in old.items() if key not in new)
    for key in [key for key in new if key in old]:
        was, is_now = old[key], new[key]
        label = f"ページ「{_title(is_now)}」"
        if was.get("title") != is_now.get("title"):
            yield changed(f"ページ「{_title(was)}」の題名", _title(was), _title(is_now))
        if was.get("intro") != is_now.get("intro"):
            yield text_changed(f"{label}の説明", was.get("intro"), is_now.get("intro"))
        yield from _condition(label, was, is_now, known)
        if was.get("exit") != is_now.get("exit"):
            yield from _exit(label, was.get("exit"), is_now.get("exit"))
    if _kept(old, new) != _kept(new, old):
        yield "ページの順番が変わります。"


def _exit(label: str, old: Any, new: Any) -> Iterator[str]:
    if new is None:
        yield f"{label}は、手続きの対象でない方のページではなくなります。"
    elif old is None:
        yield f"{label}は、手続きの対象でない方のページになります。"
    else:
        names = ("procedure", "text")
        old_words, new_words = (" ".join(said(table(of).get(name)) for name in names) for of in (old, new))
        yield changed(f"{label}の行き先", old_words, new_words)


def _condition(label: str, was: Table, is_now: Table, known: dict[str, Table]) -> Iterator[str]:
    if was.get("show_if") != is_now.get("show_if"):
        old, new = (condition_words(of.get("show_if"), known) or "いつも出ます" for of in (was, is_now))
        yield changed(f"{label}の出る条件", old, new)


_COMPARED = {
    "is": "{}のとき",
    "is_not": "{}でないとき",
    "one_of": "{}のどれかのとき",
    "includes": "{}を選んだとき",
    "at_least": "{}以上のとき",
    "at_most": "{}以下のとき",
    "age_at_least": "{}歳以上のとき",
    "age_below": "{}歳より下のとき",
}


def condition_words(condition: Any, known: dict[str, Table]) -> str:
    """A condition in words, with the labels of its question and choices: 受け取り方：郵送のとき; "" for none."""
    if not isinstance(condition, dict) or not condition:
        return ""
    key = said(condition.get("question"))
    q, found = known.get(key, {}), []
    labels = {said(choice.get("value")): said(choice.get("label")) for choice in tables(q.get("choices"))}
    for name, value in condition.items():
        if name == "answered":
            found.append("答えたとき" if value else "答えていないとき")
        elif name in _COMPARED:
            plain = "、".join(
                str(one) if isinstance(one, int) and not isinstance(one, bool) else labels.get(said(one), said(one))
                for one in (value if isinstance(value, list) else [value])
            )
            found.append(_COMPARED[name].format(short(plain)))
    return f"{_name(q) or key}：{'、'.join(found)}"


def _question(label: str, was: Table, is_now: Table, known: dict[str, Table]) -> Iterator[str]:
    if _name(was) != _name(is_now):
        yield changed(f"質問「{_name(was)}」の名前", _name(was), _name(is_now))
    if _type(was) != _type(is_now):
        yield changed(f"{label}の種類", _type(was), _type(is_now))
    if was.get("required") != is_now.get("required"):
        yield f"{label}は、{'必ず答えてもらう' if is_now.get('required') else '答えなくてもよい'}ものになります。"
    for key, words in (("hint", "入力のしかたの説明"), ("text", "読んでもらう文"), ("prefix", "前に付ける言葉")):
        if was.get(key, "") != is_now.get(key, ""):
            yield text_changed(f"{label}の{words}", was.get(key), is_now.get(key))
    yield from _condition(label, was, is_now, known)
    yield from _limits(label, table(was.get("limits")), table(is_now.get("limits")))
    yield from _choices(label, was.get("choices"), is_now.get("choices"))
    if was.get("profile") != is_now.get("profile"):
        old, new = (keys.PROFILES.get(str(q.get("profile")), "なし") for q in (was, is_now))
        yield changed(f"{label}に初めから入れておくもの", old, new)
    for key, words in (("file", "様式"), ("row_name", "1件の呼び方")):
        if was.get(key) != is_now.get(key):
            yield changed(f"{label}の{words}", said(was.get(key)), said(is_now.get(key)))
    if was.get("of") != is_now.get("of"):
        old, new = (
            "と".join(_name(known.get(one, {})) or said(one) for one in map(str, listed(q.get("of"))))
            for q in (was, is_now)
        )
        yield changed(f"{label}で足す数", old or "なし", new or "なし")
    yield from _columns(label, tables(was.get("columns")), tables(is_now.get("columns")))


def _limits(label: str, was: Table, is_now: Table) -> Iterator[str]:
    for name in dict.fromkeys([*_LIMITS, *was, *is_now]):
        if was.get(name) != is_now.get(name):
            old, new = said(was.get(name)), said(is_now.get(name))
            yield changed(f"{label}の制限「{_LIMITS.get(name, name)}」", old, new)


def _choices(label: str, old: Any, new: Any) -> Iterator[str]:
    was, is_now = ({said(c.get("value")): said(c.get("label")) for c in tables(of)} for of in (old, new))
    yield from (f"{label}に、選択肢「{words}」が加わります。" for value, words in is_now.items() if value not in was)
    yield from (
        f"{label}から、選択肢「{words}」がなくなります。" for value, words in was.items() if value not in is_now
    )
    for value in [value for value in is_now if value in was]:
        if was[value] != is_now[value]:
            yield changed(f"{label}の選択肢", was[value], is_now[value])
    if _kept(was, is_now) != _kept(is_now, was):
        yield f"{label}の選択肢の順番が変わります。"


def _columns(label: str, before: list[Table], after: list[Table]) -> Iterator[str]:
    old, new = _by_key(before), _by_key(after)
    labels = {key: _name(column) for key, column in (old | new).items()}
    yield from (f"{label}に、欄「{labels[key]}」が加わります。" for key in new if key not in old)
    yield from (f"{label}から、欄「{labels[key]}」がなくなります。" for key in old if key not in new)
    for key in [key for key in new if key in old]:
        yield from _question(f"{label}の欄「{labels[key]}」", old[key], new[key], old | new)
    if _kept(old, new) != _kept(new, old):
        yield f"{label}の欄の順番が変わります。"


def _order(was: dict[str, _Place], is_now: dict[str, _Place]) -> Iterator[str]:
    """Questions that stayed on their page, in another order."""
    stayed = [key for key in is_now if key in was and was[key].page == is_now[key].page]
    for page in dict.fromkeys(is_now[key].page for key in stayed):
        here = [key for key in stayed if is_now[key].page == page]
        if here != [key for key in was if key in here]:
            yield f"「{is_now[here[0]].title}」のページで、質問の順番が変わります。"


def _places(pages: list[Table]) -> dict[str, _Place]:
    return {
        key: _Place(question, said(page.get("key")), _title(page))
        for page in pages
        for key, question in _by_key(tables(page.get("questions"))).items()
    }


def _known(before: list[Table], after: list[Table]) -> dict[str, Table]:
    """The questions of two forms by key, as they are now, with the choices they had."""
    was, is_now = ({key: place.question for key, place in _places(pages).items()} for pages in (before, after))
    choices = {key: [*tables(was.get(key, {}).get("choices")), *tables(q.get("choices"))] for key, q in is_now.items()}
    return was | {key: {**q, "choices": choices[key]} for key, q in is_now.items()}


def _by_key(found: list[Table]) -> dict[str, Table]:
    return {said(one.get("key")): one for one in found}


def _kept(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The keys that both have, in the order of the first."""
    return [key for key in one if key in other]


def _title(page: Table) -> str:
    return said(page.get("title"))


def _name(question: Table) -> str:
    return short(str(question.get("label") or question.get("key") or ""))


def _type(question: Table) -> str:
    return TYPES.get(str(question.get("type")), said(question.get("type")))
