"""A town of any size: procedures, residents and applications written in bulk into a data folder of its own."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import clock
import config
import demo
import models
from models import (
    Application,
    ApplicationEvent,
    AuditEntry,
    FormVersion,
    OutboxMail,
    Procedure,
    Resident,
    Role,
    Staff,
    Submission,
    Table,
    database,
)
from rules.accounts import password
from rules.forms import form
from rules.operation import schema
from rules.procedures import procedure, search
from rules.records import numbering
from rules.values import email, secrecy
from rules.values.text import fold

PROCEDURES, RESIDENTS, APPLICATIONS = 2_000, 20_000, 100_000
PASSWORD = "nagisa-no-machi-7"
DOGS = "dog-registration"
# The one whose history is looked at has sent more than a page holds, however large the town is.
BUSY_RESIDENT, BUSY_SENT = 1, 45
# Those who send during the bench, and those who sign in.
SENDERS, SIGNERS = range(2, 202), range(202, 210)

_CONFIG = """base_url = "{url}"

[mail]
transport = "folder"
from = "madoguchi@asanagi.example.jp"
"""

ANSWERS = {
    "name": {"family": "浜口", "given": "恵子", "family_kana": "ハマグチ", "given_kana": "ケイコ"},
    "address": {"postal_code": "999-8101", "prefecture": "山形県", "address": "朝凪町浜手二丁目14番6号"},
    "telephone": "0999-00-1322",
    "dog_name": "ポチ",
    "breed": "柴犬",
    "color": "茶",
    "sex": "male",
    "dog_birth_date": {"era": "R", "year": "7", "month": "3", "day": "1"},
    "acquired_on": {"era": "R", "year": "7", "month": "5", "day": "1"},
    "vaccination": "done",
}


def settings(data: Path, url: str) -> config.Config:
    """The folder's settings with the address it is served at, in force in this process."""
    (data / "config.toml").write_text(_CONFIG.format(url=url), encoding="utf-8")
    found = config.load(data)
    config.use(found)
    models.open_database(found.database)
    models.connect()
    procedure.forget()
    return found


def town(folder: Path, times: int, *, progress: Any = print) -> Path:
    """A data folder with `times` as many rows as a middling town; made once for each version of the tables."""
    made = folder / f"town-{times}"
    version = " ".join(sorted(path.name + str(path.stat().st_size) for path in schema.FOLDER.glob("*.py")))
    stamp = made / "made-for.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != version:
        shutil.rmtree(made, ignore_errors=True)
        progress(f"filling {made} …")
        _write(made, times)
        stamp.write_text(version, encoding="utf-8")
    return made


def _write(data: Path, times: int) -> None:
    config.create(data, _CONFIG.format(url="http://127.0.0.1:8080"))
    settings(data, "http://127.0.0.1:8080")
    schema.migrate()
    database.execute_sql("PRAGMA synchronous = OFF")
    with models.transaction():
        demo.fill(data)
    with models.transaction():
        _procedures(PROCEDURES * times)
        _residents(RESIDENTS * times)
    _applications(APPLICATIONS * times)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _insert(table: type[Table], rows: Iterable[dict[str, Any]]) -> None:
    """Rows of database values; columns that are left out get the model's default."""
    fields = {f.name: f for f in table._meta.sorted_fields if f.name != "id"}
    plain = {name: f.db_value(f.default() if callable(f.default) else f.default) for name, f in fields.items()}
    columns = ",".join(f'"{f.column_name}"' for f in fields.values())
    sql = f'INSERT INTO "{table._meta.table_name}" ({columns}) VALUES ({",".join(":" + name for name in plain)})'
    database.connection().executemany(sql, (plain | row for row in rows))


def _text(instant: datetime) -> str:
    return str(models.InstantField().db_value(instant))


# ---------------------------------------------------------------- procedures and people


def _procedures(wanted: int) -> None:
    """The sample town's procedures over and over, each with a name, a form and search words of its own."""
    patterns = list(Procedure.select().order_by(Procedure.id).dicts())
    documents = {row.procedure_id: row.document for row in FormVersion.select()}
    copies = [
        (len(patterns) + 1 + at, patterns[at % len(patterns)], at // len(patterns) + 2)
        for at in range(wanted - len(patterns))
    ]
    now = _text(clock.now())

    def row(pattern: dict[str, Any], number: int) -> dict[str, Any]:
        plain = {**pattern, "created_at": now, "slug": f"{pattern['slug']}-{number}", "draft": None}
        plain |= {name: f"{pattern[name]}（{number}）" for name in ("name", "folded", "listed_as")}
        plain.pop("id")
        return plain

    def version(key: int, pattern: dict[str, Any], number: int) -> dict[str, Any]:
        document = {**documents[pattern["id"]], "name": f"{pattern['name']}（{number}）"}
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return {"procedure": key, "number": 1, "document": text, "sha256": "0" * 64, "published_at": now}

    _insert(Procedure, (row(pattern, number) for _, pattern, number in copies))
    _insert(FormVersion, (version(*copy) for copy in copies))
    _index(copies, documents)
    procedure._count_listed(1)


def _index(copies: list[tuple[int, dict[str, Any], int]], documents: dict[int, dict[str, Any]]) -> None:
    texts = {key: search.texts(document) for key, document in documents.items()}
    database.connection().executemany(
        "INSERT INTO procedure_search (rowid, tokens) VALUES (?, ?)",
        (
            (
                search.place(pattern["town"], pattern["listed_as"], key),
                search.tokens(key, pattern["category"], pattern["division"], texts[pattern["id"]]),
            )
            for key, pattern, _ in copies
        ),
    )


def _residents(count: int) -> None:
    hashed, now = password.hash(PASSWORD), _text(clock.now())
    families, given = ("浜口", "山﨑", "堀", "三浦", "夕田", "町野"), ("恵子", "健", "直樹", "花", "一郎")
    _insert(
        Resident,
        (
            {
                "kind": "person",
                "email": address(key),
                "email_folded": email.fold(address(key)),
                "password_hash": hashed,
                "family_name": families[key % 6],
                "given_name": given[key % 5],
                "family_kana": "ハマグチ",
                "given_kana": "ケイコ",
                "birth_date": "1988-04-09",
                "postal_code": "999-8101",
                "prefecture": "山形県",
                "address": f"朝凪町浜手二丁目{key}番",
                "telephone": "0999-00-1322",
                "created_at": now,
            }
            for key in range(1, count + 1)
        ),
    )


def address(key: int) -> str:
    """The e-mail address of a resident."""
    return f"resident{key}@example.jp"


# ---------------------------------------------------------------- applications

# How a town's applications of several years are spread over the states, and what happened to each until then.
_STATES = (
    ("SUBMITTED", 3, ()),
    ("IN_REVIEW", 4, ("review_started",)),
    ("RETURNED", 1, ("review_started",)),
    ("APPROVED", 2, ("review_started", "approved")),
    ("REJECTED", 3, ("review_started", "rejected")),
    ("WITHDRAWN", 2, ("withdrawn",)),
    ("COMPLETED", 85, ("review_started", "approved", "completed")),
)
_AT_ONCE = 50_000


def _applications(count: int) -> None:
    dice = random.Random(20261124)
    residents = Resident.select().count()
    known = list(
        Procedure.select(Procedure.id, Procedure.division, FormVersion.id)
        .join(FormVersion)
        .where(Procedure.channel == "online")
        .tuples()
    )
    people = dict(Resident.select(Resident.id, Resident.family_name.concat(" ").concat(Resident.given_name)).tuples())
    now = clock.now()
    for first in range(1, count + 1, _AT_ONCE):
        keys = range(first, min(first + _AT_ONCE, count + 1))
        rows = [_application(key, dice, now, known, people, residents) for key in keys]
        with models.transaction():
            _insert(Application, rows)
            _insert(Submission, (_submission(key, row) for key, row in zip(keys, rows, strict=True)))
            _insert(ApplicationEvent, _events(keys, rows))
            _insert(OutboxMail, (_mail(key, row) for key, row in zip(keys, rows, strict=True)))
            _insert(AuditEntry, (_look(key, row) for key, row in zip(keys, rows, strict=True) if key % 2))


def _application(  # noqa: PLR0917
    key: int, dice: random.Random, now: datetime, known: list[Any], people: dict[int, str], residents: int
) -> dict[str, Any]:
    state = dice.choices([s[0] for s in _STATES], [s[1] for s in _STATES])[0]
    old = state in ("REJECTED", "WITHDRAWN", "COMPLETED")
    at = now - timedelta(days=dice.randrange(20, 1000) if old else dice.randrange(20), minutes=dice.randrange(1440))
    procedure_id, division, version = dice.choice(known)
    who = BUSY_RESIDENT if key <= BUSY_SENT else dice.randrange(SIGNERS.stop, residents + 1)
    digits = f"{10_000_000_000 + key * 7919 % 89_999_999_999:011d}"
    return {
        "town": 1,
        "procedure": procedure_id,
        "form_version": version,
        "resident": who,
        "filed_by": who,
        "number": digits + numbering._check(digits),
        "status": state,
        "division": division,
        "applicant_name": people[who],
        "applicant_kana": "ハマグチ ケイコ",
        "applicant_folded": fold(people[who] + " ハマグチ ケイコ"),
        "answers": "{}",
        "revision": 3,
        "created_at": _text(at),
        "saved_at": _text(at),
        "submitted_at": _text(at),
        "status_at": _text(at + timedelta(days=2)),
        "decided_at": _text(at + timedelta(days=2)) if old else None,
        "due_on": (at + timedelta(days=14)).date().isoformat(),
    }


_BODY = form.canonical({key: value for key, value in ANSWERS.items() if isinstance(value, str)})


def _submission(key: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "application": key,
        "turn": 1,
        "form_version": row["form_version"],
        "answers": _BODY,
        "files": "[]",
        "sha256": "0" * 64,
        "at": row["submitted_at"],
        "by": row["resident"],
    }


def _events(keys: range, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    later = {state: events for state, _, events in _STATES}
    for key, row in zip(keys, rows, strict=True):
        for name in ("submitted", *later[row["status"]]):
            at = row["submitted_at"] if name == "submitted" else row["status_at"]
            yield {"application": key, "name": name, "at": at, "actor": "申請者", "status_after": row["status"]}


def _mail(key: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "town": 1,
        "resident": row["resident"],
        "application": key,
        "kind": "received",
        "to_address": address(row["resident"]),
        "subject": "申請を受け付けました",
        "body": "申請を受け付けました。\n",
        "message_id": f"<{key}@bench>",
        "state": "SENT",
        "next_attempt_at": row["submitted_at"],
        "created_at": row["submitted_at"],
        "sent_at": row["submitted_at"],
    }


def _look(key: int, row: dict[str, Any]) -> dict[str, Any]:
    at = row["status_at"]
    return {"at": at, "day": at[:10], "town": 1, "staff": 1, "application": key, "act": "application_seen"}


# ---------------------------------------------------------------- what a run needs on top


def sign_in() -> dict[str, str]:
    """Sessions made without a screen: {"clerk" or a resident's id: token}."""
    clerk = Staff.get(Staff.role == Role.CLERK)
    now, tokens = _text(clock.now()), {}
    rows = []
    for who in ("clerk", BUSY_RESIDENT, *SENDERS):
        token = tokens[str(who)] = secrecy.new_token()
        owner = {"staff": clerk.id} if who == "clerk" else {"resident": who}
        rows.append({**owner, "token_hash": secrecy.token_hash(token), "created_at": now, "seen_at": now})
    with models.transaction():
        _insert(models.Session, rows)
    return tokens


def drafts(count: int, senders: Iterable[int] = SENDERS) -> list[tuple[int, int]]:
    """Complete drafts of the dog registration, ready to be sent: (application id, resident id)."""
    dogs = Procedure.get(Procedure.slug == DOGS)
    version, document = procedure.published(dogs)
    first = int(Application.select(Application.id).order_by(Application.id.desc()).scalar()) + 1
    owners = list(senders)
    made = [(first + at, owners[at % len(owners)]) for at in range(count)]
    now = _text(clock.now())
    answers = models.JSON().db_value(ANSWERS)
    row = {
        "town": dogs.town_id,
        "procedure": dogs.id,
        "form_version": version,
        "answers": answers,
        "page": document["form"]["pages"][-1]["key"],
        "created_at": now,
        "saved_at": now,
        "status_at": now,
        "expires_at": _text(clock.now() + timedelta(days=30)),
    }
    with models.transaction():
        _insert(Application, ({**row, "resident": who, "filed_by": who} for _, who in made))
    return made
