"""Mail as files: one .eml a mail, whole, readable, in the order of sending."""

from __future__ import annotations

import email
import email.policy
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clock
import config
from outside import mail
from outside.mail import Answer, FolderTransport, Letter

SENDER = "青空町役場 住民生活課 <noreply@aozora.example.jp>"


def letter(**changes: str) -> Letter:
    values = {
        "to": "hanako@example.jp",
        "subject": "【青空町】犬の登録申請 受付のお知らせ 1234-5678-9012",
        "body": "𠮷田 﨑子 様\n\n.\nFrom 役場\n神（U+FA19）のままです。\n",
        "message_id": "<0123456789abcdef@madoguchi.example.jp>",
    }
    return Letter(**(values | changes), date=clock.now())


def read(path: Path) -> email.message.EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def test_a_mail_becomes_a_file_anyone_can_read(tmp_path):
    with clock.at("2026-11-24T12:00:00"):
        sent = letter()
        assert FolderTransport(tmp_path / "mail", SENDER).send(sent).answer is Answer.ACCEPTED
    (path,) = (tmp_path / "mail").iterdir()
    message = read(path)
    assert path.suffix == ".eml" and path.name.isascii()
    assert message["subject"] == sent.subject and message["to"] == sent.to and message["from"] == SENDER
    assert message["message-id"] == sent.message_id
    assert message["date"] == "Tue, 24 Nov 2026 12:00:00 +0900"
    assert message["auto-submitted"] == "auto-generated"
    assert (message.get_content_type(), message.get_content_charset()) == ("text/plain", "utf-8")
    assert message.get_content() == sent.body
    # Open to the eye and to grep, too.
    assert "𠮷田 﨑子 様\n" in path.read_text(encoding="utf-8")


def test_names_sort_by_the_time_of_sending(tmp_path):
    carrier = FolderTransport(tmp_path / "mail", SENDER)
    for number in range(12):
        with clock.at(f"2026-11-24T12:00:0{number // 4}"):
            carrier.send(letter(subject=str(number)))
    subjects = [read(path)["subject"] for path in sorted((tmp_path / "mail").iterdir())]
    assert subjects == [str(number) for number in range(12)]


def test_a_folder_that_cannot_be_written_is_no_loss(tmp_path):
    """Nothing is called sent, nothing half is left."""
    (tmp_path / "mail").write_text("in the way", encoding="utf-8")
    outcome = FolderTransport(tmp_path / "mail", SENDER).send(letter())
    assert outcome.answer is Answer.UNREACHED and "書けません" in outcome.detail


def test_a_full_disk_leaves_no_half_file(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mail.os, "fsync", full)
    assert FolderTransport(tmp_path / "mail", SENDER).send(letter()).answer is Answer.UNREACHED
    assert list((tmp_path / "mail").iterdir()) == []


@pytest.mark.parametrize(
    "to",
    ["a@example.jp, b@example.jp", "a@example.jp\nBcc: b@example.jp", "", "a b@example.jp", "<a@example.jp>"],
)
def test_one_recipient_or_none(tmp_path, to):
    assert FolderTransport(tmp_path / "mail", SENDER).send(letter(to=to)).answer is Answer.PERMANENT
    assert not (tmp_path / "mail").exists()


def test_the_setting_names_the_transport(tmp_path):
    folder = mail.transport(config.MailSettings("folder", SENDER), tmp_path)
    folder.send(letter())
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
    assert isinstance(mail.transport(config.MailSettings("smtp", SENDER), tmp_path), mail.SmtpTransport)


SUBJECTS = st.text(alphabet="青空町犬（）「」【】𠮷﨑\U000e0100 1234-AB,.;:\"'()<>=?_@　", min_size=1, max_size=120)


@given(SUBJECTS.map(str.strip), st.booleans())
def test_every_subject_arrives(subject, eight_bit):
    """For new readers and for old ones, in lines of 78 at most."""
    raw = mail.compose(letter(subject=subject), SENDER, eight_bit=eight_bit)
    assert email.message_from_bytes(raw, policy=email.policy.default)["subject"] == subject
    assert str(make_header(decode_header(email.message_from_bytes(raw)["subject"]))) == subject
    folded = raw[raw.index(b"Subject:") : raw.index(b"\nDate:")]
    assert all(len(line) <= 78 for line in folded.split(b"\n"))


def test_a_long_message_id_stays_on_its_line():
    """The second try must be recognised: a folded Message-ID is not, by some."""
    long = f"<{'a1' * 16}@shinsei.very-long-host-name.town.aozora.example.lg.jp>"
    raw = mail.compose(letter(message_id=long), SENDER, eight_bit=True)
    assert f"\nMessage-ID: {long}\n".encode() in raw
