"""What stands around the content of every page: menus, the foot, and what must be told on all of them."""

from __future__ import annotations

from models import Role, Town
from rules.applications import inbox
from rules.files import scanner
from rules.records import mail_list, towns
from rules.records.session import SignedInStaff
from rules.town import stop
from rules.town.stop import Stop

_FOOT = (
    ("動作環境", "environment"),
    ("利用規約", "terms"),
    ("個人情報の取扱い", "privacy"),
    ("アクセシビリティ", "accessibility"),
    ("お問い合わせ", "contact"),
)

# The list of every stop that is to come.
STOPS_PATH = "/stops"

# What stands under 設定.
_SETTINGS = (
    "/staff/settings",
    "/staff/stops",
    "/staff/guides",
    "/staff/pages",
    "/staff/searches",
    "/staff/recovery",
    "/staff/towns",
    "/staff/divisions",
    "/staff/categories",
    "/staff/people",
    "/staff/closing-days",
    "/staff/counters",
    "/staff/mail-texts",
)


def resident_menu(town: Town, path: str) -> list[tuple[str, str, bool]]:
    """(word, path, here) of a town's menu."""
    menu = (
        ("手続き一覧", towns.procedures_path(town)),
        ("手続き判定", towns.guides_path(town)),
        ("お知らせ", towns.notices_path(town)),
        ("よくある質問", towns.help_path(town, "faq")),
    )
    return [(word, target, path == target) for word, target in menu]


def footer(town: Town | None) -> list[tuple[str, str]]:
    """(word, path) at the foot of every page of residents."""
    return [(word, towns.help_path(town, name)) for word, name in _FOOT]


def stops(town: Town | None, known: list[Stop]) -> list[tuple[str, str]]:
    """(sentence, path) of the stops to be announced now, out of those known."""
    near = stop.announced(known, town.id if town else None)
    return [(sentence, STOPS_PATH) for sentence in dict.fromkeys(map(stop.sentence, near))]


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
        ("予約", "/staff/reservations", path.startswith("/staff/reservations"), None, None),
        ("手続き", "/staff/procedures", path.startswith("/staff/procedures"), None, None),
        ("お知らせ", "/staff/notices", path.startswith("/staff/notices"), None, None),
        ("設定", "/staff/settings", path.startswith(_SETTINGS), None, None),
        ("操作ログ", "/staff/audit", path.startswith("/staff/audit"), None, None),
        ("送信メール", "/staff/mails", path.startswith("/staff/mails"), None, alarm),
    ]
    return menu[4:] if me.role is Role.SYSTEM_ADMINISTRATOR else menu


def staff_warnings(me: SignedInStaff, known: list[Stop]) -> list[str]:
    """What stands on top of every staff page: what is to be put right, and the stops that run or are near."""
    found = stop.warnings(known, me)
    return found + scanner.warnings()
