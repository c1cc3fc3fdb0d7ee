"""The optional rules of a procedure file have effect: on 手続案内, the open data, the due day and the mails."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from cast_acts import as_staff, sent, write

import clock
from models import Application, MailText, OutboxMail, Procedure, transaction
from rules.applications import application, letters, reminder
from rules.procedures import catalogue, guidance, keys, procedure
from rules.procedures.finding import Wanted
from rules.town import mail_text


def with_rules(cast, **changes) -> Procedure:
    return procedure.load(cast.town, {**procedure.published(cast.dogs)[1], **changes})


def needs(cast, **changes) -> dict[str, str]:
    return dict(guidance.needs(procedure.published(with_rules(cast, **changes))[1]))


# ---------------------------------------------------------------- 手続案内


@pytest.mark.parametrize(
    ("changes", "label", "words"),
    [
        ({}, "受付期間", "いつでも申請できます"),
        ({"period": {"from": "06-01", "until": "06-30"}}, "受付期間", "毎年 6月1日から6月30日まで"),
        ({"signature": "person"}, "電子署名", "必要です（個人の電子署名）"),
        ({"signature": "either"}, "電子署名", "必要です（個人か事業者の電子署名）"),
        ({"identity": "signature"}, "電子署名", "必要です"),
        ({}, "電子署名", "いりません"),
        ({"visit": {"when": "applying", "bring": ""}}, "来庁", "申請のときに必要です"),
        ({"visit": {"when": "booking", "bring": ""}}, "来庁", "日時を予約して、お越しください"),
        ({"visit": {"when": "collect", "bring": ""}}, "来庁", "書類を受け取るときに必要です"),
        ({"standard_days_by": "calendar"}, "標準処理期間", "5日（土日や祝日も数えます）"),
        ({}, "標準処理期間", "開庁日で5日"),
        ({"standard_days": None, "standard_days_by": "calendar"}, "標準処理期間", "決まっていません"),
        ({"once": True}, "申請できる数", "1人につき1件まで。前の申請が終わるまで、次の申請はできません"),
        ({}, "申請の取下げ", "「受付済み」「差戻し」の間は、取り下げられます"),
        ({"withdrawal": []}, "申請の取下げ", "送ったあとは、取り下げられません"),
        ({"channel": "counter", "form": None, "identity": "id_copy"}, "申請の方法", "この窓口（インターネット）では申請できません"),  # noqa: E501
        ({"channel": "counter", "form": None, "identity": "id_copy"}, "来庁", "下の案内をご覧ください"),
        ({"channel": "counter", "form": None, "identity": "id_copy"}, "本人確認", "下の案内をご覧ください"),
        ({"channel": "counter", "form": None, "identity": "visit"}, "来庁", "必要です"),
        ({"channel": "counter", "form": None, "identity": "visit"}, "本人確認", "役場の窓口で確かめます"),
        ({"fee": {"when": "on_request", "amount": 500, "text": ""}}, "手数料の支払い", "役場からの案内のあとで納めます（500円）"),  # noqa: E501
    ],
)  # fmt: skip
def test_the_guidance_says_the_rule(cast, changes, label, words):
    """R-2.2: what has to be known before one begins."""
    assert needs(cast, **changes)[label] == words


def test_no_input_is_spoken_of_where_there_is_none(cast):
    """R-2.6: what is filed elsewhere has the same purpose of use, but nobody types it in."""
    headings = [
        [title for title, _ in guidance.sections(procedure.published(with_rules(cast, **changes))[1], cast.town)]
        for changes in ({}, {"channel": "counter", "form": None})
    ]
    assert "入力された情報の利用目的" in headings[0] and "情報の利用目的" not in headings[0]
    assert "情報の利用目的" in headings[1] and "入力された情報の利用目的" not in headings[1]


def test_what_to_bring_stands_with_the_visit(cast):
    changed = with_rules(cast, visit={"when": "collect", "bring": "・鑑札の控え"})
    sections = dict(guidance.sections(procedure.published(changed)[1], cast.town))
    assert sections["来庁"][-1] == ("ul", ["鑑札の控え"])


def test_a_version_of_before_has_none_of_these(cast):
    """What 0.2.0 published lacks the keys; it reads as if they stood at their defaults."""
    document = {
        key: of for key, of in procedure.published(cast.dogs)[1].items() if keys.DOCUMENT[key].default is keys.REQUIRED
    }
    assert dict(guidance.needs(document)) == needs(cast)
    assert guidance.facts(document)[1] == ("かかる日数", "開庁日で5日くらい")


def test_the_open_data_says_the_rules(cast):
    """R-2.3: new columns stand at the end."""
    with_rules(
        cast,
        period={"from": "06-01", "until": "06-30"},
        signature="business",
        visit={"when": "collect", "bring": ""},
        standard_days_by="calendar",
    )
    content = b"".join(catalogue.pieces(cast.town, Wanted()))
    rows = {row["手続きID"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))}
    assert list(rows["dog-registration"].values())[-5:] == [
        "06-01/06-30", "必要です（事業者の電子署名）", "書類を受け取るときに必要です", "役場の窓口で納めます", "暦日"
    ]  # fmt: skip
    assert rows["corporation-notice"]["受付期間"] == "" and rows["corporation-notice"]["処理日数の数え方"] == "開庁日"


# ---------------------------------------------------------------- 標準処理期間


def test_calendar_days_are_counted_and_stand_still(cast):
    """R-7.2, R-2.2: weekends count where the law says days; a return stops them."""
    arrived = sent(with_rules(cast, standard_days=14, standard_days_by="calendar"), cast.keiko)
    assert str(arrived.due_on) == "2026-12-08"
    with clock.at("2026-11-28T10:00:00"):  # a Saturday
        application.return_for_correction(
            arrived, as_staff(cast.clerk), arrived.revision, reason="色", remarks={}, until=clock.today()
        )
    arrived = Application.get_by_id(arrived.id)
    assert arrived.days_left == 10
    with clock.at("2026-12-05T10:00:00"):
        application.end_return(arrived, as_staff(cast.clerk), arrived.revision, reason="返事がない")
    assert str(Application.get_by_id(arrived.id).due_on) == "2026-12-15"


# ---------------------------------------------------------------- mails of its own

OWN = "Subject: 犬の登録 {number}\n\n{name} 様\n\n犬の登録を受け付けました。\n"


def last(kind: str = "received") -> OutboxMail:
    return OutboxMail.select().where(OutboxMail.kind == kind).order_by(OutboxMail.id.desc()).get()


def town_text(cast, kind: str, text: str) -> None:
    MailText.create(
        town=cast.town, kind=kind, text=text, revision=1, updated_at=clock.now(), updated_by=cast.administrator
    )


def test_the_procedures_words_go_before_the_towns_and_those_that_ship(cast):
    """Point 3 of the rules: wording of its own; then the town's; then the one that ships."""
    sent(cast.dogs, cast.keiko)
    assert last().subject.startswith("【朝凪町】犬の登録申請 受付のお知らせ")
    town_text(cast, "received", OWN.replace("犬の登録を受け付けました", "町が受け付けました"))
    sent(cast.dogs, cast.keiko)
    assert "町が受け付けました。" in last().body
    own = with_rules(cast, mails={"received": OWN})
    number = sent(own, cast.keiko).number
    assert "犬の登録を受け付けました。" in last().body and "浜口 恵子 様" in last().body
    assert last().subject == f"犬の登録 {number[:4]}-{number[4:8]}-{number[8:]}"


def test_the_words_are_those_of_the_version_that_was_sent(cast):
    arrived = sent(with_rules(cast, mails={"withdrawn": OWN.replace("受け付けました", "取り下げました")}), cast.keiko)
    with_rules(cast)
    with transaction():
        letters.to_applicant(arrived, "withdrawn")
    assert "犬の登録を取り下げました。" in last("withdrawn").body


@pytest.mark.parametrize("kind", [kind for kind in keys.MAILS if kind != "draft_reminder"])
def test_every_field_that_may_be_used_can_be_filled(cast, kind):
    """No wording that passes the check can stop the act it tells of."""
    known = mail_text.KINDS[kind]
    fields = "".join(f"{{{field}}}\n" for field in known.fields)
    own = f"Subject: {{number}}\n\n{fields}"
    assert mail_text.faults(kind, own) == []
    arrived = sent(with_rules(cast, mails={kind: own}), cast.keiko)
    with transaction():
        letters.to_applicant(arrived, kind)
    assert "{" not in last(kind).body


def test_the_reminder_of_a_draft_has_its_words_too(cast):
    own = with_rules(cast, mails={"draft_reminder": "Subject: {procedure}\n\n犬の登録の続きを、{until}までに。\n"})
    written = write(own, cast.keiko)
    with clock.at(written.expires_at - timedelta(days=2)) as now:
        assert reminder.remind(now.replace(hour=12)) == 1
    assert "犬の登録の続きを、" in last("draft_reminder").body


def test_words_of_its_own_need_not_name_the_procedure(cast):
    """A mail that others may read can keep to itself what it is about; a town's words for all cannot."""
    kept = "Subject: お知らせ\n\n続きを、{until}までに。\n"
    assert mail_text.faults("draft_reminder", kept) != []
    assert mail_text.faults("draft_reminder", kept.replace("{until}", "早め"), of_procedure=True) != []
    written = write(with_rules(cast, mails={"draft_reminder": kept}), cast.keiko)
    with clock.at(written.expires_at - timedelta(days=2)) as now:
        assert reminder.remind(now.replace(hour=12)) == 1
    assert last("draft_reminder").subject == "お知らせ" and "犬" not in last("draft_reminder").body


def test_words_that_cannot_be_filled_give_way(cast):
    """A version that an older program let through must not stop an act."""
    arrived = sent(cast.dogs, cast.keiko)
    document = {**procedure.document_of(arrived.form_version_id), "mails": {"withdrawn": "Subject: x\n\n{nonsense}\n"}}
    procedure._pinned[arrived.form_version_id] = document
    with transaction():
        letters.to_applicant(arrived, "withdrawn")
    assert "nonsense" not in last("withdrawn").body
