"""The demo: the sample town with three staff accounts and two counters, made on the first start and kept."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import config
import models
from models import Category, Counter, Division, OpeningHours, Role, Staff, Town
from rules.accounts import staff
from rules.counters import by_town
from rules.counters.by_town import Caller
from rules.guides import guide
from rules.operation import schema
from rules.procedures import procedure
from rules.records import postal_code
from rules.records.session import SignedInStaff
from rules.values import postal
from rules.visits import hours

STARTER = config.PROGRAM / "data" / "starter"
LOGINS = "demo-logins.txt"
_HANDLES_DOGS = "dog-registration"

_CONFIG = """# The demo's settings. Its base_url follows --listen.
base_url = "http://127.0.0.1:8080"

[mail]
transport = "folder"
from = "madoguchi@asanagi.example.jp"
"""


class NotADemo(Exception):
    """The folder belongs to a real town."""


def prepare(data: Path, base_url: str, port: int) -> config.Config:
    """The demo's settings; fills the folder with the sample town when it is empty."""
    if not (data / "config.toml").exists():
        config.create(data, _CONFIG)
    elif (data / "madoguchi.sqlite3").exists() and not (data / LOGINS).exists():
        raise NotADemo(f"{data} is the data folder of a real town. Leave --demo out, or give another folder.")
    local = tuple(url for url in (f"http://localhost:{port}", f"http://127.0.0.1:{port}") if url != base_url)
    settings = config.load(data, base_url=base_url, more_urls=local, demo=True)
    config.use(settings)
    models.open_database(settings.database)
    schema.migrate()
    with models.transaction():
        if Town.select().count() == 0:
            fill(data)
    return settings


def fill(data: Path) -> Town:
    """The sample town, its procedures and its staff; the passwords go into demo-logins.txt."""
    town = town_from_file()
    for path in sorted((STARTER / "procedures").glob("*.json")):
        procedure.load(town, json.loads(path.read_text(encoding="utf-8")), forms=path.parent / "forms")
    for path in sorted((STARTER / "guides").glob("*.txt")):
        guide.load(town, path.stem, path.read_text(encoding="utf-8"))
    postal_code.load(postal.read((STARTER / "postal" / "sample.csv").read_bytes()))
    dogs = models.Procedure.get(models.Procedure.slug == _HANDLES_DOGS).division
    lines = []
    for login_id, name, role, divisions in (
        ("clerk", "窓口 花子", Role.CLERK, [dogs]),
        ("administrator", "町野 一郎", Role.TOWN_ADMINISTRATOR, []),
        ("system", "情報 太郎", Role.SYSTEM_ADMINISTRATOR, []),
    ):
        password = secrets.token_urlsafe(12)
        belongs = None if role is Role.SYSTEM_ADMINISTRATOR else town
        staff.create(login_id, name, role, belongs, divisions, password, must_change=False)
        lines.append(f"{login_id} {password} {role}")
    _visits(town)
    (data / LOGINS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return town


_MORNING, _AFTERNOON = (9 * 60, 12 * 60), (13 * 60, 16 * 60 + 30)


def _visits(town: Town) -> None:
    """Two counters with their hours, and a few bookings by telephone, so that one can try the rest."""
    member = Staff.get(Staff.login_id == "administrator")
    me = SignedInStaff(member.id, member.name, Role.TOWN_ADMINISTRATOR, town.id, False, 0)
    for division, name, place, slot, seats in (
        ("住民生活課", "住民窓口", "本庁舎1階 1番", 30, 3),
        ("総務課", "情報公開窓口", "本庁舎2階", 60, 1),
    ):
        counter = Counter.create(
            town=town,
            division=Division.get((Division.town == town) & (Division.name == division)),
            name=name,
            place=place,
            map_text="正面玄関を入って、案内の前をお進みください。\n駐車場は、庁舎の南側です。",
            slot_minutes=slot,
            seats=seats,
        )
        for weekday in range(1, 6):
            for opens, closes in (_MORNING, _AFTERNOON):
                OpeningHours.create(counter=counter, weekday=weekday, opens=opens, closes=closes)
        _callers(me, counter)


def _callers(me: SignedInStaff, counter: Counter) -> None:
    plan, today = hours.plan_of(counter), hours.today()
    slots = [slot for day in hours.days_between(*plan.window(today)) for slot in plan.slots(day)]
    callers = (("佐藤 和子", "0999-00-1401"), ("高橋 正", "0999-00-1402"), ("伊藤 美咲", "0999-00-1403"))
    for at, (name, telephone) in enumerate(callers):
        by_town.enter(me, counter.id, slots[2 + 3 * at], Caller(name, telephone, "引っ越しの手続き"))


def town_from_file() -> Town:
    """The sample town with its divisions and fields, as data/starter/town.json describes it."""
    described = json.loads((STARTER / "town.json").read_text(encoding="utf-8"))
    divisions, categories = described.pop("divisions"), described.pop("categories")
    town: Town = Town.create(**described)
    made: dict[str, Division] = {}
    for position, division in enumerate(divisions):
        parent = made.get(division.pop("parent") or "")
        made[division["name"]] = Division.create(town=town, parent=parent, position=position, **division)
    for position, category in enumerate(categories):
        Category.create(town=town, position=position, **category)
    return town


def logins(data: Path) -> list[str]:
    """The lines "ID PASSWORD ROLE" of the demo's staff, where Staff still holds them."""
    lines = (data / LOGINS).read_text(encoding="utf-8").split("\n")
    known = {login_id for (login_id,) in models.tuples(Staff.select(Staff.login_id))}
    return [line for line in lines if line and line.split(" ")[0] in known]
