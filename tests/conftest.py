"""The cast, and the ground every test stands on: a real, migrated SQLite database in a folder of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_stand_in import Browser
from cast_acts import PASSWORD

import clock
import config
import demo
import models
import views  # noqa: F401 - declares every screen
import web
from models import Division, Procedure, Resident, Role, Staff, Town
from rules.accounts import password, staff
from rules.operation import schema
from rules.procedures import procedure
from rules.values import email

NOW = "2026-11-24T10:00:00+09:00"  # a Tuesday
# Nobody pulls the plug in the middle of a test; what survives a kill is shown by real processes (test_load).
models.table._PRAGMAS["synchronous"] = "off"


def build_settings(data: Path, **changes) -> config.Config:
    values = {
        "data": data,
        "secret": bytes(range(32)),
        "base_url": "http://madoguchi.test",
        "mail": config.MailSettings("folder", "madoguchi@asanagi.example.jp"),
        "server": config.ServerSettings(bcrypt_cost=4),
        **changes,
    }
    return config.Config(**values)


@pytest.fixture(scope="session")
def template_database(tmp_path_factory) -> Path:
    """Migrated once, copied for every test."""
    path = tmp_path_factory.mktemp("template") / "madoguchi.sqlite3"
    models.open_database(path)
    models.connect()
    schema.migrate()
    models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.database.close()
    return path


@pytest.fixture(scope="session")
def template_cast(template_database, hashed, tmp_path_factory) -> Path:
    """The same with the cast in it: most tests begin with them."""
    settings = build_settings(tmp_path_factory.mktemp("cast"))
    shutil.copy(template_database, settings.database)
    config.use(settings)
    models.open_database(settings.database)
    models.connect()
    with clock.at(NOW):
        _enter_the_cast(hashed)
    models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.database.close()
    return settings.database


@pytest.fixture(scope="session")
def template_library(template_cast, tmp_path_factory) -> Path:
    """The same with every procedure that ships, and their paper forms in the folder beside it."""
    settings = build_settings(tmp_path_factory.mktemp("library"))
    shutil.copy(template_cast, settings.database)
    config.use(settings)
    models.open_database(settings.database)
    models.connect()
    with clock.at(NOW), models.transaction():
        town = Town.get(Town.code == "064998")
        for path in sorted((demo.STARTER / "procedures").glob("*.json")):
            procedure.load(town, json.loads(path.read_text(encoding="utf-8")), forms=path.parent / "forms")
    models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.database.close()
    return settings.database


@pytest.fixture(autouse=True)
def town_db(request, tmp_path) -> config.Config:
    """A fresh database, config in force, the clock held still."""
    with_cast, with_library = ("cast" in request.fixturenames), ("whole" in request.fixturenames)
    name = "template_library" if with_library else "template_cast" if with_cast else "template_database"
    template = request.getfixturevalue(name)
    settings = build_settings(tmp_path)
    shutil.copy(template, settings.database)
    if with_library:
        shutil.copytree(template.parent / "files", tmp_path / "files")
    config.use(settings)
    models.open_database(settings.database)
    models.connect()
    procedure.forget()
    with clock.at(NOW):
        if not with_cast:
            Town.create(code="064998", name="朝凪町", telephone="0999-00-1234", hours="平日 8時30分〜17時15分")
        yield settings
    models.database.close()


@pytest.fixture(scope="session")
def hashed() -> str:
    """One password for the whole cast, hashed once."""
    config.use(build_settings(Path()))
    return password.hash(PASSWORD)


def make_resident(hashed: str, address: str, family: str, given: str, **columns) -> Resident:
    values = {
        "kind": "person",
        "email": address,
        "email_folded": email.fold(address),
        "password_hash": hashed,
        "family_name": family,
        "given_name": given,
        "family_kana": "ハマグチ",
        "given_kana": "ケイコ",
        "birth_date": "1988-04-09",
        "postal_code": "999-8101",
        "prefecture": "山形県",
        "municipality_code": "064998",
        "address": "朝凪町浜手二丁目14番6号",
        "telephone": "0999-00-1322",
        "created_at": clock.now(),
        **columns,
    }
    return Resident.create(**values)


@dataclass
class Cast:
    """Two residents, a business, two clerks of different divisions, an administrator, a clerk of another town."""

    town: Town
    other_town: Town
    keiko: Resident
    ken: Resident
    company: Resident
    clerk: Staff
    other_clerk: Staff
    administrator: Staff
    system: Staff
    foreign_clerk: Staff
    dogs: Procedure


def _enter_the_cast(hashed: str) -> None:
    with models.transaction():
        town = demo.town_from_file()
        for name in ("dog-registration", "bulky-waste", "corporation-notice", "marriage-notification"):
            path = demo.STARTER / "procedures" / f"{name}.json"
            procedure.load(town, json.loads(path.read_text(encoding="utf-8")))
        # One town only unless a test says otherwise: the other is closed to the public, its staff work on.
        other = Town.create(code="064009", name="夕凪町", prefecture="山形県", closed_at=clock.now())
        far = Division.create(town=other, name="住民課")
        dogs = Procedure.get(Procedure.slug == "dog-registration")
        tax = Division.get((Division.town == town) & (Division.name == "税務課"))
        make_resident(hashed, "keiko@example.jp", "浜口", "恵子")
        make_resident(hashed, "ken@example.jp", "山﨑", "健")
        make_resident(
            hashed,
            "nagisa@example.jp",
            "",
            "",
            kind="business",
            corporation_name="株式会社なぎさ工務店",
            corporation_kana="カブシキガイシャナギサコウムテン",
            contact_name="堀 佳奈",
            family_kana="",
            given_kana="",
            birth_date=None,
        )
        _staff("miura", "三浦 直樹", Role.CLERK, town, [dogs.division])
        _staff("hori", "堀 佳奈", Role.CLERK, town, [tax])
        _staff("chief", "町野 一郎", Role.TOWN_ADMINISTRATOR, town, [])
        _staff("system", "情報 太郎", Role.SYSTEM_ADMINISTRATOR, None, [])
        _staff("yunagi", "夕田 花", Role.CLERK, other, [far])


@pytest.fixture
def cast(town_db) -> Cast:
    """Everybody, as they stand in the template."""
    residents = {row.email.partition("@")[0]: row for row in Resident.select()}
    members = {row.login_id: row for row in Staff.select()}
    return Cast(
        town=Town.get(Town.code == "064998"),
        other_town=Town.get(Town.code == "064009"),
        keiko=residents["keiko"],
        ken=residents["ken"],
        company=residents["nagisa"],
        clerk=members["miura"],
        other_clerk=members["hori"],
        administrator=members["chief"],
        system=members["system"],
        foreign_clerk=members["yunagi"],
        dogs=Procedure.get(Procedure.slug == "dog-registration"),
    )


def _staff(login_id, name, role, town, divisions) -> Staff:
    return staff.create(login_id, name, role, town, divisions, PASSWORD, must_change=False)


@pytest.fixture
def whole(cast) -> Town:
    """The cast's town with everything that ships."""
    return cast.town


@pytest.fixture
def browser(cast):
    """Opens browsers that check every page they see: browser() is a stranger, browser(cast.keiko) is signed in."""

    def open_browser(who: Resident | Staff | None = None, **headers) -> Browser:
        opened = Browser(web.app, extra_environ={"HTTP_HOST": "madoguchi.test", "REMOTE_ADDR": "192.0.2.1", **headers})
        if isinstance(who, Resident):
            opened.log_in(who.email, PASSWORD)
        elif isinstance(who, Staff):
            opened.log_in_staff(who.login_id, PASSWORD)
        return opened

    return open_browser
