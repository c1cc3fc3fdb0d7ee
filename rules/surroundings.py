"""What every page shows around its content: the town, the menus, what staff must be warned of."""

from __future__ import annotations

import config
from models import Role, Town
from rules import inbox, mail_list
from rules.session import SignedInStaff


def only_town() -> Town | None:
    """The town, where the installation has just one."""
    towns = Town.rows("closed_at IS NULL ORDER BY id LIMIT 2")
    return towns[0] if len(towns) == 1 else None


def open_town(code: str) -> Town | None:
    """The town of this code, if it takes part."""
    return Town.row("code = {} AND closed_at IS NULL", code)


def staff_town(me: SignedInStaff | None) -> Town | None:
    """The town a member of staff works for; None for residents and system administrators."""
    return Town.row("id = {}", me.town) if me and me.town else None


def home(town: Town | None) -> str:
    """The path of a town's page: / where there is one town only."""
    alone = only_town()
    return "/" if town is None or (alone and alone.id == town.id) else f"/towns/{town.code}"


def procedures_path(town: Town) -> str:
    """The path of a town's 手続き一覧."""
    return f"/towns/{town.code}/procedures"


def staff_menu(me: SignedInStaff, path: str) -> list[tuple[str, str, bool, int | None, str | None]]:
    """(word, path, here, count, alarm) of the staff menu, as far as the role reaches."""
    failed = mail_list.failed(me)
    alarm = f"失敗{failed}" if failed else None
    waiting = None if me.role is Role.SYSTEM_ADMINISTRATOR else inbox.open_count(me)
    menu: list[tuple[str, str, bool, int | None, str | None]] = [
        (
            "受付箱",
            "/staff/",
            path.startswith(("/staff/applications",)) or path in ("/staff", "/staff/"),
            waiting,
            None,
        ),
        ("操作ログ", "/staff/audit", path.startswith("/staff/audit"), None, None),
        ("送信メール", "/staff/mails", path.startswith("/staff/mails"), None, alarm),
    ]
    return menu[1:] if me.role is Role.SYSTEM_ADMINISTRATOR else menu


def staff_warnings() -> list[str]:
    """What stands on top of every staff page until it is put right."""
    if config.settings().files.virus_scan == "off":
        return ["添付ファイルのウイルス検査をしていません。情報システムの担当者に知らせてください。"]
    return []


def towns() -> list[Town]:
    """Every town of this installation, for the portal."""
    return list(Town.select().where(Town.closed_at.is_null()).order_by(Town.code))
