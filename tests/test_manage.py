"""What an operator types: each command does its work, and each refusal says what to type instead."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import clock
import config
import demo
import manage
import models
from models import (
    AuditEntry,
    Category,
    Counter,
    Division,
    FormVersion,
    Job,
    MailState,
    OpeningHours,
    OutboxMail,
    Procedure,
    Role,
    Staff,
    StaffDivision,
    Town,
)
from outside import inspector
from rules.accounts import password
from rules.procedures import procedure
from rules.records import audit

FLAGS = {
    "--town-code": "064998",
    "--town-name": "朝凪町",
    "--base-url": "https://madoguchi.example.jp",
    "--mail": "folder",
}
DOGS = demo.STARTER / "procedures" / "dog-registration.json"
MARRIAGE = demo.STARTER / "procedures" / "marriage-notification.json"


@pytest.fixture
def run(tmp_path, capsys):
    """Types a command on a data folder; returns (exit code, what was printed, what was complained of)."""

    def typed(*words: object) -> tuple[int, str, str]:
        code = manage.main(["--data", str(tmp_path / "live"), *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return typed


def init(run, **changes: str | None) -> tuple[int, str, str]:
    flags = FLAGS | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return run("init", *(word for flag, value in flags.items() if value is not None for word in (flag, value)))


@pytest.fixture
def live(run, tmp_path) -> Path:
    """A data folder made by init, with cheap passwords."""
    assert init(run)[0] == 0
    with open(tmp_path / "live" / "config.toml", "a", encoding="utf-8") as file:
        file.write("\n[server]\nbcrypt_cost = 4\n")
    return tmp_path / "live"


# ---------------------------------------------------------------- init


def test_init_makes_a_folder_that_can_be_started(run, tmp_path):
    code, said, _ = init(run, mail="smtp://mail.example.jp:587")
    assert code == 0
    data = tmp_path / "live"
    assert f"manage.py --data {data} create-staff" in said
    assert len((data / "secret.key").read_bytes()) == 32
    read = config.load(data)
    assert read.base_url == "https://madoguchi.example.jp"
    assert (read.mail.transport, read.mail.host, read.mail.port) == ("smtp", "mail.example.jp", 587)
    assert read.mail.sender == "madoguchi@madoguchi.example.jp"
    # a new installation rests at night unless the operator decides otherwise.
    assert read.stops.daily == "03:00-04:00"
    town = Town.get()
    # The town's prefecture follows from its code; without it nobody would count as living there.
    assert (town.code, town.name, town.prefecture) == ("064998", "朝凪町", "山形県")


def test_init_takes_a_sender_and_the_usual_port(run, tmp_path):
    sender = '朝凪町役場 "窓口" <noreply@asanagi.example.jp>'
    assert init(run, mail="smtp://mail.example.jp", mail_from=sender)[0] == 0
    assert (config.load(tmp_path / "live").mail.port, config.load(tmp_path / "live").mail.sender) == (25, sender)


@pytest.mark.parametrize("flag", FLAGS)
def test_init_without_a_terminal_names_what_is_missing(run, tmp_path, flag):
    code, _, complaint = init(run, **{flag.removeprefix("--").replace("-", "_"): None})
    assert code == 1
    assert complaint == f"{flag} is missing.\n"
    assert not (tmp_path / "live" / "config.toml").exists()


def test_init_asks_at_a_terminal(run, tmp_path, monkeypatch):
    answers = iter(["064998", "", "朝凪町", "https://madoguchi.example.jp", "folder"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    assert run("init")[0] == 0
    assert Town.get().name == "朝凪町"
    assert config.load(tmp_path / "live").mail.transport == "folder"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"town_code": "064997"}, "--town-code: 064997"),
        ({"town_code": "64998"}, "--town-code: 64998"),
        ({"town_code": "484997"}, "--town-code: 484997"),
        ({"base_url": "madoguchi.example.jp"}, "base_url must look like"),
        ({"base_url": "https://www.example.jp/madoguchi"}, "base_url must look like"),
        ({"mail": "mail.example.jp"}, "--mail must be folder or smtp://HOST:PORT."),
        ({"mail": "imap://mail.example.jp:25"}, "--mail must be folder or smtp://HOST:PORT."),
        ({"mail": "smtp://mail.example.jp:port"}, "--mail must be folder or smtp://HOST:PORT."),
    ],
)
def test_init_refuses_a_wrong_value_and_can_be_typed_again(run, changes, sentence):
    code, _, complaint = init(run, **changes)
    assert code == 1
    assert sentence in complaint
    assert init(run)[0] == 0


def test_init_touches_no_folder_that_is_in_use(run, live):
    before = {path.name: path.read_bytes() for path in live.iterdir() if path.suffix in (".toml", ".key")}
    code, _, complaint = init(run, town_name="夕凪町")
    assert code == 1
    assert "Nothing was changed." in complaint
    assert before == {path.name: path.read_bytes() for path in live.iterdir() if path.name in before}


# ---------------------------------------------------------------- what every other command asks for

COMMANDS = [
    ("migrate",),
    ("doctor",),
    ("load", DOGS),
    ("create-staff", "--id", "chief", "--name", "町野 一郎", "--role", "TOWN_ADMINISTRATOR"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
class TestEveryCommand:
    def test_says_to_init_where_there_is_no_config(self, run, words):
        code, _, complaint = run(*words)
        assert code == 1
        assert "config.toml does not exist" in complaint

    def test_names_a_wrong_key(self, run, live, words):
        with open(live / "config.toml", "a", encoding="utf-8") as file:
            file.write("thread = 3\n")
        code, _, complaint = run(*words)
        assert code == 1
        assert "unknown key: server.thread" in complaint

    def test_makes_no_database_in_the_place_of_a_lost_one(self, run, live, words):
        models.database.close()
        (live / "madoguchi.sqlite3").unlink()
        code, _, complaint = run(*words)
        assert code == 1
        assert "madoguchi.sqlite3 does not exist. Restore it" in complaint
        assert not (live / "madoguchi.sqlite3").exists()

    def test_says_which_database_is_none(self, run, live, words):
        models.database.close()
        (live / "madoguchi.sqlite3").write_text("no database, just words\n" * 100, encoding="utf-8")
        code, _, complaint = run(*words)
        assert code == 1
        assert "madoguchi.sqlite3: file is not a database" in complaint


def empty_database(live: Path) -> None:
    """A database without any table, as if it were older than the first migration."""
    models.database.close()
    (live / "madoguchi.sqlite3").unlink()
    sqlite3.connect(live / "madoguchi.sqlite3").close()


def newer_database() -> None:
    """A database that a later version of the program has migrated."""
    row = ("9999_from_the_future", "2036-11-24 10:00:00")
    models.database.execute_sql("INSERT INTO schema_migration (name, applied) VALUES (?, ?)", row)
    models.database.close()


def test_migrate_brings_an_old_database_up_to_date(run, live):
    empty_database(live)
    code, _, complaint = run(*COMMANDS[3])
    assert code == 1
    assert f"Type: python manage.py --data {live} migrate" in complaint
    code, said, _ = run("doctor")
    assert code == 1
    assert said.startswith("ERROR the database lacks migrations: 0001_first_schema")
    code, said, _ = run("migrate")
    names = sorted(path.stem for path in (config.PROGRAM / "migrations").glob("0*.py"))
    assert (code, said) == (0, "".join(f"applied {name}\n" for name in names)) and names[0] == "0001_first_schema"
    assert Town.select().count() == 0
    assert run("migrate")[1] == "The database is up to date.\n"


def test_a_database_of_a_newer_program_is_left_alone(run, live):
    newer_database()
    for words in COMMANDS[2:]:
        code, _, complaint = run(*words)
        assert code == 1
        assert "written by a newer version" in complaint
    code, said, _ = run("doctor")
    assert code == 1
    assert "written by a newer version" in said
    assert "9999_from_the_future" in said


# ---------------------------------------------------------------- load


def rewritten(tmp_path: Path, **changes: object) -> Path:
    """The dog registration with some keys changed; None takes a key out."""
    document = json.loads(DOGS.read_text(encoding="utf-8")) | changes
    path = tmp_path / "changed.json"
    # The paper forms travel beside the file.
    shutil.copytree(DOGS.parent / "forms", tmp_path / "forms", dirs_exist_ok=True)
    kept = {key: value for key, value in document.items() if value is not None}
    path.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    return path


def test_load_publishes_with_division_and_category(run, live):
    code, said, _ = run("load", "--publish", DOGS, MARRIAGE)
    assert code == 0
    assert said.splitlines() == [
        "dog-registration 犬の登録申請：新しい手続きです",
        "marriage-notification 婚姻届：新しい手続きです",
        "部課「住民生活課」を作ります。",
        "カテゴリ「動物」を作ります。",
        "カテゴリ「住民・印鑑」を作ります。",
        "dog-registration 犬の登録申請：第1版を公開しました。",
        "marriage-notification 婚姻届：第1版を公開しました。",
    ]
    dogs = Procedure.get(Procedure.slug == "dog-registration")
    assert (dogs.division.name, dogs.category.name) == ("住民生活課", "動物")
    assert [row.name for row in Category.select().order_by(Category.position)] == ["動物", "住民・印鑑"]
    assert [row.listed for row in Category.select()] == [1, 1]


def test_load_again_makes_a_version_only_of_what_changed(run, live, tmp_path):
    run("load", "--publish", DOGS)
    assert "変わりません" in run("load", "--publish", DOGS)[1]
    said = run("load", "--publish", rewritten(tmp_path, summary="犬の登録です。"))[1]
    assert "「短い説明」が" in said and "犬の登録申請：第2版を公開しました。" in said
    assert FormVersion.select().count() == 2
    assert Procedure.select().count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name_kana": None}, "name_kana（読みがな）：この項目がありません。"),
        ({"colour": "blue"}, "colour：知らない項目です。"),
        ({"login": "perhaps"}, 'login（ログイン）："required"、"none" のどれかにしてください。いまは "perhaps" です。'),
        ({"standard_days": "5"}, "standard_days（標準処理期間）：値の種類が違います。数か、「null」にしてください。"),
        ({"applicants": []}, "applicants（個人・事業者）："),
        ({"form": {"pages": []}}, "様式にページ（pages）がありません。"),
    ],
)
def test_load_takes_all_files_or_none(run, live, tmp_path, changes, sentence):
    path = rewritten(tmp_path, **changes)
    code, said, complaint = run("load", MARRIAGE, path)
    assert (code, said) == (1, "")
    assert f"{path}：{sentence}" in complaint
    assert "何も読み込みませんでした。" in complaint
    assert Procedure.select().count() == 0


def test_load_names_a_file_it_cannot_read(run, live, tmp_path):
    broken, foreign = tmp_path / "broken.json", tmp_path / "foreign.json"
    broken.write_text("{", encoding="utf-8")
    foreign.write_bytes(DOGS.read_text(encoding="utf-8").encode("cp932"))
    for path in (broken, foreign, tmp_path / "nowhere.json"):
        code, _, complaint = run("load", MARRIAGE, path)
        assert code == 1
        assert path.name in complaint
    assert Procedure.select().count() == 0


def test_every_starter_file_loads(run, live):
    files = sorted((demo.STARTER / "procedures").glob("*.json"))
    code, said, _ = run("load", "--publish", *files)
    assert code == 0
    assert said.count("：第1版を公開しました。") == len(files) >= 16


# ---------------------------------------------------------------- create-staff


def create(run, login_id: str, role: str, *more: str) -> tuple[int, str, str]:
    return run("create-staff", "--id", login_id, "--name", "町野 一郎", "--role", role, *more)


def test_a_clerk_gets_divisions_and_a_password_that_must_be_changed(run, live):
    run("load", DOGS, demo.STARTER / "procedures" / "corporation-notice.json")
    code, said, _ = create(run, "miura", "CLERK", "--division", "住民生活課", "--division", "税務課")
    assert code == 0
    login_id, one_time = said.splitlines()[0].split(" ")
    row = Staff.get(Staff.login_id == login_id)
    assert password.verify(one_time, row.password_hash)
    assert (row.role, row.town.code, row.must_change_password) == (Role.CLERK, "064998", True)
    members = StaffDivision.select().where(StaffDivision.staff == row)
    assert {member.division.name for member in members} == {"住民生活課", "税務課"}
    assert AuditEntry.get(AuditEntry.act == "staff_created").detail["new_staff"] == row.id


def test_a_system_administrator_belongs_to_no_town(run, live):
    assert create(run, "system", "SYSTEM_ADMINISTRATOR")[0] == 0
    assert Staff.get().town is None


def test_staff_is_refused_with_the_flag_to_put_right(run, live):
    run("load", DOGS)
    for words, sentence in (
        (("x", "CLERK"), "--division"),
        (("x", "CLERK", "--division", "税務課"), "--division 税務課: not known. Divisions: 住民生活課"),
        (("x", "TOWN_ADMINISTRATOR", "--town", "064009"), "--town must be one of: 064998 朝凪町"),
        (("町野", "TOWN_ADMINISTRATOR"), "The ID must be half-width"),
        (("a b", "TOWN_ADMINISTRATOR"), "The ID must be half-width"),
    ):
        code, said, complaint = create(run, *words)
        assert (code, said) == (1, "")
        assert sentence in complaint
    assert Staff.select().count() == 0
    assert create(run, "chief", "TOWN_ADMINISTRATOR")[0] == 0
    assert "The ID chief is taken." in create(run, "chief", "TOWN_ADMINISTRATOR")[2]


def test_with_two_towns_the_town_has_to_be_said(run, live):
    with models.transaction():
        Town.create(code="064009", name="夕凪町")
    code, _, complaint = create(run, "chief", "TOWN_ADMINISTRATOR")
    assert code == 1
    assert "--town must be one of: 064009 夕凪町, 064998 朝凪町" in complaint
    assert "--town must be one of" in run("load", DOGS)[2]
    assert run("load", "--publish", "--town", "064009", DOGS)[0] == 0
    assert create(run, "chief", "CLERK", "--town", "064009", "--division", "住民生活課")[0] == 0
    assert Staff.get().town.name == "夕凪町"


def test_an_unknown_role_is_refused_by_the_command_line(run, live):
    with pytest.raises(SystemExit) as stopped:
        create(run, "chief", "MAYOR")
    assert stopped.value.code == 2


# ---------------------------------------------------------------- doctor


@pytest.fixture
def healthy(run, live) -> Path:
    """An installation that the doctor has little to say about."""
    path = live / "config.toml"
    text = path.read_text(encoding="utf-8").replace('"folder"', '"smtp"')
    path.write_text(text, encoding="utf-8")
    run("load", "--publish", DOGS)
    create(run, "chief", "TOWN_ADMINISTRATOR")
    with models.transaction():
        Town.update(telephone="0999-00-1234").execute()
        Division.update(email="jumin@asanagi.example.jp").execute()
    return live


def findings(run) -> tuple[int, list[str]]:
    code, said, complaint = run("doctor")
    assert complaint == ""
    return code, said.splitlines()


def test_a_new_installation_lacks_what_comes_next(run, live):
    code, found = findings(run)
    assert code == 0
    for sentence in ("create-staff", "load --publish FILE", "has no telephone", "reach nobody", "not scanned"):
        assert any(line.startswith("WARNING") and sentence in line for line in found), sentence


def test_a_healthy_installation_has_one_known_gap(run, healthy):
    assert findings(run) == (
        0,
        ['WARNING attached files are not scanned for viruses ([files] virus_scan = "off")'],
    )


def test_the_doctor_misses_a_counter(run, healthy):
    """Issue 6.1: residents could start an application that they cannot send; hours are what makes it bookable."""
    wanted = Procedure.get(Procedure.slug == "dog-registration")
    with models.transaction():
        asking = {**procedure.published(wanted)[1], "visit": {"when": "applying", "bring": ""}}
        procedure.load(wanted.town, asking)
        counter = Counter.create(town=wanted.town, division=wanted.division, name="住民窓口")
    _, found = findings(run)
    assert any(line.startswith("WARNING dog-registration asks for a visit") for line in found)
    with models.transaction():
        OpeningHours.create(counter=counter, weekday=1, opens=540, closes=720)
    _, found = findings(run)
    assert not any("asks for a visit" in line for line in found)


def test_the_doctor_starts_the_inspection_of_files(run, healthy, monkeypatch):
    broken = inspector.Inspector((sys.executable, "-c", "raise SystemExit(7)"))
    monkeypatch.setattr(inspector, "trouble", broken.trouble)
    code, found = findings(run)
    assert code == 1 and any(line.startswith("ERROR no file can be attached") and "7" in line for line in found)


def test_the_doctor_tells_of_mails_that_wait_and_that_failed(run, healthy):
    old = clock.now() - timedelta(hours=2)
    kept = {"kind": "registered", "to_address": "a@example.jp", "subject": "", "body": "", "created_at": old}
    with models.transaction():
        OutboxMail.create(message_id="<1@x>", next_attempt_at=old, last_error="つながりません", **kept)
        OutboxMail.create(message_id="<2@x>", next_attempt_at=old, state=MailState.FAILED, **kept)
    code, found = findings(run)
    assert code == 1
    assert any(line.startswith("ERROR 1 mails could not be sent") for line in found)
    assert any("1 mails wait, the oldest since 2026-11-24 08:00: つながりません" in line for line in found)


def test_the_doctor_tells_of_jobs_that_failed_or_stand_still(run, healthy):
    with models.transaction():
        Job.create(name="tidy", last_run_at=clock.now(), last_error="OperationalError: disk I/O error")
        Job.create(name="sweep_files", last_run_at=clock.now() - timedelta(hours=20))
        Job.create(name="send_mail", last_run_at=clock.now() - timedelta(hours=1))
    code, found = findings(run)
    assert code == 1
    assert "ERROR the job tidy failed: OperationalError: disk I/O error" in found
    assert any("the job send_mail last ran on 2026-11-24 09:00" in line for line in found)
    assert not any("sweep_files" in line for line in found)


def test_the_doctor_finds_a_log_that_was_changed(run, healthy):
    with clock.at("2026-11-23T10:00:00"):
        audit.record("staff_logged_in", detail="x")
    audit.seal_days(clock.today())
    assert findings(run)[0] == 0
    with models.transaction():
        AuditEntry.update(act="nothing").where(AuditEntry.act == "staff_logged_in").execute()
    code, found = findings(run)
    assert code == 1
    assert "ERROR the audit log of 2026-11-23 was changed after it was sealed" in found


def test_the_doctor_warns_before_the_holidays_end_and_of_plain_http(run, healthy):
    path = healthy / "config.toml"
    text = path.read_text(encoding="utf-8").replace("https://madoguchi.example.jp", "http://madoguchi.example.jp")
    path.write_text(text, encoding="utf-8")
    with clock.at("2035-01-10T10:00:00"):
        _, found = findings(run)
    assert any("the table of public holidays ends on" in line for line in found)
    assert any("base_url is not https" in line for line in found)


def test_the_doctor_finds_a_full_disk_and_a_folder_it_cannot_write(run, healthy, monkeypatch):
    shutil.rmtree(healthy / "files")
    (healthy / "files").write_text("a file in the folder's place", encoding="utf-8")
    monkeypatch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(10, 5, 5 * 1024**2))
    code, found = findings(run)
    assert code == 1
    assert any(line.startswith("ERROR only 5 MB are free") for line in found)
    assert any(line.startswith("ERROR files cannot be written") for line in found)


# ---------------------------------------------------------------- as a process


def typed(*words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, config.PROGRAM / "manage.py", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=os.environ | environment,
        timeout=60,
        check=False,
    )


def test_the_whole_way_as_an_operator_types_it(tmp_path):
    """From another working directory, in a folder with a Japanese name, on a console that knows CP932 only."""
    data, console = tmp_path / "窓口のデータ", {"PYTHONIOENCODING": "cp932"}
    dogs = rewritten(tmp_path, name="犬の登録申請 𠮷")
    flags = [word for pair in FLAGS.items() for word in pair]
    for words in (
        ("init", *flags),
        ("load", dogs),
        ("create-staff", "--id", "miura", "--name", "𠮷田 﨑子", "--role", "CLERK", "--division", "住民生活課"),
        ("doctor",),
    ):
        done = typed("--data", data, *words, **console)
        assert done.returncode == 0, (words[0], done.stderr.decode("cp932"))
    assert "窓口のデータ" in typed("--data", data, "init", *flags, **console).stderr.decode("cp932")


def test_refusals_go_to_stderr_and_end_with_one(tmp_path):
    done = typed("--data", tmp_path / "nowhere", "doctor")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"config.toml does not exist" in done.stderr
    done = typed("--data", tmp_path / "new", "init", "--town-code", "064998")
    assert (done.returncode, done.stderr.strip()) == (1, b"--town-name is missing.")


@pytest.mark.parametrize("console", ["ascii", "cp932", "utf-8"])
def test_help_can_be_read_on_any_console(console):
    for words in (("--help",), ("init", "--help"), ("load", "--help")):
        done = typed(*words, PYTHONIOENCODING=console)
        assert done.returncode == 0, done.stderr
        assert b"usage:" in done.stdout


# ---------------------------------------------------------------- stored files


def test_the_key_of_stored_files_is_made_on_demand(run, live):
    """R-4.4: also where config.toml asks for it already; a second time changes nothing."""
    text = (live / "config.toml").read_text(encoding="utf-8")
    (live / "config.toml").write_text(text + "[files]\nencrypt = true\n", encoding="utf-8")
    code, _, complaint = run("doctor")
    assert code == 1 and "files.key does not exist" in complaint
    for _ in range(2):
        code, said, _ = run("create-files-key")
        assert code == 0 and str(live / "files.key") in said
    key = (live / "files.key").read_bytes()
    assert len(key) == 32 and config.load(live).files_key == key


def test_every_stored_file_is_proved(run, live):
    """R-4.4: gone or changed, each is named, and the exit code is 1; doctor tells of those that are gone."""
    forms = demo.STARTER / "procedures"
    assert (
        run(
            "load",
            "--publish",
            *(path for path in forms.glob("*.json") if "paper_forms" in path.read_text(encoding="utf-8")),
        )[0]
        == 0
    )
    code, said, _ = run("check-files")
    stored = sorted((live / "files").glob("*/*"))
    assert (code, said) == (0, f"{len(stored)} files were read, 0 of them are not as they were stored.\n")
    assert len(stored) >= 2
    stored[0].unlink()
    stored[1].write_bytes(b"changed")
    code, said, _ = run("check-files")
    assert code == 1
    assert (
        f"the file {stored[0].name} is missing" in said and f"the file {stored[1].name} is not what was stored" in said
    )
    assert "2 of them are not as they were stored" in said
    assert "ERROR 1 stored files are missing. Type: manage.py check-files" in run("doctor")[1].splitlines()
