"""What was stored is what is handed out: digests at every reading, encryption at rest, and the check of all files."""

from __future__ import annotations

import io
import os
from hashlib import sha256

import pytest
from cast_acts import attach, write
from conftest import build_settings

import config
from models import Attachment, PaperForm
from rules.files import encryption, storage
from rules.files.encryption import CannotDecrypt, Decrypted, encrypted
from rules.files.storage import Damaged

KEY = bytes(range(32))
PIECE = 64 * 1024
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 700_001)


def encrypting(folder, key: bytes = KEY, *, on: bool = True) -> None:
    config.use(build_settings(folder, files=config.FileSettings(encrypt=on), files_key=key))


def stored(content: bytes) -> Attachment:
    stored_as, size, digest = storage.store(io.BytesIO(content))
    assert (size, digest) == (len(content), sha256(content).hexdigest())
    return Attachment(stored_as=stored_as, sha256=digest)


def read(row) -> bytes:
    with storage.open_stored(row) as stream:
        return stream.read()


def on_disk(folder, row):
    return folder / "files" / row.stored_as[:2] / row.stored_as


@pytest.fixture
def folder(town_db):
    return town_db.data


# ---------------------------------------------------------------- the digest


@pytest.mark.parametrize("crypt", [False, True], ids=["plain", "encrypted"])
def test_changed_bytes_are_given_to_nobody(folder, crypt):
    """R-4.4: one bit anywhere, a byte more, a byte less, nothing at all."""
    encrypting(folder, on=crypt)
    row = stored(os.urandom(200_000))
    path = on_disk(folder, row)
    good = path.read_bytes()
    for at in (0, 10, 60, 100_000, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        # The head of an encrypted file names its key.
        told = "is encrypted with another key" if crypt and at == 10 else "is not what was stored"
        with pytest.raises(Damaged, match=told):
            storage.open_stored(row)
    for bad in (good + b"x", good[:-1], good[:PIECE], b""):
        path.write_bytes(bad)
        with pytest.raises(Damaged):
            storage.open_stored(row)
    path.write_bytes(good)
    assert len(read(row)) == 200_000
    path.unlink()
    with pytest.raises(Damaged, match="is missing"):
        storage.open_stored(row)


def test_a_file_that_cannot_be_read_is_damaged_and_not_a_riddle(folder, monkeypatch):
    row = stored(b"x")

    def broken(_file):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(encryption, "is_encrypted", broken)
    with pytest.raises(Damaged, match="Input/output"):
        storage.open_stored(row)


# ---------------------------------------------------------------- encrypted at rest


@pytest.mark.parametrize("size", SIZES)
def test_encrypted_and_read_again(folder, size):
    """R-4.4: nothing of the content stands on the disk; the digest is of the plain bytes; read from anywhere."""
    encrypting(folder)
    content = os.urandom(size)
    row = stored(content)
    raw = on_disk(folder, row).read_bytes()
    assert raw.startswith(encryption.MAGIC)
    assert size < 8 or content[:32] not in raw
    assert read(row) == content
    with storage.open_stored(row) as stream:
        for at in (0, size // 2, max(0, size - 1), size, size + 5):
            assert stream.seek(at) == at
            assert stream.read(10) == content[at : at + 10]
        assert stream.seek(0, io.SEEK_END) == size


def test_the_same_content_never_looks_the_same(folder):
    encrypting(folder)
    one, other = (on_disk(folder, stored(bytes(1000))).read_bytes() for _ in range(2))
    assert one[60:] != other[60:]


def test_plain_files_stay_readable_and_encrypted_ones_after_it_is_switched_off(folder):
    """R-4.4: old files need no work when the setting changes, either way."""
    plain = stored(b"%PDF plain")
    encrypting(folder)
    secret = stored(b"%PDF secret")
    assert (read(plain), read(secret)) == (b"%PDF plain", b"%PDF secret")
    encrypting(folder, on=False)
    later = stored(b"%PDF later")
    assert on_disk(folder, later).read_bytes() == b"%PDF later"
    assert (read(plain), read(secret), read(later)) == (b"%PDF plain", b"%PDF secret", b"%PDF later")


@pytest.mark.parametrize("key", [b"", bytes(32)], ids=["none", "another"])
def test_without_its_key_a_file_is_not_handed_out(folder, key):
    encrypting(folder)
    row = stored(b"%PDF secret")
    encrypting(folder, key, on=False)
    with pytest.raises(Damaged, match="is encrypted with another key"):
        storage.open_stored(row)


def test_a_plain_file_may_begin_as_an_encrypted_one_does(folder):
    """Whoever sends such a file harms nobody, not even its own reading."""
    for content in (encryption.MAGIC, encryption.MAGIC + bytes(500), encryption.MAGIC + bytes(500_000)):
        row = stored(content)
        assert read(row) == content
    made = b"".join(encrypted(io.BytesIO(b"inner"), KEY))
    row = stored(made)
    encrypting(folder, on=False)
    assert read(row) == made


def test_pieces_can_neither_be_moved_nor_left_out():
    """Each piece proves its place and the last that it is the last."""
    content = os.urandom(3 * PIECE)
    made = b"".join(encrypted(io.BytesIO(content), KEY))
    head, pieces = made[:48], [made[at : at + PIECE + 16] for at in range(48, len(made), PIECE + 16)]
    assert len(pieces) == 3
    other = b"".join(encrypted(io.BytesIO(content), KEY))
    for wrong in (
        head + pieces[1] + pieces[0] + pieces[2],
        head + pieces[0] + pieces[1],
        head + pieces[0] + pieces[2],
        made + pieces[2],
        other[:48] + b"".join(pieces),
        head,
        head[:20],
        made[:-20],
    ):
        with pytest.raises(CannotDecrypt):
            io.BufferedReader(Decrypted(io.BytesIO(wrong), KEY)).read()


def test_a_stream_that_gives_a_little_at_a_time():
    class Dripping(io.BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            return super().read(min(count or 1, 1000))

    content = os.urandom(PIECE + 5000)
    made = b"".join(encrypted(Dripping(content), KEY))
    assert io.BufferedReader(Decrypted(io.BytesIO(made), KEY)).read() == content


# ---------------------------------------------------------------- all files


def test_the_check_names_every_row_whose_file_is_not_as_stored(cast, town_db):
    """R-4.4: attachments and paper forms; a file without a row is the sweep's affair."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    storage.store(io.BytesIO(b"nobody's"))
    stored_as, size, digest = storage.store(io.BytesIO(b"%PDF form"))
    form = PaperForm.create(
        procedure=cast.dogs, title="様式", name="a.pdf", stored_as=stored_as, size=size, sha256=digest, content_type="x"
    )
    row = Attachment.get()
    names = [f"attachment {row.id} (注射済証.pdf)", f"paper_form {form.id} (a.pdf)"]
    assert dict(storage.proved()) == dict.fromkeys(names, "")
    assert storage.missing() == 0
    on_disk(town_db.data, form).unlink()
    on_disk(town_db.data, row).write_bytes(b"changed")
    found = dict(storage.proved())
    assert "is missing" in found[names[1]]
    assert "is not what was stored" in found[names[0]]
    assert storage.missing() == 1


def test_every_table_that_names_a_file_is_proved():
    """A new kind of file cannot be forgotten, neither by the check nor by the sweep."""
    import models  # noqa: PLC0415

    assert {table for table in models.TABLES if "stored_as" in table._meta.fields} == set(storage.NAMING)
