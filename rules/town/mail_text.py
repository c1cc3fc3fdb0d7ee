"""メールの文面: which mails there are, what each may and must say, and the words that a town has put in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import config
from models import ask
from rules.values import text

WORDING = config.PROGRAM / "data" / "starter" / "mail"
LONGEST_SUBJECT, LONGEST = 100, 5_000
_SUBJECT = "Subject:"

# 差込み: what stands in their place, in words for who writes the mail.
FIELDS = {
    "town": "市町村の名前",
    "division": "担当する部課の名前",
    "telephone": "部課（なければ役場）の電話番号",
    "hours": "部課（なければ役場）の開庁時間",
    "town_hall": "役場の名前と電話番号",
    "url": "関係する画面のアドレス",
    "name": "利用者の氏名・名称",
    "procedure": "手続きの名前",
    "number": "申込番号",
    "arrived": "受付日時",
    "now": "このメールを作った日時",
    "decided": "決定日時",
    "result": "結果（承認・却下・完了）",
    "fee": "手数料",
    "remarks": "職員が書いた備考",
    "reason": "職員が書いた理由",
    "correction_list": "直していただきたいところの一覧",
    "until": "期限の日",
    "appeal": "教示文（不服の申し立て方）",
    "title": "題名",
    "body": "お知らせの本文",
    "importance": "「お知らせ」か「重要なお知らせ」",
    "why": "このメールが届くわけと、止め方",
    "code": "認証コード",
    "minutes": "認証コードが使える分数",
    "time": "来庁の日時",
    "place": "来庁の窓口",
    "way": "役場の住所と、窓口への行き方",
    "bring": "持ち物",
    "before": "前の予約の日時と窓口",
    "link": "予約の画面のアドレス",
    "again": "日時を選び直すときの案内",
    "changing": "いつまで変更や取消しができるか",
    "visit": "来庁の予約についての案内（あるときだけ。入れないと、本文の終わりに付きます）",
    "visits": "退会で取り消した来庁の予約と、きょうの予約（入れないと、本文の終わりに付きます）",
    "counter_telephone": "窓口の電話番号",
    "arrived_count": "届いた申請の件数",
    "waiting_count": "審査を始めていない申請の件数",
    "message_count": "届いたメッセージの件数",
}
_HALL = ("town", "town_hall", "url")
_PLACE = (*_HALL, "division", "telephone", "hours")
_LETTER = (*_PLACE, "name", "procedure", "number", "arrived", "now", "fee")
# No personal detail goes to a division's address.
_TO_DIVISION = (*_PLACE, "procedure", "number", "arrived", "now")


class Kind(NamedTuple):
    """A mail: its name for staff, when it goes out, the 差込み it may carry and those it must."""

    title: str
    when: str
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    group: str

    @property
    def to_applicant(self) -> bool:
        """Whether it tells an applicant of an application: a procedure may have words of its own for those."""
        return self.group == APPLICANT


APPLICANT, DIVISION, ACCOUNT, NEWS = "申請した方へ", "担当の部課へ", "利用者登録の方へ", "お知らせ"
VISITOR = "来庁を予約した方へ"


def _letter(title: str, when: str, *needed: str, more: tuple[str, ...] = ()) -> Kind:
    extra = tuple(field for field in (*needed, *more) if field not in _LETTER)
    return Kind(title, when, (*_LETTER, *extra), ("number", *needed), APPLICANT)


def _to_division(title: str, when: str) -> Kind:
    return Kind(title, when, _TO_DIVISION, ("number", "url"), DIVISION)


def _visit(title: str, when: str, *more: str) -> Kind:
    letter = ("name", "procedure", "number", "time", "place", "way", "bring", "link")
    known = (*letter, "changing", "again", "counter_telephone")
    return Kind(title, when, (*_PLACE, *known, *more), ("time", "place", *more), VISITOR)


def _account(title: str, when: str, *needed: str, more: tuple[str, ...] = ("name",)) -> Kind:
    return Kind(title, when, (*_HALL, *more, *needed), needed, ACCOUNT)


def _code(title: str, when: str) -> Kind:
    return _account(title, when, "code", "minutes", more=())


_DECIDED = ("decided", "result", "remarks")
_READY = (*_DECIDED, "visit")
_REFUSED = ("decided", "result", "visit")
KINDS: dict[str, Kind] = {
    "received": _letter("受付のお知らせ", "申請が届いたとき"),
    "received_again": _letter("再申請の受付のお知らせ", "修正した申請が届いたとき"),
    "returned": _letter("修正のお願い", "申請を差し戻したとき", "reason", "correction_list", "until"),
    "return_ended": _letter("修正の受付の終わり", "修正がないまま、差戻しを終えたとき", "reason"),
    "approved": _letter("承認のお知らせ", "申請を承認したとき", "result", more=_READY),
    "rejected": _letter("審査結果（却下）のお知らせ", "申請を却下したとき", "reason", "appeal", more=_REFUSED),
    "completed": _letter("完了のお知らせ", "手続きを完了にしたとき", "result", more=_READY),
    "withdrawn": _letter("取下げのお知らせ", "申請が取り下げられたとき", more=("reason", "visit")),
    "reopened": _letter("結果の訂正のお知らせ", "結果を取り消して、審査に戻したとき", "reason", more=("visit",)),
    "message": _letter("メッセージのお知らせ", "申請の「やりとり」に、職員が書いたとき", "url"),
    "issued": _letter("交付物のお知らせ", "交付物を登録したとき", "title", "until"),
    "issued_extended": _letter("交付物の期限を延ばしたお知らせ", "交付物の期限を延ばしたとき", "title", "until"),
    "issued_withdrawn": _letter("交付物の取消しのお知らせ", "交付物を取り消したとき", "title", "reason"),
    "draft_reminder": Kind(
        "保存した内容の期限のお知らせ",
        "保存した内容の期限が近づいたとき",
        (*_PLACE, "name", "procedure", "until"),
        ("procedure", "until"),
        APPLICANT,
    ),
    "visit_booked": _visit("来庁の予約", "来庁の予約をしたとき"),
    "visit_changed": _visit("来庁の予約の変更", "予約した方が、予約を変えたとき", "before"),
    "visit_changed_by_town": _visit("来庁の予約の変更（役場から）", "職員が、予約を変えたとき", "before", "reason"),
    "visit_cancelled": _visit("来庁の予約の取消し", "予約した方が、予約を取り消したとき"),
    "visit_cancelled_by_town": _visit("来庁の予約の取消し（役場から）", "職員が、予約を取り消したとき", "reason"),
    "visit_reminder": _visit("あすの来庁の知らせ", "来庁の前の日"),
    "visit_today": _visit("きょうの来庁の知らせ", "前の日に「あすの来庁の知らせ」を作れなかったとき、来庁の日の朝"),
    "division_arrival": _to_division("申請が届いた知らせ", "申請が届いたとき、または、ほかの部課から移されたとき"),
    "division_resubmitted": _to_division("再申請が届いた知らせ", "修正した申請が届いたとき"),
    "division_withdrawn": _to_division("取下げの知らせ", "申請した方が、申請を取り下げたとき"),
    "division_message": _to_division("メッセージの知らせ", "申請した方が、メッセージを書いたとき"),
    "division_daily": Kind(
        "1日1回の知らせ",
        "知らせを「1日1回」にした部課に、開庁日の朝",
        (*_PLACE, "arrived_count", "waiting_count", "message_count"),
        ("arrived_count", "url"),
        DIVISION,
    ),
    "notice": Kind(
        "お知らせメール",
        "お知らせを、メールでも送るとき",
        (*_HALL, "telephone", "hours", "name", "importance", "title", "body", "why"),
        ("title", "body", "why"),
        NEWS,
    ),
    "sign_up_code": _code("利用者登録の認証コード", "新規登録で、メールアドレスを入力したとき"),
    "sign_up_registered": _account("登録済みの知らせ", "登録済みのアドレスで、新規登録をしようとしたとき", more=()),
    "registered": _account("利用者登録の完了", "利用者登録が終わったとき"),
    "reset_code": _code("パスワード再設定の認証コード", "「パスワードを忘れた方はこちら」に入力したとき"),
    "reset_refused": _account(
        "パスワードを決め直せなかった知らせ", "入力したアドレスと氏名が、登録と合わないとき", more=()
    ),
    "password_changed": _account("パスワード変更の知らせ", "パスワードが変わったとき"),
    "email_code": _code("メールアドレス変更の認証コード", "メールアドレスを変えようとしたとき"),
    "email_taken": _account("変更先のアドレスが登録済みの知らせ", "登録済みのアドレスに変えようとしたとき", more=()),
    "email_changed": _account("メールアドレス変更の知らせ", "メールアドレスが変わったとき（前のアドレスへ）"),
    "recovery_issued": _account(
        "窓口で救済のコードを渡した知らせ", "窓口で、ログインのためのコードを渡したとき", "until"
    ),
    "account_closed": _account("退会の知らせ", "退会したとき", more=("name", "visits")),
}

# Bound to a town even where there are several; the others of that group go out before anybody knows which.
_OF_A_TOWN = frozenset({"recovery_issued"})


def belongs_to_town(kind: str) -> bool:
    """Whether this mail always comes from one town; of several towns, none can word the others."""
    return KINDS[kind].group != ACCOUNT or kind in _OF_A_TOWN


@cache
def shipped(kind: str) -> str:
    """The wording that comes with the program."""
    return (WORDING / f"{kind}.txt").read_text(encoding="utf-8").strip("\n") + "\n"


def text_of(town: int | None, kind: str) -> str | None:
    """A town's own wording, if it has one that can be sent; None: the one that ships."""
    if town is None:
        return None
    found = ask("SELECT text FROM mail_text WHERE town_id = {} AND kind = {}", town, kind)
    own = str(found[0][0]) if found else ""
    # A wording that a newer program can no longer fill in would break the act it tells of.
    return own if own and not faults(kind, own) else None


def parts(wording: str) -> tuple[str, str]:
    """Subject and body: 'Subject: …' in the first line, an empty one, the rest; no subject where there is none."""
    head, _, body = wording.strip("\n").partition("\n")
    if not head.startswith(_SUBJECT):
        return "", wording.strip("\n") + "\n"
    return head.removeprefix(_SUBJECT).strip(), body.strip("\n") + "\n"


def joined(subject: str, body: str) -> str:
    """The wording as it is kept."""
    return f"{_SUBJECT} {text.one_line(subject).strip()}\n\n{body.strip()}\n"


_ALONE = re.compile("([ \u3000]*)\\{([a-z_]+)\\}")


def filled(kind: str, body: str, values: Mapping[str, str]) -> str:
    """The `whole` body with its values. Where a line is one 差込み and nothing else, the further lines of its value are
    indented like the first, and the line goes, an empty one with it, where there is nothing to say.
    """
    lines: list[str] = []
    skip_blank = False
    for line in whole(kind, body, values).split("\n"):
        alone = _ALONE.fullmatch(line)
        if alone and text.is_blank(values[alone[2]]):
            skip_blank = not lines or not lines[-1]
        elif alone:
            lines += [f"{alone[1]}{part}" if part else "" for part in values[alone[2]].splitlines()]
            skip_blank = False
        elif line or not skip_blank:
            lines.append(line.format_map(values) if "{" in line or "}" in line else line)
            skip_blank = False
    return "\n".join(lines)


# Who reads it would come in vain, or wait in vain, if it stayed unsaid.
_ALWAYS_SAID = ("visit", "visits")
# What stands above the closing lines.
_RULE = re.compile("[―—─━ー_＿=＝*＊・-]{5,}")


def whole(kind: str, body: str, values: Mapping[str, str]) -> str:
    """The body with a paragraph for what must be said and has no place in it: above its closing lines, or last."""
    fields = KINDS[kind].fields if kind in KINDS else ()
    left = [mark for field in _ALWAYS_SAID if field in fields and (mark := f"{{{field}}}") not in body]
    left = [mark for mark in left if not text.is_blank(values.get(mark[1:-1], ""))]
    if not left:
        return body
    lines = body.strip("\n").split("\n")
    end = next((n for n in range(len(lines) - 1, 0, -1) if _RULE.fullmatch(lines[n].strip())), len(lines))
    above, below = "\n".join(lines[:end]).rstrip(), "\n".join(lines[end:])
    return "\n\n".join(part for part in (above, *left, below) if part) + "\n"


# ---------------------------------------------------------------- what is wrong with a wording

# Full width braces too, so that a slip is named instead of mailed.
_MARK = re.compile(r"[{｛]([^{}｛｝\n]*)[}｝]")
_BRACE = re.compile("[{}｛｝]")


def needed(kind: str, *, of_procedure: bool = False) -> tuple[str, ...]:
    """The 差込み a mail must carry. A procedure's own words need not name it: some are nobody else's business."""
    return tuple(field for field in KINDS[kind].needed if not (of_procedure and field == "procedure"))


def faults(kind: str, wording: str, *, of_procedure: bool = False) -> list[str]:
    """Sentences on what keeps a wording from being sent; none: str.format_map() with the kind's fields is safe."""
    if kind not in KINDS:
        return [f"「{kind}」というメールはありません。あるのは、{'、'.join(KINDS)} です。"]
    subject, body = parts(wording)
    found = subject_faults(kind, subject) + body_faults(kind, body)
    if subject and wording.strip("\n").partition("\n")[2].partition("\n")[0].strip():
        found.append("件名の次の行は、空けてください。")
    return found + missing(kind, subject, body, of_procedure=of_procedure)


def subject_faults(kind: str, subject: str) -> list[str]:
    """The same for the subject alone."""
    if text.is_blank(subject):
        return ["件名がありません。1行目に「Subject: 」と件名を書き、次の行を空けてください。"]
    found = _unfit(kind, subject)
    if "\n" in subject:
        found.append("件名は、1行で書いてください。")
    if len(subject) > LONGEST_SUBJECT:
        found.append(f"件名は{LONGEST_SUBJECT}文字までです。いまは{len(subject)}文字あります。")
    return found


def body_faults(kind: str, body: str) -> list[str]:
    """The same for the body alone, but for what has to stand somewhere in the mail."""
    if text.is_blank(body):
        return ["本文がありません。"]
    found = _unfit(kind, body)
    if len(body) > LONGEST:
        found.append(f"本文は{LONGEST:,}文字までです。いまは{len(body):,}文字あります。短くしてください。")
    return found


def missing(kind: str, subject: str, body: str, *, of_procedure: bool = False) -> list[str]:
    """Sentences on what such a mail has to say and does not."""
    used = set(_MARK.findall(subject + "\n" + body))
    return [
        f"{{{field}}}（{FIELDS[field]}）がありません。このメールに必要です。本文に入れてください。"
        for field in needed(kind, of_procedure=of_procedure)
        if field not in used
    ]


def _unfit(kind: str, part: str) -> list[str]:
    """What stands in braces and is no 差込み of this mail, and braces that hold none."""
    allowed = KINDS[kind].fields
    found = []
    for mark in dict.fromkeys(m[0] for m in _MARK.finditer(part)):
        if mark[1:-1] not in allowed or mark[0] != "{" or mark[-1] != "}":
            usable = "、".join(f"{{{field}}}" for field in allowed)
            found.append(f"{mark} という差込みは、このメールでは使えません。使えるのは、{usable} です。")
    if _BRACE.search(_MARK.sub("", part)):
        found.append("「{」と「}」は、差込みのほかには使えません。")
    return found
