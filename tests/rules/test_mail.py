"""The outbox: what is queued, in which words, and what becomes of it."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clock
import models
from models import Division, MailState, OutboxMail, Town, transaction
from rules import Refusal
from rules.records import mail

NOON = "2026-11-24T12:00:00"
HOLD = timedelta(seconds=30)
WORDINGS = sorted(path.stem for path in mail.WORDING.glob("*.txt"))
CODE_WORDINGS = [kind for kind in WORDINGS if kind.endswith("_code")]
# Whatever a wording may ask for; the longest names and addresses a town really has.
FIELDS = {
    "procedure": "消防法による防火対象物の使用開始の届出",
    "number": "1234-5678-9012",
    "name": "佐藤 花子",
    "arrived": "2026年11月24日（火）12時00分",
    "decided": "2026年11月30日（月）9時15分",
    "result": "承認",
    "now": "2026年11月30日（月）9時15分",
    "reason": "印鑑登録証明書の写しが読み取れませんでした。明るいところで撮り直した写真を添付してください。",
    "remarks": "なし",
    "correction_list": "・氏名：フリガナが違います。\n・添付：写真が暗くて読めません。",
    "until": "12月8日（火）",
    "appeal": "この決定に不服がある場合は、審査請求をすることができます。",
    "fee": "3,000円",
    "arrived_count": 12,
    "waiting_count": 3,
    "message_count": 2,
    "importance": "重要なお知らせ",
    "title": "断水のお知らせ（浜手一丁目・二丁目）",
    "body": "水道管の取替工事のため、断水します。",
    "why": "　マイページ\n　→ 利用者情報の照会・変更\n　→ お知らせメール",
    "code": "123456",
    "minutes": 30,
    "time": "2026年12月1日(火) 9:00〜9:30",
    "before": "2026年11月30日(月) 9:00〜9:30　住民窓口（本庁舎1階）",
    "place": "住民窓口（本庁舎1階 1番）",
    "bring": "本人確認書類\n申請した方の印鑑",
    "way": "役場の住所　〒999-8100 山形県朝凪町浜手一丁目1番1号\n正面玄関を入って、案内の前をお進みください。",
    "again": "新しい日時は、電子申請窓口で選べます。",
    "changing": "変更や取消しは、前の日の夜12時まで、\n電子申請窓口でできます。",
    "visit": "受け取る日時を、前もって予約できます。",
    "visits": "",
    "counter_telephone": "0250-00-0001",
    "link": "https://madoguchi.example.jp/mypage/reservations",
}


@pytest.fixture(autouse=True)
def noon():
    with clock.at(NOON):
        yield


@pytest.fixture
def wording(tmp_path, monkeypatch):
    """A folder of the test's own with one wording, "note"."""

    def write(text: str) -> None:
        (tmp_path / "note.txt").write_text(text, encoding="utf-8")
        mail._wording.cache_clear()

    monkeypatch.setattr(mail, "WORDING", tmp_path)
    write("Subject: 【{town}】{procedure} のお知らせ\n\n{name} 様\n\n{procedure}\n{telephone}\n")
    yield write
    mail._wording.cache_clear()


def queue(**changes: Any) -> OutboxMail:
    values = {"to": "hanako@example.jp", "town": Town.get(), "procedure": "犬の登録申請", "name": "佐藤 花子"}
    with transaction():
        return mail.queue("note", **(values | changes))


def claim(at: str | datetime = NOON) -> OutboxMail | None:
    with clock.at(at) as now:
        return mail.claim_next(now, HOLD)


def again(row: OutboxMail) -> OutboxMail:
    return OutboxMail.get_by_id(row.id)


# ---------------------------------------------------------------- queueing


def test_queued_mail_stands_in_words(wording):
    """R-3.4: the mail is there with the act, complete."""
    row = again(queue())
    assert row.subject == f"【{Town.get().name}】犬の登録申請 のお知らせ"
    assert row.body == f"佐藤 花子 様\n\n犬の登録申請\n{Town.get().telephone}\n"
    assert (row.state, row.to_address, row.attempts) == (MailState.QUEUED, "hanako@example.jp", 0)


def test_mail_goes_or_stays_with_its_act(wording):
    class Fault(Exception):
        pass

    with pytest.raises(Fault), transaction():
        mail.queue("note", to="a@example.jp", town=Town.get(), procedure="x", name="y")
        raise Fault
    assert OutboxMail.select().count() == 0
    with pytest.raises(RuntimeError):
        mail.queue("note", to="a@example.jp", town=Town.get(), procedure="x", name="y")


def test_a_field_left_out_is_found_at_once(wording):
    with pytest.raises(KeyError), transaction():
        mail.queue("note", to="a@example.jp", town=Town.get(), procedure="x")
    with pytest.raises(KeyError), transaction():
        mail.queue("note", to="a@example.jp", town=Town.get(), procedure="x", name=None)  # type: ignore[arg-type]
    assert OutboxMail.select().count() == 0


def test_the_division_in_charge_speaks_for_the_town(wording):
    wording("Subject: x\n\n{division} {telephone} {hours}\n")
    town = Town.get()
    division = Division.create(town=town, name="税務課", telephone="0250-00-1234")
    assert queue(division=division).body == f"税務課 0250-00-1234 {town.hours}\n"


def test_mail_about_no_town_comes_from_the_only_one(wording):
    """A registration belongs to no town, yet its mail says from where it is."""
    assert again(queue(town=None)).town == Town.get()
    Town.create(code="999999", name="白山町")
    assert queue(town=None, telephone="").town is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b"])
def test_a_value_cannot_begin_a_header(wording, end):
    row = queue(procedure=f"犬{end}Bcc: eve@example.com", name="a\x00b\x1bc\td")
    assert row.subject.endswith("】犬 Bcc: eve@example.com のお知らせ")
    assert "犬\nBcc" in row.body and "\r" not in row.body
    assert row.body.startswith("abc d 様\n")


def test_braces_in_a_value_are_only_braces(wording):
    assert "{code} {0.__class__}" in queue(name="{code} {0.__class__}").body


def test_message_ids_are_fixed_and_differ(wording):
    one, two = queue(), queue()
    assert one.message_id != two.message_id
    assert re.fullmatch(r"<[0-9a-f]{32}@[\w.\-\[\]:]+>", one.message_id)


def test_queueing_wakes_the_sender(wording):
    mail.queued.clear()
    queue()
    assert mail.queued.is_set()


# ---------------------------------------------------------------- lines


@given(st.text(alphabet="あ亜ー。、（）「」abc ,.　𠮷\U000e0100゛①\n", max_size=300))
def test_lines_are_as_wide_as_a_screen(text):
    """R-6.4: at most 70 half-width columns, and nothing but blanks is lost at the breaks."""
    wrapped = mail.wrap(text)
    assert all(mail.columns(line) <= mail.WIDTH for line in wrapped.split("\n"))
    assert re.sub(r"\s", "", wrapped) == re.sub(r"\s", "", text)


def test_lines_break_where_a_reader_expects_it():
    wrapped = mail.wrap("あ" * 34 + "い。" + "う" * 10).split("\n")
    assert wrapped == ["あ" * 34, "い。" + "う" * 10]
    assert mail.wrap("あ" * 33 + "「い」う").split("\n") == ["あ" * 33, "「い」う"]
    assert mail.wrap("word " * 20).split("\n") == [("word " * 14).strip(), ("word " * 6).strip()]
    assert mail.wrap("　" + "あ" * 40).split("\n") == ["　" + "あ" * 34, "　" + "あ" * 6]
    link = "https://madoguchi.example.jp/applications/" + "1" * 60
    assert mail.wrap(f"次のページを見てください。{link}").split("\n")[-1] == link


# ---------------------------------------------------------------- claiming


def test_a_mail_is_in_one_hand_at_a_time(wording):
    row = queue()
    assert claim() == row
    assert claim("2026-11-24T12:00:29") is None
    taken = claim("2026-11-24T12:00:30")
    assert taken == row and taken.attempts == 2


def test_what_is_not_due_waits(wording):
    queue()
    assert claim("2026-11-24T11:59:59") is None


def test_codes_go_first(wording):
    queue()
    code = queue(has_code=True)
    assert claim() == code


def test_two_senders_share_the_work(wording):
    """Each mail is claimed once, however many threads look."""
    for _ in range(30):
        queue()
    claimed: list[int] = []

    def work() -> None:
        while row := mail.claim_next(clock.now(), HOLD):
            claimed.append(row.id)
        models.database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 30 == len(set(claimed))


def test_a_clock_put_right_strands_no_mail(wording):
    with clock.at("2026-12-24T12:00:00"):
        row = queue()
        mail.claim_next(clock.now(), HOLD)
    assert claim() == row


# ---------------------------------------------------------------- what became of it


def test_sent_is_sent(wording):
    queue()
    row = claim()
    with clock.at("2026-11-24T12:00:05") as now:
        mail.mark_sent(row)
        assert (again(row).state, again(row).sent_at, again(row).claimed_until) == (MailState.SENT, now, None)
    assert again(row).body != ""
    assert claim("2027-01-01T00:00:00") is None


def test_pauses_grow_until_three_days_are_over(wording):
    row, now = queue(), clock.now()
    start = now
    seen = []
    while taken := claim(now):
        with clock.at(now):
            mail.mark_failed(taken, "451 later", permanent=False)
        row = again(row)
        if row.state == MailState.QUEUED:
            assert row.last_error == "451 later"
            seen.append(row.next_attempt_at - now)
            now = row.next_attempt_at
    assert [pause.total_seconds() // 60 for pause in seen[:7]] == [1, 2, 5, 15, 60, 180, 360]
    assert seen == sorted(seen)
    assert row.state == MailState.FAILED and row.body != ""
    assert timedelta(days=3) <= now - start <= timedelta(days=4)


def test_refused_for_good_is_given_up_at_once(wording):
    queue()
    row = claim()
    mail.mark_failed(row, "550 no such\r\nuser", permanent=True)
    assert (again(row).state, again(row).last_error) == (MailState.FAILED, "550 no such user")


def test_a_late_no_changes_nothing_a_late_yes_does(wording):
    """A sender that took longer than its claim: the other one's claim stands, but a 250 is a 250."""
    queue()
    slow, other = claim(), claim("2026-11-24T12:01:00")
    mail.mark_failed(slow, "timed out", permanent=True)
    assert again(other).claimed_until == other.claimed_until and again(other).state == MailState.QUEUED
    mail.mark_sent(slow)
    mail.mark_failed(other, "450", permanent=False)
    assert again(other).state == MailState.SENT


@pytest.mark.parametrize("end", ["sent", "given up", "run out"])
def test_a_code_does_not_outlive_its_mail(wording, end):
    """R-1.9: the text of a code mail goes in the very statement that ends its wait."""
    row = queue(has_code=True, expires_at=clock.now() + timedelta(minutes=10))
    if end == "run out":
        assert claim("2026-11-24T12:10:00") is None
        assert "期限" in again(row).last_error
    elif end == "sent":
        mail.mark_sent(claim())
    else:
        mail.mark_failed(claim(), "450", permanent=False)
        assert again(row).body != ""
        mail.mark_failed(claim(again(row).next_attempt_at), "550", permanent=True)
    row = again(row)
    assert row.body == "" and row.subject != ""
    assert row.state == (MailState.SENT if end == "sent" else MailState.FAILED)


def test_nothing_is_kept_of_an_unfinished_registration(wording):
    """R-1.1: half an hour for the code, two hours for the profile, then the address is forgotten."""
    queue()
    queue(has_code=True)
    mail.mark_sent(claim())
    with clock.at("2026-11-24T14:30:00") as now, transaction():
        assert mail.tidy(now) == 0
    with clock.at("2026-11-24T14:30:01") as now, transaction():
        assert mail.tidy(now) == 1
    assert [row.has_code for row in OutboxMail.select()] == [False]


# ---------------------------------------------------------------- what staff see and do


def test_sending_again_starts_anew_as_the_same_mail(wording):
    """R-7.10."""
    row = queue()
    mail.mark_failed(claim(), "550", permanent=True)
    with clock.at("2026-12-24T09:00:00"):
        mail.resend(row)
    taken = claim("2026-12-24T09:00:00")
    assert taken.attempts == 1 and taken.message_id == row.message_id and taken.last_error == ""


def test_only_what_failed_and_has_no_code_is_sent_again(wording):
    waiting, code = queue(), queue(has_code=True)
    mail.mark_failed(claim(), "550", permanent=True)
    assert again(code).state == MailState.FAILED
    for row in (waiting, code):
        with pytest.raises(Refusal):
            mail.resend(row)
    sent = claim()
    mail.mark_sent(sent)
    with pytest.raises(Refusal):
        mail.resend(sent)
    assert again(sent).state == MailState.SENT


def test_counts_are_a_towns_own_and_end_somewhere(wording, monkeypatch):
    """R-7.10: the count in the header."""
    other = Town.create(code="999999", name="白山町")
    for _ in range(5):
        queue()
    queue(town=other)
    mail.mark_failed(claim(), "550", permanent=True)
    town = Town.get(Town.id != other.id)
    assert mail.counts(town) == mail.counts(town.id) == (4, 1)
    assert mail.counts(other) == (1, 0)
    assert mail.counts(None) == (5, 1)
    monkeypatch.setattr(mail, "COUNT_LIMIT", 3)
    assert mail.counts(town) == (3, 1)


def test_a_line_that_has_nothing_to_say_goes(wording):
    """With the empty line after it; the further lines of a value stand below the first."""
    wording("Subject: x\n\n持ち物\n　{procedure}\n　{name}\n\n{reason}\n\n{remarks}\n終わり\n")
    body = queue(procedure="印鑑\n\n手数料", name="", reason="\u3000", remarks="あ\nい").body
    assert body == "持ち物\n　印鑑\n\n　手数料\n\nあ\nい\n終わり\n"


# ---------------------------------------------------------------- the wording that ships


def test_there_is_wording():
    assert {"sign_up_code", "received", "returned", "approved", "rejected"} <= set(WORDINGS)


@pytest.mark.parametrize("kind", WORDINGS)
def test_shipped_wording_is_whole(kind):
    """R-3.4, R-6.4: town and procedure in the subject, whom it is for, who answers questions."""
    town = Town.get()
    division = Division.create(
        town=town, name="住民生活課戸籍年金係", telephone="0250-00-0000", hours="平日 8:30～17:15"
    )
    with transaction():
        row = mail.queue(kind, to="a@example.jp", town=town, division=division, **FIELDS)
    assert row.subject.startswith(f"【{town.name}】")
    assert all(mail.columns(line) <= mail.WIDTH for line in row.body.split("\n"))
    assert not re.search(r"[{}]|None", row.subject + row.body)
    assert "送信専用" in row.body
    if kind in ("approved", "rejected", "completed"):
        told = "reason" if kind == "rejected" else "remarks"
        for key in ("procedure", "arrived", "number", "decided", "result", told):
            assert str(FIELDS[key])[:20] in (row.subject + row.body).replace("\n", "")


@pytest.mark.parametrize("kind", CODE_WORDINGS)
def test_the_code_is_the_only_number_of_its_length(kind):
    """R-1.9: so that a person, and a telephone that offers to fill it in, takes the right one."""
    with transaction():
        row = mail.queue(kind, to="a@example.jp", town=Town.get(), has_code=True, **FIELDS)
    assert "\n123456\n" in row.body
    assert re.findall(r"(?<!\d)\d{6,8}(?!\d)", row.subject + row.body) == ["123456"]
