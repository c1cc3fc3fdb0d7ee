"""Three towns on one installation: nothing of one is seen, found, changed or downloaded by another's staff (R-8.4)."""

from __future__ import annotations

import inspect
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from browser_stand_in import Browser
from cast_acts import PASSWORD
from conftest import NOW, build_settings
from three_towns import PROCEDURES, Place, build

import clock
import config
import demo
import models
import views  # noqa: F401 - declares every screen
from models import TABLES, Procedure, Staff
from rules.procedures import procedure
from web import Who, app

ROOT = Path(__file__).resolve().parent.parent

# What stands in an address in place of a wildcard, by the rule up to it: a kind of id, or a word that fits.
IDS = {
    "/staff/applications/<id>": "application",
    "/staff/applications/<id>/files/<file>": "file",
    "/staff/applications/<id>/issued/<document>": "document",
    "/staff/categories/<id>": "category",
    "/staff/closing-days/<id>": "closing_day",
    "/staff/counters/<id>": "counter",
    "/staff/counters/<id>/days/<day>": "counter_day",
    "/staff/divisions/<id>": "division",
    "/staff/export/<id>": "procedure",
    "/staff/guides/<id>": "guide",
    "/staff/mails/<id>": "mail",
    "/staff/notices/<id>": "notice",
    "/staff/people/<id>": "staff",
    "/staff/procedures/<id>": "procedure",
    "/staff/recovery/<id>": "resident",
    "/staff/reservations/<id>": "reservation",
    "/staff/reservations/counters/<id>": "counter",
    "/staff/searches/<id>": "search",
    "/staff/stops/<id>": "stop",
    "/staff/towns/<id>": "town",
}
WORDS = {
    "/staff/applications/<id>/<name>": "approve",
    "/staff/mail-texts/<kind>": "received",
    "/staff/pages/<name>": "faq",
    "/staff/procedures/<id>/mails/<kind>": "received",
    "/staff/procedures/<id>/pages/<key>": "PAGE",
    "/staff/procedures/<id>/paper-forms/<name>": "dog-registration.pdf",
    "/staff/procedures/<id>/preview/<key>": "PAGE",
    "/staff/procedures/<id>/questions/<key>": "QUESTION",
    "/staff/procedures/<id>/versions/<number>": "1",
    "/staff/procedures/new/library/<name>": "dog-registration",
}
ROUTES = sorted(
    (
        (route.rule, route.method, route.config["screen"])
        for route in app.routes
        if route.rule.startswith("/staff") and route.config["screen"].who is not Who.ANYONE
    ),
    key=lambda found: found[:2],
)
DOGS = json.loads((demo.STARTER / "procedures" / "dog-registration.json").read_text(encoding="utf-8"))
GUIDE = (demo.STARTER / "guides" / "moving.txt").read_text(encoding="utf-8")


def parts_of(rule: str) -> list[str]:
    """The rule at every wildcard, up to and with it, without converters: what the tables above are keyed by."""
    plain = re.sub(r"<(\w+)(?::[^>]*)?>", r"<\1>", rule)
    return [plain[: found.end()] for found in re.finditer(r"<\w+>", plain)]


def filled(rule: str, ids: dict[str, int]) -> str:
    """An address of a rule with the ids of a town in it."""
    plain = re.sub(r"<(\w+)(?::[^>]*)?>", r"<\1>", rule)
    for part in reversed(parts_of(rule)):
        value = str(ids[IDS[part]]) if part in IDS else WORDS[part]
        value = {"PAGE": DOGS["form"]["pages"][0]["key"], "QUESTION": "dog_name"}.get(value, value)
        plain = plain[: part.rindex("<")] + value + plain[len(part) :]
    return plain


def names_a_row(rule: str) -> bool:
    return any(part in IDS for part in parts_of(rule))


def test_every_wildcard_is_known():
    """A screen added later has to say here what its wildcards stand for."""
    assert [part for rule, _, _ in ROUTES for part in parts_of(rule) if part not in IDS and part not in WORDS] == []
    # A number in an address is an id, unless it counts within a row that was looked up before.
    numbers = {
        part
        for rule, _, _ in ROUTES
        for part, kind in zip(parts_of(rule), re.findall(r"<\w+(?::([^>]*))?>", rule), strict=True)
        if kind == "int" and part not in IDS
    }
    assert numbers == {"/staff/procedures/<id>/versions/<number>"}


@pytest.fixture(scope="module")
def built(template_database, hashed, tmp_path_factory) -> tuple[Path, dict[str, Place]]:
    """The towns, made once for this file."""
    settings = build_settings(tmp_path_factory.mktemp("towns"))
    shutil.copy(template_database, settings.database)
    config.use(settings)
    models.open_database(settings.database)
    models.connect()
    procedure.forget()
    with clock.at(NOW):
        places = build(DOGS, GUIDE, hashed)
    models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.database.close()
    return settings.data, places


@pytest.fixture
def towns(built, town_db) -> dict[str, Place]:
    """A copy of them for one test."""
    models.database.close()
    shutil.copytree(built[0], town_db.data, dirs_exist_ok=True)
    models.open_database(town_db.database)
    models.connect()
    procedure.forget()
    return built[1]


def test_there_is_something_to_see(towns):
    """Three towns, sixty procedures each."""
    for place in towns.values():
        mine = Procedure.select().where(Procedure.town == place.town)
        assert mine.count() == PROCEDURES == mine.where(Procedure.listed_as.is_null(False)).count()


# ---------------------------------------------------------------- what is looked at


def opened(who: Staff) -> Browser:
    browser = Browser(app, extra_environ={"HTTP_HOST": "madoguchi.test", "REMOTE_ADDR": "192.0.2.1"})
    browser.checks_pages = False
    browser.log_in_staff(who.login_id, PASSWORD)
    return browser


def text_of(response) -> str:
    """Everything in an answer, of a ZIP what is in its files and their names, as whichever letters it is written in."""
    body, found = response.body, ""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                found += name
                body += archive.read(name)
    return found + body.decode("utf-8", "ignore") + body.decode("cp932", "ignore") + str(response.headers)


def foreign_rows(towns: dict[str, Place], mine: Place) -> dict[tuple[str, int], tuple]:
    """Every row that belongs to another town, by whichever way its foreign keys lead there."""
    theirs = {("town", place.town.id) for place in towns.values() if place is not mine}
    rows: dict[tuple[str, int], tuple] = {}
    shared = {"session", "login_guard", "throttle_event"}
    for table in TABLES:
        name = table._meta.table_name
        links = [
            (number, field.rel_model._meta.table_name)
            for number, field in enumerate(table._meta.sorted_fields)
            if isinstance(field, models.ForeignKeyField)
        ]
        for row in models.ask(f"SELECT {','.join(f.column_name for f in table._meta.sorted_fields)} FROM {name}"):
            key = (name, row[0])
            if key in theirs or any((target, row[number]) in theirs for number, target in links):
                theirs.add(key)
                if name not in shared:
                    rows[key] = row
    return rows


def pressed(screen) -> list[str]:
    """The buttons that stand on the pages of a screen's feature; none is what Enter sends in old browsers."""
    folder = ROOT.joinpath(*screen.handler.__module__.split(".")[:-1])
    on_pages = {
        name
        for path in folder.glob("*.html")
        for name in re.findall(r'name="act_([a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    # Those that the act asks for; to the others it is the same whether they were pressed.
    asked_for = set(re.findall(r'"([a-z_]+)"', inspect.getsource(screen.handler)))
    return ["", *sorted(on_pages & asked_for)]


def sent_along(ids: dict[str, int], revision: int) -> dict[str, object]:
    """Fields of every kind, each naming something of another town."""
    named = ("division", "category", "counter", "procedure", "town", "parent", "divisions", "to", "from", "page")
    fields: dict[str, object] = {"revision": revision, "reason": "理由", "name": "あたらしい名前", "title": "題名"}
    fields |= {"body": "本文", "text": "題：試し\n", "subject": "件名 {number}", "login_id": f"new{revision}"}
    fields |= {field: ids.get(field, ids["division"]) for field in named}
    fields |= {"assignee": ids["staff"], "copy": ids["procedure"], "message": "文"}
    return fields | {"words": "共通のことば", "seen": "0"}


def queries(ids: dict[str, int]) -> list[str]:
    asked = "&".join(f"{kind}={ids[kind]}" for kind in ("procedure", "division", "category", "counter", "town"))
    asked += f"&copy={ids['procedure']}"
    return ["", f"?{asked}", f"?words=%E5%85%B1%E9%80%9A&{asked}&state=all", "?words=%E8%8A%B1%E5%AD%90&state=all"]


WHO = ("clerk", "administrator")


@pytest.mark.parametrize("who", WHO)
def test_no_page_shows_anything_of_another_town(towns, who):
    """R-8.4: every page, list, search and download, with the ids of two other towns: 404, and not a word of theirs."""
    mine, *others = towns.values()
    before = foreign_rows(towns, mine)
    browser, wrong = opened(getattr(mine, who)), []

    def look(rule: str, path: str) -> int:
        answer = browser.get(path, expect_errors=True)
        wrong.extend([(answer.status_int, path)] if answer.status_int >= 500 else [])
        wrong.extend((place.mark, path) for place in others if place.mark in text_of(answer))
        return answer.status_int

    for rule, method, _ in ROUTES:
        if method != "GET":
            continue
        if not names_a_row(rule):
            for query in queries(others[0].ids):
                look(rule, filled(rule, {}) + query)
            continue
        for other in others:
            # Theirs, and what is theirs below something of one's own.
            below = [mine.ids | {kind: other.ids[kind]} for kind in ("file", "document") if f"<{kind}:" in rule]
            for ids in [other.ids, *below]:
                status = look(rule, filled(rule, ids))
                wrong += [] if status == 404 else [(status, rule)]
        look(rule, filled(rule, mine.ids))
    assert wrong == []
    assert foreign_rows(towns, mine) == before


@pytest.mark.parametrize("who", WHO)
def test_no_act_reaches_another_town(towns, who):
    """R-8.4: every act on their rows is a 404; on one's own with theirs named in the form, theirs stay as they were."""
    mine, *others = towns.values()
    before = foreign_rows(towns, mine)
    browser = opened(getattr(mine, who))
    wrong = []
    for rule, method, screen in ROUTES:
        if method != "POST" or rule == "/staff/password":
            continue
        for other in others:
            for act in pressed(screen):
                fields = sent_along(other.ids, 0) | ({f"act_{act}": "押す"} if act else {})
                path = filled(rule, other.ids)
                answer = browser.post(path, fields | {"csrf": csrf(browser)}, expect_errors=True)
                wrong += [(answer.status_int, path, act)] if answer.status_int >= 500 else []
                wrong += [(place.mark, rule, act) for place in others if place.mark in text_of(answer)]
                if names_a_row(rule) and answer.status_int != 404:
                    wrong.append((answer.status_int, rule, act))
    assert wrong == []
    assert foreign_rows(towns, mine) == before


@pytest.mark.parametrize("who", WHO)
def test_nothing_of_another_town_is_named_from_ones_own(towns, who):
    """R-8.4: a division, a category, a colleague, a procedure of theirs cannot be chosen by a crafted form."""
    mine, other, _ = towns.values()
    browser, wrong = opened(getattr(mine, who)), []
    before = foreign_rows(towns, mine)
    for rule, method, screen in ROUTES:
        if method != "POST" or not names_a_row(rule) or rule.startswith("/staff/people"):
            continue
        for act in pressed(screen):
            fields = sent_along(other.ids, revision(rule, mine.ids)) | ({f"act_{act}": "押す"} if act else {})
            answer = browser.post(filled(rule, mine.ids), fields | {"csrf": csrf(browser)}, expect_errors=True)
            wrong += [(answer.status_int, rule, act)] if answer.status_int >= 500 else []
            wrong += [(other.mark, rule, act)] if other.mark in text_of(answer) else []
    assert wrong == []
    assert foreign_rows(towns, mine) == before


def revision(rule: str, ids: dict[str, int]) -> int:
    """The present revision of the row that an address is about, so that a form is taken for a fresh one."""
    kind = IDS[next(part for part in parts_of(rule) if part in IDS)]
    if kind == "counter_day":  # goes by its counter's
        kind = "counter"
    kinds = ("application", "category", "counter", "division", "guide", "notice", "procedure", "reservation", "staff")
    if kind not in (*kinds, "town"):
        return 0
    return models.ask(f"SELECT COALESCE(MAX(revision), 0) FROM {kind} WHERE id = {{}}", ids[kind])[0][0]


def csrf(browser: Browser) -> str:
    """The token of whoever is signed in, read once."""
    if not hasattr(browser, "known_token"):
        page = browser.get("/staff/audit")
        browser.known_token = next(form["csrf"].value for form in page.forms.values() if "csrf" in form.fields)
    return browser.known_token


def test_residents_have_one_account_for_all(towns):
    """R-8.4: the lists of each town are its own, the account is everybody's."""
    mine, other, _ = towns.values()
    browser = Browser(app, extra_environ={"HTTP_HOST": "madoguchi.test", "REMOTE_ADDR": "192.0.2.1"})
    browser.log_in(f"{mine.town.code}@example.jp", PASSWORD)
    page = browser.visit(f"/towns/{other.town.code}/procedures?words=%E5%85%B1%E9%80%9A")
    assert other.mark in page.text and f"{mine.mark}の登録申請" not in page.text
    browser.visit(f"/procedures/{other.ids['procedure']}")
    browser.press("start")
    assert browser.page.request.path.startswith("/applications/") and other.mark in browser.page.text
