"""メールの文面: the list for staff, a town's own wording with its preview, and the way back to the one that ships."""

from __future__ import annotations

from typing import NamedTuple

from peewee import IntegrityError

import clock
import config
from models import Division, MailText, Staff, Town, transaction
from rules import Refusal
from rules.records import audit, mail, towns
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.town import mail_text
from rules.town.mail_text import FIELDS, KINDS, Kind
from rules.town.setup_behind import Stale
from rules.values import behind, text
from rules.values.calendar import near_date, show_instant

_GONE_ON = (
    "ほかの職員が、先にこの文面を変えたため、まだ保存していません。いま入力した文面は、下に残っています。"
    "違うところを見て、よければ、もう一度「保存する」を押してください。"
)
_CHANGED_BEFORE = (
    "ほかの職員が、先にこの文面を変えました。いまの文面を見てから、もう一度「配布の文面に戻す」を押してください。"
)


class Line(NamedTuple):
    """A mail in the list of staff; an own wording that `rests` cannot be sent any more, the shipped one goes out."""

    kind: str
    title: str
    when: str
    own: bool
    rests: bool
    changed: str


class Source(NamedTuple):
    """A wording as staff write it, and the revision a form made from it carries."""

    kind: str
    about: Kind
    subject: str
    body: str
    own: bool
    revision: int
    changed: str

    @property
    def fields(self) -> list[tuple[str, str, bool]]:
        """(差込み, what stands in its place, whether it has to be there)."""
        return [(f"{{{key}}}", FIELDS[key], key in self.about.needed) for key in self.about.fields]

    @property
    def faults(self) -> str:
        """What keeps a town's own wording from being sent; only what was written for another version has some."""
        return "".join(mail_text.faults(self.kind, mail_text.joined(self.subject, self.body))) if self.own else ""

    @property
    def rests(self) -> bool:
        return bool(self.faults)


class Letter(NamedTuple):
    """A mail as it would look."""

    subject: str
    body: str


# ---------------------------------------------------------------- reading


def groups(me: SignedInStaff) -> list[tuple[str, list[Line]]]:
    """Every mail that a town can word, by whom it goes to."""
    town = _town(me)
    rows = {row.kind: row for row in MailText.select(MailText, Staff).join(Staff).where(MailText.town == town)}
    found: dict[str, list[Line]] = {}
    for kind, about in KINDS.items():
        if not _worded_here(kind):
            continue
        row = rows.get(kind)
        own = row.text if row else ""
        rests = bool(own) and bool(mail_text.faults(kind, own))
        found.setdefault(about.group, []).append(Line(kind, about.title, about.when, bool(own), rests, _changed(row)))
    return list(found.items())


def several_towns() -> bool:
    """Whether mails about an account go out in nobody's name."""
    return towns.only_town() is None


def _worded_here(kind: str) -> bool:
    return mail_text.belongs_to_town(kind) or not several_towns()


def source(me: SignedInStaff, kind: str) -> Source:
    """One of them, or Missing."""
    town = _town(me)
    if kind not in KINDS or not _worded_here(kind):
        raise Missing
    row = MailText.row("town_id = {} AND kind = {}", town.id, kind)
    own = row.text if row else ""
    subject, body = mail_text.parts(own or mail_text.shipped(kind))
    return Source(kind, KINDS[kind], subject, body, bool(own), row.revision if row else 0, _changed(row))


def shipped(kind: str) -> tuple[str, str]:
    """Subject and body of the wording that comes with the program."""
    return mail_text.parts(mail_text.shipped(kind))


def letter(me: SignedInStaff, kind: str, subject: str, body: str) -> Letter:
    """The mail with made-up values in it; refuses what could not be sent."""
    source(me, kind)
    wording = _checked(kind, subject, body)
    values = sample(_town(me))
    subject, body = mail_text.parts(wording)
    return Letter(subject.format_map(values), mail.wrap(mail_text.filled(kind, body, values)))


def sample(town: Town) -> dict[str, str]:
    """A value for every 差込み, as it might be."""
    now = clock.now()
    first = Division.row("town_id = {} AND closed_at IS NULL ORDER BY position, id", town.id)
    telephone = (first.telephone if first else "") or town.telephone
    known = dict.fromkeys(FIELDS, "") | dict.fromkeys(("arrived", "now", "decided"), show_instant(now))
    return known | {
        "town": town.name,
        "division": first.name if first else "住民生活課",
        "telephone": telephone or "0999-00-0000",
        "hours": (first.hours if first else "") or town.hours or "平日 8時30分〜17時15分",
        "town_hall": f"{town.name}役場" + (f"\n電話 {town.telephone}" if town.telephone else ""),
        "url": f"{config.settings().base_url}/applications/123",
        "name": "見本 花子",
        "procedure": "犬の登録申請",
        "number": "1234-5678-9012",
        "result": "承認",
        "fee": "3,000円（窓口で納めてください）",
        "remarks": "なし",
        "reason": "添付の写しが読めませんでした。",
        "correction_list": "・住所：番地まで入力してください。",
        "until": near_date(now.date()),
        "appeal": "この決定に不服があるときは、……（手続きごとの教示文）",
        "title": "断水のお知らせ",
        "body": "水道の工事のため、断水します。",
        "importance": "お知らせ",
        "why": "お知らせメールを希望した方に送っています。マイページで、いつでも止められます。",
        "code": "123456",
        "minutes": "30",
        "time": f"{near_date(now.date())} 9:00〜9:30",
        "place": "1階 2番窓口",
        "way": f"役場の住所　{town.postal_code} {town.address}\n正面玄関を入って、左です。",
        "bring": "本人確認書類",
        "before": f"{near_date(now.date())} 13:00〜13:30　1階 2番窓口",
        "link": f"{config.settings().base_url}/mypage/reservations",
        "again": "新しい日時は、電子申請窓口で選べます。\n下のページの「新しい日時を選ぶ」を押してください。",
        "changing": "変更や取消しは、前の日の夜12時まで、\n電子申請窓口でできます。",
        "visit": "受け取る日時を、前もって予約できます。",
        "visits": f"次の来庁の予約は、取り消しました。\n　{near_date(now.date())} 9:00〜9:30　1階 2番窓口",
        "counter_telephone": telephone or "0999-00-0000",
        "arrived_count": "3",
        "waiting_count": "1",
        "message_count": "2",
    }


# ---------------------------------------------------------------- acts


def write(me: SignedInStaff, kind: str, subject: str, body: str, revision: int) -> None:
    """保存する: from the next mail on the town says it so."""
    present = source(me, kind)
    wording = _checked(kind, subject, body)
    if revision != present.revision:
        raise Stale(_GONE_ON)
    _write(me, kind, wording, revision)


def put_back(me: SignedInStaff, kind: str, revision: int) -> None:
    """配布の文面に戻す: the row stays, empty, so that its revision goes on and an old form never fits again."""
    if not source(me, kind).own:
        return
    try:
        _write(me, kind, "", revision)
    except Stale:
        raise Stale(_CHANGED_BEFORE) from None


def _write(me: SignedInStaff, kind: str, wording: str, revision: int) -> None:
    values = {"text": wording, "revision": revision + 1, "updated_at": clock.now(), "updated_by": me.id}
    try:
        with transaction():
            if revision == 0:
                MailText.create(town=me.town, kind=kind, **values)
            elif not MailText.change(values, "town_id = {} AND kind = {} AND revision = {}", me.town, kind, revision):
                raise Stale(_GONE_ON)
            audit.record("mail_text_saved" if wording else "mail_text_put_back", staff=me, mail=kind)
    except IntegrityError:  # two first wordings at once
        raise Stale(_GONE_ON) from None


def _checked(kind: str, subject: str, body: str) -> str:
    """The wording as it is kept, or a Refusal with what is wrong beside each field."""
    subject, body = text.clean(text.one_line(subject)).strip(), text.clean(body).strip()
    wrong = {"q-subject": mail_text.subject_faults(kind, subject), "q-body": mail_text.body_faults(kind, body)}
    if text.is_blank(subject):
        wrong["q-subject"] = ["件名を入力してください。"]
    if text.is_blank(body):
        wrong["q-body"] = ["本文を入力してください。配布の文面でよいときは、「変えないで戻る」を押してください。"]
    else:
        wrong["q-body"] += mail_text.missing(kind, subject, body)
    errors = {field: "".join(sentences) for field, sentences in wrong.items() if sentences}
    if errors:
        raise Refusal("", errors)
    return mail_text.joined(subject, body)


def _town(me: SignedInStaff) -> Town:
    found = Town.row("id = {}", me.town) if me.town else None
    if found is None:
        raise Missing
    return found


def _changed(row: MailText | None) -> str:
    return behind.changed(row.updated_at, row.updated_by.name) if row else ""
