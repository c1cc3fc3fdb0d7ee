"""お知らせ: shown between two instants; mailed once, to whom it is for, whatever happens in between (R-1.5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cast_acts import as_staff, sent, write

import clock
import jobs
import models
from models import AuditEntry, MailState, Notice, OutboxMail, Resident
from rules import Refusal
from rules.records import access, mail
from rules.town import notice, notice_mail

NOON = "2026-11-24T12:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.TOKYO)


@pytest.fixture
def publish(cast):
    """A notice written by the town's administrator, shown from now on unless a test says otherwise."""

    def make(**changes) -> Notice:
        values = {
            "title": "断水のお知らせ",
            "body": "浜手一丁目で、水道管の工事をします。",
            "shown_from": clock.now(),
            "shown_until": None,
            "mail_to": "none",
            **changes,
        }
        return notice.publish(as_staff(cast.administrator), values)

    return make


def again(row: Notice) -> Notice:
    return Notice.get_by_id(row.id)


def mailed() -> list[str]:
    return sorted(row.to_address for row in OutboxMail.select().where(OutboxMail.kind == "notice"))


def wants(*residents: Resident) -> None:
    with models.transaction():
        for resident in residents:
            Resident.change({"wants_notices": True}, "id = {}", resident.id)


def crowd(count: int, **columns) -> None:
    """Residents who want notices; no more of them than a test needs."""
    values = {"kind": "person", "password_hash": "x", "created_at": clock.now(), "wants_notices": True, **columns}
    with models.transaction():
        for number in range(count):
            address = f"crowd{number:04}@example.jp"
            Resident.create(email=address, email_folded=address, family_name="浜", given_name=str(number), **values)


def deliver() -> None:
    """The mail server takes everything that waits."""
    with models.transaction():
        OutboxMail.update(state=MailState.SENT, sent_at=clock.now(), attempts=1).where(
            OutboxMail.state == MailState.QUEUED
        ).execute()


# ---------------------------------------------------------------- when it is shown


def test_it_is_shown_between_its_instants(cast, publish):
    """Issue 3.6: from the first to before the last, to the second; not when removed, not when the town has left."""
    row = publish(shown_from=at("2026-11-25T09:00"), shown_until=at("2026-11-27T00:00"))
    for moment, visible, word in (
        ("2026-11-25T08:59:59", False, "予定"),
        ("2026-11-25T09:00:00", True, "掲載中"),
        ("2026-11-26T23:59:59", True, "掲載中"),
        ("2026-11-27T00:00:00", False, "終了"),
    ):
        with clock.at(moment):
            assert bool(notice.shown(cast.town)) is visible and notice.state_word(again(row)) == word
            if visible:
                assert notice.shown_one(row.id) == row
            else:
                with pytest.raises(access.Missing):
                    notice.shown_one(row.id)
    with clock.at("2026-11-25T09:00:00"):
        notice.remove(as_staff(cast.administrator), row, 0)
        assert notice.shown(cast.town) == [] and notice.state_word(again(row)) == "取り下げ"


def test_newest_first_and_limited(cast, publish):
    """Issue 3.6: by when they are shown from; another town has its own."""
    for day in (20, 22, 21):
        publish(title=f"{day}日", shown_from=at(f"2026-11-{day}T09:00"))
    assert [row.title for row in notice.shown(cast.town)] == ["22日", "21日", "20日"]
    assert [row.title for row in notice.shown(cast.town, limit=2)] == ["22日", "21日"]
    assert notice.shown(cast.town)[0].shown_from == at("2026-11-22T09:00")
    assert notice.shown(cast.other_town) == []


def test_a_town_that_left_shows_nothing(cast, publish):
    """R-8.4."""
    row = publish()
    with models.transaction():
        cast.town.closed_at = clock.now()
        cast.town.save()
    with pytest.raises(access.Missing):
        notice.shown_one(row.id)


# ---------------------------------------------------------------- who writes


def test_only_the_towns_administrator_writes(cast, publish):
    """Issue 3.6: clerks read, others do not even that."""
    row = publish()
    for staff in (cast.clerk, cast.system, cast.foreign_clerk):
        for act in (
            lambda by: notice.publish(by, {"shown_from": clock.now(), "shown_until": None, "mail_to": "none"}),
            lambda by: notice.revise(by, row, 0, {"shown_from": clock.now(), "shown_until": None}),
            lambda by: notice.remove(by, row, 0),
        ):
            with pytest.raises(access.Missing):
                act(as_staff(staff))
    assert notice.one(as_staff(cast.clerk), row.id) == row
    for staff in (cast.system, cast.foreign_clerk):
        with pytest.raises(access.Missing):
            notice.one(as_staff(staff), row.id)


def values_of(row: Notice, **changes) -> dict:
    names = ("title", "body", "shown_from", "shown_until", "mail_to")
    return {name: getattr(row, name) for name in names} | changes


def test_two_never_overwrite_each_other(cast, publish):
    """House rule 6."""
    row, chief = publish(), as_staff(cast.administrator)
    notice.revise(chief, row, 0, values_of(row, title="先に"))
    with pytest.raises(Refusal):
        notice.revise(chief, row, 0, values_of(row, title="あとで"))
    with pytest.raises(Refusal):
        notice.remove(chief, row, 0)
    assert again(row).title == "先に"
    notice.remove(chief, row, 1)
    with pytest.raises(Refusal, match="取り下げられました"):
        notice.revise(chief, row, 2, values_of(row))
    acts = [entry.act for entry in AuditEntry.select().order_by(AuditEntry.id) if entry.act.startswith("notice")]
    assert acts == ["notice_created", "notice_changed", "notice_removed"]


def test_dates_that_cannot_be(cast, publish):
    """Issue 3.6: the end after the beginning, and ahead of now when it is new."""
    for first, last in (("2026-11-25T09:00", "2026-11-25T09:00"), ("2026-11-20T09:00", "2026-11-24T10:00")):
        with pytest.raises(Refusal) as refusal:
            publish(shown_from=at(first), shown_until=at(last))
        assert list(refusal.value.fields) == ["q-until-year"]
    row = publish(shown_from=at("2026-11-20T09:00"))
    notice.revise(as_staff(cast.administrator), row, 0, values_of(row, shown_until=at("2026-11-24T10:00")))
    assert notice.state_word(again(row)) == "終了"


# ---------------------------------------------------------------- to whom


def test_those_who_want_it(cast, publish):
    """R-1.5: 「希望する」; never a closed account."""
    wants(cast.keiko, cast.company)
    Resident.change({"closed_at": clock.now()}, "id = {}", cast.company.id)
    publish(mail_to="wanted")
    assert notice_mail.send_due(clock.now()) == 1
    assert mailed() == ["keiko@example.jp"]


def test_an_important_one_goes_to_all(cast, publish):
    """R-1.5: all but closed accounts, and it says so."""
    wants(cast.keiko)
    Resident.change({"closed_at": clock.now()}, "id = {}", cast.company.id)
    publish(mail_to="all")
    notice_mail.send_due(clock.now())
    assert mailed() == ["keiko@example.jp", "ken@example.jp"]
    row = OutboxMail.get(OutboxMail.to_address == "ken@example.jp")
    assert row.subject == "【朝凪町】重要なお知らせ：断水のお知らせ"
    assert "方全員に送っています" in row.body and "利用者情報の照会・変更" in row.body


def test_nobody_is_mailed_unless_it_is_asked_for(cast, publish):
    """R-1.5."""
    wants(cast.keiko)
    publish()
    assert notice_mail.send_due(clock.now()) == 0 and mailed() == []


def test_with_several_towns_only_its_own(cast, publish):
    """R-8.4 R-1.5: who lives in the town, or sent an application to it; a draft is not one."""
    with models.transaction():
        cast.other_town.closed_at = None
        cast.other_town.save()
        Resident.change({"municipality_code": cast.other_town.code}, "id > {}", 0)
        Resident.change({"municipality_code": cast.town.code}, "id = {}", cast.company.id)
    sent(cast.dogs, cast.keiko)
    write(cast.dogs, cast.ken)
    row = publish(mail_to="all")
    assert notice_mail.count(cast.town, "all") == 2
    notice_mail.send_due(clock.now())
    assert mailed() == ["keiko@example.jp", "nagisa@example.jp"]
    assert again(row).mailed_at is not None


def test_the_mail(cast, publish):
    """R-1.5: title, text, where to read it and how to stop it; its copy belongs to the resident."""
    wants(cast.keiko)
    row = publish(mail_to="wanted", body="次のとおりです。\n\n・{name} 様\n・" + "あ" * 60)
    notice_mail.send_due(clock.now())
    letter = OutboxMail.get(OutboxMail.kind == "notice")
    assert (letter.resident_id, letter.town_id) == (cast.keiko.id, cast.town.id)
    assert letter.subject == "【朝凪町】お知らせ：断水のお知らせ"
    assert letter.body.startswith("浜口 恵子 様\n\n")
    assert "・{name} 様\n" in letter.body and f"http://madoguchi.test/notices/{row.id}\n" in letter.body
    assert "　→ お知らせメール" in letter.body
    assert all(mail.columns(line) <= mail.WIDTH for line in letter.body.split("\n"))


# ---------------------------------------------------------------- once, in batches


def test_it_starts_when_it_is_shown(cast, publish):
    """Issue 3.6: not before shown_from."""
    wants(cast.keiko)
    publish(mail_to="wanted", shown_from=at(NOON), shown_until=at("2026-11-24T13:00"))
    assert notice_mail.send_due(at("2026-11-24T11:59:59")) == 0
    with clock.at(NOON):
        jobs.run_due(tuple(task for task in jobs.TASKS if task.name == "notice_mail"))
    assert mailed() == ["keiko@example.jp"]


def test_a_mailing_ends_when_the_notice_does(cast, publish):
    """Issue 3.6: what is no longer shown is mailed to nobody more, and staff are told how many that leaves out."""
    crowd(230)
    row = publish(mail_to="wanted", shown_until=at(NOON))
    notice_mail.send_due(clock.now())
    deliver()
    with clock.at(NOON):
        assert notice_mail.send_due(clock.now()) == 0
        assert notice_mail.progress(again(row)) == (230, 200, 0, 0, True, 30)
        assert again(row).mailed_at == at(NOON)
        assert AuditEntry.get(AuditEntry.act == "notice_mailed").detail == {
            "notice": row.id,
            "mails": 200,
            "unreached": 30,
        }
        notice.revise(as_staff(cast.administrator), again(row), 0, values_of(row, shown_until=None))
        assert notice_mail.send_due(clock.now()) == 0


def test_a_mailing_that_never_began_ends_too(cast, publish):
    """Issue 3.6: the program was away for as long as the notice was shown."""
    wants(cast.keiko)
    row = publish(mail_to="wanted", shown_until=at(NOON))
    with clock.at("2026-11-24T12:00:01"):
        assert notice_mail.send_due(clock.now()) == 0
        assert notice_mail.progress(again(row)) == (1, 0, 0, 0, True, 1)
    assert mailed() == []


def test_batches_leave_room_for_other_mail(cast, publish):
    """Issue 3.6: a hundred a transaction, at most two hundred waiting; the rest follows as they go out."""
    crowd(230)
    row = publish(mail_to="wanted")
    assert notice_mail.send_due(clock.now()) == 200
    assert notice_mail.send_due(clock.now()) == 0
    assert notice_mail.progress(again(row)) == (230, 0, 200, 0, False, 0)
    deliver()
    assert notice_mail.progress(again(row)) == (230, 200, 0, 0, False, 0)
    assert notice_mail.send_due(clock.now()) == 30
    deliver()
    assert notice_mail.progress(again(row)) == (230, 230, 0, 0, True, 0)
    assert notice_mail.send_due(clock.now()) == 0
    assert len(set(mailed())) == len(mailed()) == 230
    done = AuditEntry.get(AuditEntry.act == "notice_mailed")
    assert (done.town_id, done.detail) == (cast.town.id, {"notice": row.id, "mails": 230, "unreached": 0})


def test_a_notice_that_names_another_ones_page(cast, publish):
    """Issue 3.6: removing the one takes back none of the other's mails, and counts none of them."""
    wants(cast.keiko)
    first = publish(title="一")
    address = f"http://madoguchi.test/notices/{first.id}"
    second = publish(title="二", mail_to="wanted", body=f"前のお知らせもご覧ください。\n{address}\n以上です。")
    notice_mail.send_due(clock.now())
    assert notice_mail.progress(again(first)).waiting == 0
    assert notice.remove(as_staff(cast.administrator), again(first), 0) == 0
    assert mailed() == ["keiko@example.jp"] and again(first).mail_count == 0
    assert notice_mail.progress(again(second)) == (1, 0, 1, 0, True, 0)


def test_mails_that_a_server_put_off_hold_up_nobody(cast, publish):
    """Issue 3.6: two hundred addresses that answer "later" for three days."""
    crowd(230)
    publish(mail_to="wanted")
    notice_mail.send_due(clock.now())
    with models.transaction():
        OutboxMail.update(attempts=1, next_attempt_at=clock.now() + timedelta(hours=1)).execute()
    assert notice_mail.send_due(clock.now()) == 30


def test_exactly_a_hundred(cast, publish):
    """Issue 3.6: a full last batch is followed by an empty one."""
    crowd(100)
    row = publish(mail_to="wanted")
    assert notice_mail.send_due(clock.now()) == 100
    assert again(row).mailed_at is not None and again(row).mail_count == 100


def test_two_processes_never_mail_twice(cast, publish):
    """Issue 3.6: the second holds the row as it was before the first moved the cursor."""
    crowd(130)
    row = publish(mail_to="wanted")
    stale = again(row)
    assert notice_mail.queue_batch(again(row)) == 100
    assert notice_mail.queue_batch(stale) == 0
    newer = again(row)
    assert notice_mail.queue_batch(newer) == 30
    assert notice_mail.queue_batch(newer) == 0
    assert len(set(mailed())) == len(mailed()) == 130


def test_a_crash_in_the_middle_is_taken_up(cast, publish, monkeypatch):
    """Issue 3.6: the batch that broke off leaves nothing behind, and goes out whole the next time."""
    crowd(130)
    row = publish(mail_to="wanted")
    notice_mail.queue_batch(row)
    queue, left = mail.queue, [7]

    def breaks(*args, **fields):
        left[0] -= 1
        if not left[0]:
            raise OSError("power")
        return queue(*args, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(mail, "queue", breaks)
        with pytest.raises(OSError, match="power"):
            notice_mail.send_due(clock.now())
    assert len(mailed()) == 100
    assert notice_mail.send_due(clock.now()) == 30
    assert len(set(mailed())) == 130


def test_editing_does_not_mail_again(cast, publish):
    """Issue 3.6: nor does it make another mailing of it; those still to come get the new text."""
    crowd(130)
    row, chief = publish(mail_to="wanted"), as_staff(cast.administrator)
    notice_mail.queue_batch(row)
    notice.revise(chief, again(row), 0, values_of(row, body="直しました。", mail_to="all"))
    assert again(row).mail_to == "wanted"
    notice_mail.send_due(clock.now())
    bodies = [letter.body for letter in OutboxMail.select().where(OutboxMail.kind == "notice")]
    assert (len(bodies), sum("直しました。" in body for body in bodies)) == (130, 30)
    notice.revise(chief, again(row), 1, values_of(row, title="もう一度"))
    assert notice_mail.send_due(clock.now()) == 0


def test_mails_asked_for_later(cast, publish):
    """Issue 3.6: a notice that was shown without mails can still be mailed, once."""
    wants(cast.keiko)
    row = publish()
    notice.revise(as_staff(cast.administrator), row, 0, values_of(row, mail_to="wanted"))
    assert notice_mail.send_due(clock.now()) == 1
    assert notice_mail.send_due(clock.now()) == 0


def test_the_mailing_may_begin_between_the_look_and_the_act(cast, publish):
    """House rule 12: to whom it goes is not changed under mails that went out meanwhile."""
    crowd(1)
    row = publish(mail_to="wanted")
    looked = again(row)
    notice_mail.send_due(clock.now())
    with pytest.raises(Refusal, match="送り始めた"):
        notice.revise(as_staff(cast.administrator), looked, 0, values_of(looked, mail_to="all"))
    assert again(row).mail_to == "wanted"


def test_a_change_between_the_look_and_the_batch(cast, publish):
    """House rule 12: a batch is made from the text as it stands."""
    crowd(1)
    row = publish(mail_to="wanted")
    looked = again(row)
    notice.revise(as_staff(cast.administrator), again(row), 0, values_of(row, body="直しました。"))
    assert notice_mail.queue_batch(looked) == 0
    assert notice_mail.queue_batch(again(row)) == 1


def test_removing_stops_it(cast, publish):
    """Issue 3.6: the rest is not queued, what waits is taken back, what is in the postman's hands goes."""
    crowd(130)
    row, other = publish(mail_to="wanted"), publish(mail_to="wanted", title="別のお知らせ")
    notice_mail.queue_batch(row)
    notice_mail.queue_batch(other)
    taken = mail.claim_next(clock.now(), timedelta(seconds=30))
    assert f"/notices/{row.id}\n" in taken.body
    assert notice.remove(as_staff(cast.administrator), again(row), 0) == 99
    assert notice_mail.progress(again(row)).waiting == 1 and again(row).mail_count == 1
    assert notice_mail.queue_batch(again(row)) == 0
    left = [letter.subject for letter in OutboxMail.select().where(OutboxMail.kind == "notice")]
    assert (len(left), sum("別の" in subject for subject in left)) == (101, 100)
