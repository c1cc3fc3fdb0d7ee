"""What every staff page shows around its content: the menu, and what staff must be warned of."""

from __future__ import annotations

import config
from models import Role
from rules import inbox, mail_list
from rules.session import SignedInStaff


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
