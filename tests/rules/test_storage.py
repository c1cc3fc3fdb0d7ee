"""Files on disk: durable before their row, swept only when nobody names them."""

from __future__ import annotations

import io
import os
from hashlib import sha256

import pytest
from cast_acts import as_staff, attach, person, send, write

import clock
from models import Attachment
from rules.applications import application, draft, submission
from rules.files import storage


def files(root) -> list:
    return [path for path in root.stored_files.rglob("*") if path.is_file()]


def test_content_size_and_digest(town_db):
    content = os.urandom(700_000)
    stored_as, size, digest = storage.store(io.BytesIO(content))
    assert (size, digest) == (len(content), sha256(content).hexdigest())
    with storage.open_stored(Attachment(stored_as=stored_as, sha256=digest)) as stream:
        assert stream.read() == content


def test_file_and_folder_are_synced(town_db, monkeypatch):
    """A file is on the disk before a row names it, its directory entry too."""
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    storage.store(io.BytesIO(b"x"))
    assert len(synced) == (3 if os.name == "posix" else 1)


def test_a_full_disk_leaves_no_half_file(town_db, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        storage.store(io.BytesIO(b"x"))
    assert files(town_db) == []


def test_the_sweep_takes_orphans_after_a_day_and_nothing_else(cast, town_db):
    written = write(cast.dogs, cast.keiko)
    attach(written)
    storage.store(io.BytesIO(b"orphan"))
    (town_db.stored_files / "ab").mkdir(exist_ok=True)
    (town_db.stored_files / "ab" / "readme.txt").write_bytes(b"not ours")
    for path in files(town_db):
        stamp = clock.now().timestamp()
        os.utime(path, (stamp, stamp))
    with clock.at("2026-11-25T09:00:00"):
        assert storage.sweep(clock.now()) == 0
    with clock.at("2026-11-25T11:00:00"):
        assert storage.sweep(clock.now()) == 1
    left = {path.name for path in files(town_db)}
    assert left == {Attachment.get().stored_as, "readme.txt"}


def test_deletion_marks_and_a_job_removes_a_day_later(cast, town_db):
    written = write(cast.dogs, cast.keiko)
    attach(written)
    draft.remove_file(written, Attachment.get().id)
    with clock.at("2026-11-25T09:00:00"):
        assert storage.remove_marked(clock.now()) == 0
    with clock.at("2026-11-25T11:00:00"):
        assert storage.remove_marked(clock.now()) == 1
    assert files(town_db) == []


def test_what_was_sent_is_never_removed_by_a_correction(cast, town_db):
    """R-3.12: taken off while correcting, the file of the first sending stays readable."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    done = send(written, cast.keiko)
    until = clock.today()
    application.return_for_correction(done, as_staff(cast.clerk), done.revision, reason="x", remarks={}, until=until)
    draft.remove_file(draft.editable(person(cast.keiko), done.id), Attachment.get().id)
    with clock.at("2026-11-26T10:00:00"):
        assert storage.remove_marked(clock.now()) == 0
        assert storage.sweep(clock.now()) == 0
    assert draft.files(done) == {}
    assert len(submission.latest(done).files) == 1
    with storage.open_stored(Attachment.get()) as stream:
        assert stream.read().startswith(b"%PDF")


def test_a_discarded_draft_leaves_its_file_a_day(cast, town_db):
    """A backup that is running stays whole."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    for path in files(town_db):
        os.utime(path, (1, 1))
    draft.discard(written)
    assert storage.sweep(clock.now()) == 0
    with clock.at("2026-11-25T10:00:01"):
        assert storage.sweep(clock.now()) == 1
