"""Two documents of a procedure compared: what is new, changed or gone, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.procedures import keys, reception, written
from rules.procedures.form_differences import form_differences
from rules.procedures.said import changed, listed, said, table, text_changed

Document = dict[str, Any]


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    """A sentence for each change from one document to another, in the order of the file; none: they say the same.

    Either may be a draft with faults. None stands for a procedure that is not there yet.
    """
    if before is None:
        return ["新しい手続きです。"]
    old, new = written.tidied(before), written.tidied(after)
    found = [sentence for key in keys.DOCUMENT for sentence in _of_key(key, old, new)]
    if not found and written.write(before) != written.write(after):
        found = ["画面に出ない、こまかいところが変わります。"]
    return found


def _of_key(key: str, before: Document, after: Document) -> Iterator[str]:
    known = keys.DOCUMENT[key]
    default = None if known.default is keys.REQUIRED else known.default
    old, new = before.get(key, default), after.get(key, default)
    if old == new:
        return
    if key in _WAYS:
        yield from _WAYS[key](old, new)
    elif known.kinds == ("string",) and not known.allowed:
        yield text_changed(f"「{known.words}」", old, new)
    else:
        yield changed(f"「{known.words}」", _in_words(known, old), _in_words(known, new))


def _in_words(known: keys.Key, value: Any) -> str:
    if known.allowed and isinstance(value, (str, bool, int)) and value in known.allowed:
        return known.allowed[value]
    return said(value)


def _synonyms(old: Any, new: Any) -> Iterator[str]:
    before, after = listed(old), listed(new)
    yield from (f"さがすときの言葉「{said(word)}」が加わります。" for word in after if word not in before)
    yield from (f"さがすときの言葉「{said(word)}」がなくなります。" for word in before if word not in after)
    if sorted(map(str, before)) == sorted(map(str, after)):
        yield "さがすときの言葉の順番が変わります。"


def _several(label: str, words: Mapping[str, str]) -> Any:
    def sentences(old: Any, new: Any) -> Iterator[str]:
        def shown(value: Any) -> str:
            return "・".join(words.get(one, one) if isinstance(one, str) else said(one) for one in listed(value))

        yield changed(f"「{label}」", shown(old) or "なし", shown(new) or "なし")

    return sentences


def _parts(label: str, shape: Mapping[str, keys.Key]) -> Any:
    def sentences(old: Any, new: Any) -> Iterator[str]:
        before, after = table(old), table(new)
        for key, known in shape.items():
            was, is_now = before.get(key), after.get(key)
            if was == is_now:
                continue
            if known.kinds == ("string",) and not known.allowed:
                yield text_changed(f"{label}の「{known.words}」", was, is_now)
            else:
                yield changed(f"{label}の「{known.words}」", _in_words(known, was), _in_words(known, is_now))

    return sentences


def _period(old: Any, new: Any) -> Iterator[str]:
    yield changed("「受付期間」", _period_words(table(old)), _period_words(table(new)))


def _period_words(period: Document) -> str:
    ends = [str(period.get(end) or "") for end in ("from", "until")]
    if any(map(reception.is_wrong, ends)):
        return "〜".join(ends)
    return reception.words(*ends) or "いつでも"


def _texts(label: str, titles: Mapping[str, str]) -> Any:
    def sentences(old: Any, new: Any) -> Iterator[str]:
        before, after = table(old), table(new)
        for key in dict.fromkeys([*titles, *before, *after]):
            if before.get(key, "") != after.get(key, ""):
                yield text_changed(f"{label}「{titles.get(key, key)}」", before.get(key), after.get(key))

    return sentences


def _paper_forms(old: Any, new: Any) -> Iterator[str]:
    before, after = _titles(old), _titles(new)
    for file, title in after.items():
        if file not in before:
            yield f"様式「{title}」（{file}）が加わります。"
        elif before[file] != title:
            yield changed(f"様式 {file} の名前", before[file], title)
    yield from (f"様式「{title}」（{file}）がなくなります。" for file, title in before.items() if file not in after)
    if list(before) != list(after) and set(before) == set(after):
        yield "様式の順番が変わります。"


def _titles(forms: Any) -> dict[str, str]:
    return {said(table(one).get("file")): said(table(one).get("title")) for one in listed(forms)}


def _form(old: Any, new: Any) -> Iterator[str]:
    if new is None:
        yield "申請の様式がなくなります。"
    elif old is None:
        yield "申請の様式が加わります。"
    else:
        yield from form_differences(old, new)


_WAYS: dict[str, Any] = {
    "synonyms": _synonyms,
    "applicants": _several("個人・事業者", keys.KINDS_OF_APPLICANTS),
    "withdrawal": _several("取り下げられる状態", keys.WITHDRAWAL),
    "eligibility": _parts("申請できる方", keys.ELIGIBILITY),
    "fee": _parts("手数料", keys.FEE),
    "period": _period,
    "visit": _parts("来庁", keys.VISIT),
    "guidance": _texts("手続案内", keys.GUIDANCE),
    "mails": _texts("メールの文", keys.MAILS),
    "paper_forms": _paper_forms,
    "form": _form,
}
