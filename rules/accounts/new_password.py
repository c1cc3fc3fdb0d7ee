"""新しいパスワード: the two fields in which one is typed, and what may be wrong with it."""

from __future__ import annotations

from typing import Any

from rules.accounts import password

_DIFFERENT = "2つのパスワードが違います。同じパスワードを入力してください。"


def questions(before: str = "") -> list[dict[str, Any]]:
    """The two questions of a form page; `before` stands before the word on their labels."""
    return [
        {
            "key": "password",
            "type": "password",
            "label": f"{before}パスワード",
            "hint": "8文字以上128文字まで。ほかで使っていない、長いものにしてください。",
            "required": True,
            "limits": {"new": True},
        },
        {
            "key": "password_again",
            "type": "password",
            "label": f"{before}パスワード(確認)",
            "hint": "同じパスワードを、もう一度入力してください。",
            "required": True,
            "limits": {"new": True},
        },
    ]


def judged(errors: dict[str, str], raw: dict[str, Any], *, email: str = "", present: str = "") -> dict[str, str]:
    """The errors of a page with these questions; what is wrong with the password is said once.

    `email` is the user ID, which is no password; `present` the password in use.
    """
    found = {key: sentence for key, sentence in errors.items() if key != "q-password_again"}
    if "q-password" in found:
        return found
    chosen = str(raw.get("password") or "")
    try:
        password.check(chosen, email)
    except password.BadPassword as fault:
        return found | {"q-password": str(fault)}
    if chosen == present:
        return found | {"q-password": "いまと違うパスワードにしてください。"}
    return found if chosen == raw.get("password_again") else found | {"q-password_again": _DIFFERENT}
