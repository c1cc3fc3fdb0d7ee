"""What an operator types: make a data folder, migrate its database, make staff, load procedures, check."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import peewee

import config
import models
from models import Division, Role, Staff, Town
from outside import antivirus, inspector
from rules import Refusal
from rules.accounts import staff
from rules.files import storage
from rules.forms.fields import PREFECTURES
from rules.guides import guide, guide_lint, guide_text
from rules.operation import doctor, schema
from rules.procedures import export, loading, procedure, procedure_file, schema_of, upload_set
from rules.records import numbering, postal_code
from rules.values import postal


class Stop(Exception):
    """A sentence for the operator; the command ends with 1."""


def main(arguments: list[str] | None = None) -> int:
    # cp932 consoles must survive a name they cannot show.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = _options(arguments)
    try:
        return int(options.command(options) or 0)
    except (Stop, Refusal, config.ConfigError, OSError) as fault:
        print(fault, file=sys.stderr)
    except peewee.DatabaseError as fault:
        print(f"{config.settings().database}: {fault}", file=sys.stderr)
    return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What an operator of Madoguchi types")
    parser.add_argument("--data", type=Path, default=config.PROGRAM / "data" / "live", help="the data folder")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    init = commands.add_parser("init", help="make the data folder: config.toml, secret.key and the database")
    init.add_argument("--town-code", help="6 digits (全国地方公共団体コード)")
    init.add_argument("--town-name")
    init.add_argument("--base-url", help="where residents find the service, https://…")
    init.add_argument("--mail", help="folder or smtp://HOST:PORT")
    init.add_argument("--mail-from", help="the sender of mails (default: madoguchi@HOST of base_url)")
    init.set_defaults(command=_init)

    migrate = commands.add_parser("migrate", help="bring the database up to this program's version")
    migrate.set_defaults(command=_migrate)

    create = commands.add_parser("create-staff", help="make a staff account and print its one-time password")
    create.add_argument("--id", required=True)
    create.add_argument("--name", required=True)
    create.add_argument("--role", required=True, choices=[str(role) for role in Role])
    create.add_argument("--town", help="the town's code; needed where there are several")
    create.add_argument("--division", action="append", default=[], help="may be given several times")
    create.set_defaults(command=_create_staff)

    _procedure_commands(commands)
    guides = commands.add_parser("load-guides", help="load the texts of 手続き判定 and publish them")
    guides.add_argument("files", nargs="+", type=Path, metavar="FILE")
    guides.add_argument("--town", help="the town's code; needed where there are several")
    guides.set_defaults(command=_load_guides)

    _postal_options(commands)

    check = commands.add_parser("doctor", help="say what is wrong with the installation")
    check.set_defaults(command=_doctor)

    key = commands.add_parser("create-files-key", help="make the key that stored files are encrypted with")
    key.set_defaults(command=_create_files_key)

    files = commands.add_parser("check-files", help="prove that every stored file is there and unchanged")
    files.set_defaults(command=_check_files)
    return parser.parse_args(arguments)


def _postal_options(commands: Any) -> None:
    places = commands.add_parser("load-postal", help="load the postal service's list (utf_ken_all.csv or KEN_ALL.CSV)")
    places.add_argument("files", nargs="+", type=Path, metavar="FILE")
    places.add_argument(
        "--town",
        action="append",
        default=[],
        metavar="CODE",
        help="only these: a town's code, or the first two digits of a prefecture's; may be given several times",
    )
    places.set_defaults(command=_load_postal)


def _procedure_commands(commands: Any) -> None:
    load = commands.add_parser("load", help="load procedure files as drafts, or publish them")
    load.add_argument("files", nargs="+", type=Path, metavar="FILE")
    load.add_argument("--publish", action="store_true", help="publish them at once")
    load.add_argument("--town", help="the town's code; needed where there are several")
    load.set_defaults(command=_load)

    export = commands.add_parser("export", help="write procedures to files, with their paper forms in forms/ beside")
    export.add_argument(
        "names", nargs="*", metavar="ID|FOLDER", help="ids, at last a folder that exists, or with a / in its name"
    )
    export.add_argument("--all", action="store_true", help="all that are not closed; then only the folder is named")
    export.add_argument("--to", type=Path, metavar="FOLDER", help="the folder, also a new one (default: this one)")
    export.add_argument("--town", help="the town's code; needed where there are several")
    export.set_defaults(command=_export)

    tidy = commands.add_parser("format", help="write procedure files anew as export would; needs no data folder")
    tidy.add_argument("files", nargs="+", type=Path, metavar="FILE")
    tidy.set_defaults(command=_format)

    schema = commands.add_parser("schema", help="write the JSON Schema of procedure files; needs no data folder")
    schema.add_argument("file", type=Path, metavar="FILE")
    schema.set_defaults(command=_schema)


def _open(options: argparse.Namespace, *, current: bool = True) -> config.Config:
    settings = config.load(options.data.resolve())
    config.use(settings)
    if not settings.database.exists():
        raise Stop(f"{settings.database} does not exist. Restore it from the backup.")
    models.open_database(settings.database)
    models.connect()
    if current and schema.pending():
        command = f"python manage.py --data {options.data} migrate"
        raise Stop(f"The database is older than the program. Type: {command}")
    if current and schema.unknown():
        raise Stop("The database was written by a newer version of the program. Install that version.")
    return settings


# ---------------------------------------------------------------- init


def _ask(value: str | None, flag: str, question: str) -> str:
    """The flag's value; asked for at a terminal, refused otherwise."""
    if value:
        return value
    if not sys.stdin.isatty():
        raise Stop(f"{flag} is missing.")
    while not (answer := input(f"{question}: ").strip()):
        pass
    return answer


def _init(options: argparse.Namespace) -> None:
    code = _ask(options.town_code, "--town-code", "Town code, 6 digits")
    if not numbering.town_code_valid(code):
        raise Stop(f"--town-code: {code} is not a town code (6 digits, the last a check digit).")
    name = _ask(options.town_name, "--town-name", "Name of the town")
    base_url = _ask(options.base_url, "--base-url", "URL of the service")
    mail = _ask(options.mail, "--mail", "Mail: folder or smtp://HOST:PORT")
    data = options.data.resolve()
    if (data / "config.toml").exists():
        raise Stop(f"{data} has a config.toml already. Nothing was changed.")
    config.create(data, _config_text(base_url, _mail_lines(mail, options.mail_from, base_url)))
    try:
        settings = config.load(data)
    except config.ConfigError:
        # A wrong URL must not leave a folder behind that stops the next try.
        for made in ("config.toml", "secret.key"):
            (data / made).unlink()
        raise
    config.use(settings)
    models.open_database(settings.database)
    models.connect()
    schema.migrate()
    with models.transaction():
        # The first two digits of the code number the prefectures from north to south.
        Town.create(code=code, name=name, prefecture=PREFECTURES[int(code[:2]) - 1])
    print(f"{data} is ready. Next: python manage.py --data {data} create-staff --help")


def _mail_lines(mail: str, sender: str | None, base_url: str) -> list[str]:
    host = urlsplit(base_url).hostname or "localhost"
    lines = [f"from = {_quoted(sender or f'madoguchi@{host}')}"]
    if mail == "folder":
        return ['transport = "folder"', *lines]
    server = urlsplit(mail)
    try:
        port = server.port or 25
    except ValueError:
        port = 0
    if server.scheme != "smtp" or not server.hostname or not port:
        raise Stop("--mail must be folder or smtp://HOST:PORT.")
    place = [f"host = {_quoted(server.hostname)}", f"port = {port}", 'security = "none"']
    return ['transport = "smtp"', *lines, *place]


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string.
    return json.dumps(text, ensure_ascii=False)


def _config_text(base_url: str, mail: list[str]) -> str:
    lines = [
        "# Madoguchi: the settings of this installation (docs/operations.md lists all of them).",
        f"base_url = {_quoted(base_url.rstrip('/'))}",
        "",
        "[mail]",
        *mail,
        "",
        "[stops]",
        "# When residents' pages rest every day; empty = never.",
        'daily = "03:00-04:00"',
    ]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- the rest


def _migrate(options: argparse.Namespace) -> None:
    _open(options, current=False)
    applied = schema.migrate()
    print("\n".join(f"applied {name}" for name in applied) or "The database is up to date.")


def _town(code: str | None) -> Town:
    towns = list(Town.select().where(Town.closed_at.is_null()).order_by(Town.code))
    if code is None and len(towns) == 1:
        return towns[0]
    found = next((town for town in towns if town.code == code), None)
    if found is None:
        known = ", ".join(f"{town.code} {town.name}" for town in towns)
        raise Stop(f"--town must be one of: {known}")
    return found


def _create_staff(options: argparse.Namespace) -> None:
    _open(options)
    role = Role(options.role)
    town = None if role is Role.SYSTEM_ADMINISTRATOR else _town(options.town)
    divisions = []
    for name in options.division:
        division = Division.get_or_none((Division.town == town) & (Division.name == name))
        if division is None:
            known = ", ".join(row.name for row in Division.select().where(Division.town == town))
            known = known or "none yet; load procedures first"
            raise Stop(f"--division {name}: not known. Divisions: {known}")
        divisions.append(division)
    password = staff.new_password()
    made: Staff = staff.create(options.id, options.name, role, town, divisions, password)
    print(f"{made.login_id} {password}")
    print("This password is shown once; it has to be changed at the first login.")


def _load(options: argparse.Namespace) -> None:
    _open(options)
    made = loading.plan(_town(options.town), map(upload_set.from_folder, options.files), publish=options.publish)
    if made.faults:
        said = [f"{fault.file}：{fault.sentence}" for fault in made.faults]
        raise Stop("\n".join([*said, "何も読み込みませんでした。"]))
    for change in made.changes:
        print(f"{change.id} {change.name}：{_STATES[change.state]}")
        for line in change.lines if change.state == loading.CHANGED else ():
            print(f"  ・{line}")
        for remark in change.remarks:
            print(f"  ※{remark}")
    print("".join(f"{sentence}\n" for sentence in made.creates), end="")
    loaded = loading.take_in(made)
    if not loaded:
        print("読み込むものは、ありませんでした。")
    elif options.publish:
        print("\n".join(f"{row.slug} {row.name}：第{row.published}版を公開しました。" for row in loaded))
    else:
        print(f"{len(loaded)}件を、下書きとして読み込みました。職員の画面で確かめて公開するか、--publish を付けます。")


_STATES = {loading.NEW: "新しい手続きです", loading.CHANGED: "変わります", loading.SAME: "変わりません"}


def _export(options: argparse.Namespace) -> None:
    _open(options)
    town, names, folder = _town(options.town), list(options.names), options.to
    if folder is None and names and (options.all or _is_folder(names[-1], set(procedure.ids(town)))):
        folder = Path(names.pop())
    if bool(names) is options.all or (options.all and folder is None):
        raise Stop("書き出す手続きの名札（id）か、--all とフォルダーを1つだけ書きます。")
    folder = folder or Path()
    exported = export.collect(town, None if options.all else names)
    others = export.into_folder(exported, folder)
    old = "{}：今回書き出したものではありません。要らなければ、消してください。"
    for sentence in [*exported.remarks, *(old.format(folder / name) for name in others if options.all)]:
        print(sentence, file=sys.stderr)
    print(f"{folder.resolve()} に、手続き{len(exported.files)}件と、様式{len(exported.papers)}件を書き出しました。")


def _is_folder(name: str, ids: set[str]) -> bool:
    """Whether the last word names the folder: an id with a slip of the pen must not become one."""
    return name not in ids and (Path(name).is_dir() or any(sign in name for sign in "/\\"))


def _format(options: argparse.Namespace) -> int:
    wrong = 0
    for path in options.files:
        source = upload_set.from_folder(path)
        try:
            written = procedure_file.write(procedure_file.read(source.content))
        except Refusal as refusal:
            wrong += 1
            print(f"{path}：{refusal.message}", file=sys.stderr)
            continue
        if written != source.content:
            path.write_bytes(written)
            print(f"{path}：書き直しました。")
    return 1 if wrong else 0


def _schema(options: argparse.Namespace) -> None:
    options.file.write_bytes(schema_of.written())


def _load_guides(options: argparse.Namespace) -> None:
    _open(options)
    town = _town(options.town)
    known = guide.known_slugs(town.id)
    texts = {}
    for path in options.files:
        if not guide_text.SLUG.fullmatch(path.stem):
            raise Stop(f"{path}: name the file with small letters, digits and hyphens. Nothing was loaded.")
        try:
            texts[path] = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            raise Stop(f"{path}: {fault}") from None
        remarks = guide_lint.lint(texts[path], known)
        said = [f"{path}:{one.line}: {one.sentence}" for one in remarks]
        if any(one.grave for one in remarks):
            raise Stop("\n".join(said) + "\nNothing was loaded.")
        print("\n".join(said), end="\n" * bool(said))
    with models.transaction():
        for path, typed in texts.items():
            loaded = guide.load(town, path.stem, typed)
            print(f"{loaded.slug} {loaded.title}: published")


def _load_postal(options: argparse.Namespace) -> None:
    _open(options)
    entries: dict[postal.Entry, None] = {}
    for path in options.files:
        try:
            entries |= dict.fromkeys(postal.read(path.read_bytes()))
        except (OSError, postal.BadList) as fault:
            raise Stop(f"{path}: {fault}\nNothing was loaded.") from None
    try:
        counts = postal_code.load(entries, frozenset(options.town))
    except postal_code.Absent as absent:
        raise Stop(f"--town {absent}: no line is about it. Nothing was loaded.") from None
    print(f"{sum(counts.values())} places of {len(counts)} municipalities were loaded.")


def _doctor(options: argparse.Namespace) -> int:
    settings = _open(options, current=False)
    found = doctor.examine(settings, antivirus.state())
    if trouble := inspector.trouble():
        found.append(f"ERROR no file can be attached, since none can be looked into: {trouble}")
    for sentence in found:
        print(sentence)
    if not found:
        print("Nothing wrong was found.")
    return 1 if any(sentence.startswith("ERROR") for sentence in found) else 0


def _create_files_key(options: argparse.Namespace) -> None:
    data = options.data.resolve()
    path = config.files_key_path(data, config.load(data, new_files_key=True).files)
    print(f"The key of stored files is {path}. Keep a copy elsewhere: without it no encrypted file can be read.")
    print("With [files] encrypt = true, and after a restart, new files are encrypted.")


def _check_files(options: argparse.Namespace) -> int:
    _open(options)
    looked_at = wrong = 0
    for row, fault in storage.proved():
        looked_at += 1
        if fault:
            wrong += 1
            print(f"{row}: {fault}", flush=True)
    print(f"{looked_at} files were read, {wrong} of them are not as they were stored.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
