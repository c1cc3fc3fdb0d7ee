"""The house rules that a test can hold; each has been seen to fail."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from browser_stand_in import faults_of
from webtest.response import TestResponse

import models
import views  # noqa: F401 - declares every screen
from rules.operation import schema
from web import Who, app

ROOT = Path(__file__).resolve().parent.parent
LAYERS = {
    "config": set(),
    "clock": set(),
    "turns": set(),
    "models": {"config", "clock", "turns", "models"},
    "rules": {"models", "config", "clock", "rules"},
    "outside": {"config", "clock", "outside"},
    "web": {"rules", "models", "config", "clock", "turns", "web"},
    "views": {"web", "rules", "outside", "models", "config", "clock", "views"},
    "jobs": {"rules", "outside", "models", "config", "clock"},
    "manage": {"rules", "outside", "models", "config", "clock"},
    "demo": {"rules", "models", "config", "clock"},
    "serving": {"web", "config"},
    "app": {"serving", "views", "web", "jobs", "demo", "rules", "models", "config", "clock"},
}
# Who.ANYONE, and why.
OPEN = {
    "GET /",
    "GET /towns/<code:re:[0-9]{6}>",
    "GET /procedures",
    "GET /towns/<code:re:[0-9]{6}>/procedures",
    "GET /towns/<code:re:[0-9]{6}>/procedures.csv",
    "GET /towns/<code:re:[0-9]{6}>/procedures/kana",
    "GET /procedures/<id:int>/forms/<form:int>",
    "GET /procedures/<id:int>",
    "GET /procedures/<id:int>/existing",
    "POST /procedures/<id:int>/anew/<key>",
    "POST /procedures/<id:int>/apply-without-login",
    "GET /sign-up",
    "POST /sign-up",
    "GET /sign-up/code",
    "POST /sign-up/code",
    "GET /sign-up/profile",
    "POST /sign-up/profile",
    "GET /sign-up/confirm",
    "POST /sign-up/register",
    "GET /towns/<code:re:[0-9]{6}>/notices",
    "GET /notices/<id:int>",
    "GET /stops",
    "GET /login",
    "POST /login",
    "POST /logout",
    "GET /reset",
    "POST /reset",
    "GET /reset/code",
    "POST /reset/code",
    "GET /recovery",
    "POST /recovery",
    "GET /recovery/code",
    "POST /recovery/code",
    "GET /mypage/account/closed",
    "GET /help/<name>",
    "GET /towns/<code:re:[0-9]{6}>/help/<name>",
    "GET /inquiry",
    "POST /inquiry",
    "GET /inquiry/ended",
    "GET /towns/<code:re:[0-9]{6}>/guides",
    "GET /guides/<id:int>",
    "GET /guides/<id:int>/questions",
    "POST /guides/<id:int>/questions",
    "GET /guides/<id:int>/result",
    "GET /guides/<id:int>/print",
    "GET /look",
    "GET /static/<name>",
    "GET /staff/login",
    "POST /staff/login",
    "POST /staff/logout",
    "GET /demo/mail",
    "GET /demo/mail/<name:re:[0-9A-Za-z._-]+>",
}


def sources(*places: str) -> list[Path]:
    found = []
    for place in places:
        path = ROOT / place
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [path for path in found if "__pycache__" not in path.parts]


PRODUCT = sources(
    "app.py",
    "serving.py",
    "demo.py",
    "jobs.py",
    "manage.py",
    "config.py",
    "clock.py",
    "turns.py",
    "models",
    "rules",
    "outside",
    "web",
    "views",
)


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path) for path in PRODUCT}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The project's own modules that a file imports, wherever in the file."""
    known, found = MODULES, set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return frozenset(name for name in found if name.split(".")[0] in LAYERS)


def test_imports_point_down():
    wrong = [
        f"{module_of(path)} imports {name}"
        for path in PRODUCT
        for name in imports_of(path)
        if name.split(".")[0] not in LAYERS[module_of(path).split(".")[0]]
    ]
    assert not wrong


def test_rules_know_no_web():
    banned = {"bottle", "waitress", "multipart", "smtplib", "socket", "urllib.request", "http"}
    wrong = []
    for path in sources("rules", "models"):
        for node in ast.walk(tree_of(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            wrong += [f"{module_of(path)} imports {name}" for name in names if name in banned]
    assert not wrong


def test_one_feature_does_not_use_another():
    wrong = []
    for path in sources("views"):
        mine = module_of(path).split(".")[:3]
        wrong += [
            f"{module_of(path)} imports {name}"
            for name in imports_of(path)
            if name.startswith("views.") and len(mine) == 3 and name.split(".")[:3] != mine
        ]
    assert not wrong


def test_no_circles():
    arrows = {module_of(path): imports_of(path) - {module_of(path)} for path in PRODUCT}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name in done:
            return
        for target in sorted(arrows.get(name, ())):
            walk(target, (*way, name))
        done.add(name)

    for name in sorted(arrows):
        walk(name, ())


def test_screens_do_not_write():
    wrong = []
    for path in sources("views"):
        text = path.read_text(encoding="utf-8")
        for call in re.findall(
            r"\.(save|create|change|insert|insert_many|get_or_create|update|delete|delete_instance|execute|execute_sql)\(",
            text,
        ):
            wrong.append(f"{path.name}: .{call}(")
        if "transaction" in text:
            wrong.append(f"{path}: transaction")
    assert not wrong


def test_every_screen_says_who():
    for route in app.routes:
        assert isinstance(route.config["screen"].who, Who), route.rule


def test_the_open_screens_are_these():
    found = {f"{r.method} {r.rule}" for r in app.routes if r.config["screen"].who is Who.ANYONE}
    assert found == OPEN


def test_staff_screens_are_for_staff():
    for route in app.routes:
        if route.rule.startswith("/staff") and f"{route.method} {route.rule}" not in OPEN:
            assert route.config["screen"].who not in (Who.ANYONE, Who.RESIDENT, Who.APPLICANT), route.rule


def test_a_post_is_a_post():
    """House rule 2: acts are not reachable by GET."""
    for route in app.routes:
        assert route.method in ("GET", "POST")


@pytest.mark.parametrize("path", sorted((ROOT / "views").rglob("*.html")), ids=lambda p: p.name)
def test_templates(path):
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"\{\{!.*?\}\}", text)) <= {"{{!base}}"}
    assert "<button" not in text
    assert "<script" not in text
    assert not re.search(r"\sstyle=", text)
    assert not text.startswith("\ufeff")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL | re.IGNORECASE):
        assert 'name="csrf"' in form


def test_sizes():
    """House rule 13: small rooms."""
    wrong = []
    for path in PRODUCT:
        text = path.read_text(encoding="utf-8")
        limit = 400
        lines = text.count("\n")
        if lines > limit:
            wrong.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1
                if length > 45:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.name}: {length} lines")
    assert not wrong


def test_every_module_says_what_it_is_about():
    for path in PRODUCT:
        tree = tree_of(path)
        assert ast.get_docstring(tree) or not tree.body, path


def _schema() -> list[tuple]:
    sql = (
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'schema_migration%' AND name NOT LIKE 'procedure_search%' ORDER BY type, name"
    )
    return models.database.execute_sql(sql).fetchall()


def test_migrations_equal_models(tmp_path):
    """Types, nulls, keys, indexes and checks, not names alone."""
    assert schema.pending() == []
    migrated = _schema()
    models.open_database(tmp_path / "models.sqlite3")
    models.connect()
    models.database.create_tables(models.TABLES)
    assert migrated == _schema()


def test_migrations_do_not_import_the_models():
    for path in sources("migrations"):
        assert not re.search(r"^\s*(from|import) (models|rules|web|config)\b", path.read_text(encoding="utf-8"), re.M)


def test_every_table_is_listed():
    tables = {value for value in vars(models).values() if isinstance(value, type) and issubclass(value, models.Table)}
    assert tables - {models.Table} == set(models.TABLES)


def _glossary_terms() -> set[str]:
    terms = set()
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) >= 3 and "`" in cells[1] and cells[2] != "later":
            terms |= set(re.findall(r"`([A-Za-z_.]+)`", cells[1]))
    return terms


def test_glossary_terms_exist_in_the_code():
    words = {word for path in PRODUCT for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    terms = _glossary_terms()
    assert len(terms) > 20
    begun = {word[:end] for word in words for end in range(1, len(word) + 1)}
    assert [term for term in sorted(terms) if term.split(".")[-1] not in begun] == []


def test_windows():
    """No POSIX-only call outside the guarded places, every text file opened with its encoding, ASCII names."""
    wrong = []
    for path in PRODUCT + sources("migrations"):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if re.search(r"\bos\.fork\b|\bSIGKILL\b|\bSIGALRM\b|\bfcntl\b|\bpwd\b\.|\bresource\.", text):
            wrong.append(f"{name}: POSIX only")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                wrong += _without_encoding(node, str(name))
    wrong += [
        str(p) for p in ROOT.rglob("*") if not p.name.isascii() and ".git" not in p.parts and ".venv" not in p.parts
    ]
    assert not wrong


def _without_encoding(call: ast.Call, name: str) -> list[str]:
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called not in ("open", "read_text", "write_text") or any(k.arg == "encoding" for k in call.keywords):
        return []
    if isinstance(function, ast.Attribute) and called == "open":
        return []
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if called == "open" and any("b" in mode for mode in modes):
        return []
    return [f"{name}:{call.lineno}: {called} without encoding"]


# ---------------------------------------------------------------- the checker of pages can find what it looks for

GOOD = (
    "<!DOCTYPE html>\n<html lang='ja'><head><meta charset='utf-8'><title>見出し - 町</title></head>"
    "<body><h1>見出し</h1>"
    "<form method='post' action='/x'><input type='hidden' name='csrf' value='t'><label for='a'>名前</label>"
    "<input type='text' name='a' id='a'></form></body></html>"
)


def page_of(text: str) -> TestResponse:
    return TestResponse(text, content_type="text/html", charset="utf-8")


def test_a_good_page_has_no_faults():
    assert faults_of(page_of(GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<!DOCTYPE html>", "\n<!DOCTYPE html>"),
        ("<h1>見出し</h1>", ""),
        ("<h1>見出し</h1>", "<h1>見出し</h1><h1>見出し</h1>"),
        ("<title>見出し", "<title>町 見出し"),
        ("<label for='a'>", "<label for='b'>"),
        ("name='csrf' value='t'", "name='other' value='t'"),
        ("</body>", "<script>1</script></body>"),
        ("</body>", "<button>x</button></body>"),
        ("</body>", "<section>x</section></body>"),
        ("</body>", "<p style='color:red'>x</p></body>"),
        ("</body>", "<a onclick='x()'>x</a></body>"),
        ("</body>", f'<a href="/?x={"x" * 2100}">x</a></body>'),
        ("</body>", "<p id='a'>x</p></body>"),
        ("<input type='text' name='a' id='a'>", "<input type='file' name='a' id='a'>"),
    ],
)
def test_a_bad_page_is_found(old, new):
    assert faults_of(page_of(GOOD.replace(old, new))) != []
