"""What each act on an application asks for: its page, its questions, and the rule it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from models import Application, Division
from rules.applications import application, letters
from rules.records.session import SignedInStaff
from rules.values import text

Question = dict[str, Any]


def _reason(label: str, hint: str) -> Question:
    limits = {"rows": 5, "max_length": 4000}
    return {"key": "reason", "type": "long_text", "label": label, "hint": hint, "required": True, "limits": limits}


def _remarks(hint: str) -> Question:
    limits = {"rows": 4, "max_length": 4000}
    return {"key": "remarks", "type": "long_text", "label": "備考", "hint": hint, "required": False, "limits": limits}


def _told(sent: Application) -> str:
    """Where the applicant reads what is written here."""
    return "申請した方へのメールに書かれます。" if letters.reaches(sent) else "申請した方の画面に示されます。"


_UNTIL = {
    "key": "until",
    "type": "date",
    "label": "補正の期限",
    "hint": "この日を過ぎても、差戻しを終えるまでは、直したものを送れます。",
    "required": True,
    "limits": {"future": True},
}


_ASKED = {
    "key": "asked",
    "type": "long_text",
    "label": "だれから、どのように申し出があったか",
    "hint": "職員のメモに残ります。申請した方には見えず、メールにも書かれません。",
    "required": True,
    "limits": {"rows": 3, "max_length": 1000},
}


def _division(sent: Application) -> Question:
    rows = Division.select().where(
        (Division.town == sent.town_id) & Division.closed_at.is_null() & (Division.id != sent.division_id)
    )
    return {
        "key": "division",
        "type": "choice",
        "label": "移す先の部課",
        "hint": "",
        "required": True,
        "limits": {"look": "select"},
        "choices": [{"value": str(row.id), "label": row.name} for row in rows.order_by(Division.position, Division.id)],
    }


@dataclass(frozen=True)
class Act:
    """One act: `verb` in the table of moves, its words, how its button looks, what it asks and what it calls."""

    verb: str
    word: str
    look: str
    lead: str
    questions: Callable[[Application], list[Question]]
    run: Callable[[Application, SignedInStaff, int, dict[str, Any]], None]
    # What is said of the mail, where one reaches the applicant.
    mail: str = ""


def _return(sent: Application, by: SignedInStaff, revision: int, values: dict[str, Any]) -> None:
    application.return_for_correction(
        sent,
        by,
        revision,
        reason=values["reason"],
        remarks=values["remarks"],
        until=date.fromisoformat(values["until"]),
    )


def _with_reason(verb: Callable[..., None]) -> Callable[[Application, SignedInStaff, int, dict[str, Any]], None]:
    return lambda sent, by, revision, values: verb(sent, by, revision, reason=values["reason"])


def _with_remarks(verb: Callable[..., None]) -> Callable[[Application, SignedInStaff, int, dict[str, Any]], None]:
    return lambda sent, by, revision, values: verb(sent, by, revision, remarks=values["remarks"] or "")


def _withdraw(sent: Application, by: SignedInStaff, revision: int, values: dict[str, Any]) -> None:
    application.withdraw_on_request(sent, by, revision, reason=values["reason"], asked=values["asked"])


def _transfer(sent: Application, by: SignedInStaff, revision: int, values: dict[str, Any]) -> None:
    application.transfer(sent, by, revision, division=int(values["division"]), reason=values["reason"])


# Last part of the path -> act, in the order of the buttons; 審査を開始する asks for nothing and has no page.
ACTS: dict[str, Act] = {
    "approve": Act(
        "approve",
        "承認する",
        "main",
        "この申請を承認します。",
        lambda sent: [_remarks(f"手数料や受け取りの方法など、伝えることがあれば書いてください。{_told(sent)}")],
        _with_remarks(application.approve),
        "申請した方に、結果のメールが送られます。",
    ),
    "complete": Act(
        "complete",
        "完了にする",
        "main",
        "この申請の手続きを終わりにします。",
        lambda sent: [_remarks(f"伝えることがあれば書いてください。{_told(sent)}")],
        _with_remarks(application.complete),
        "申請した方に、完了のメールが送られます。",
    ),
    "return": Act(
        "return_for_correction",
        "差し戻す",
        "second",
        "直していただきたいところを書いて、申請した方に差し戻します。返事があるまで、標準処理期間は止まります。",
        lambda sent: [
            _reason("差戻しの理由", f"何を、どう直してほしいかを書いてください。{_told(sent)}"),
            _UNTIL,
        ],
        _return,
    ),
    "end-return": Act(
        "end_return",
        "差戻しを終える",
        "second",
        "返事を待たずに、前に送られた内容のまま審査に戻します。申請した方は、もう直せなくなります。",
        lambda sent: [_reason("差戻しを終える理由", _told(sent))],
        _with_reason(application.end_return),
    ),
    "reject": Act(
        "reject",
        "却下する",
        "grave",
        "この申請を却下します。",
        lambda sent: [
            _reason("却下の理由", f"どの決まりの、どこに当てはまらないかを書いてください。{_told(sent)}"),
        ],
        _with_reason(application.reject),
        "申請した方に、理由と教示を書いたメールが送られます。",
    ),
    "withdraw": Act(
        "withdraw",
        "取り下げる",
        "grave",
        "電話や窓口での申し出を受けて、この申請を取り下げます。元には戻せません。",
        lambda sent: [
            _reason("取下げの理由", f"「予定が変わったため」など、かんたんに書いてください。{_told(sent)}"),
            _ASKED,
        ],
        _withdraw,
    ),
    "reopen": Act(
        "reopen",
        "訂正する",
        "quiet",
        "出した結果を取り消して、審査中に戻します。",
        lambda sent: [_reason("訂正の理由", _told(sent))],
        _with_reason(application.reopen),
        "申請した方に、訂正のメールが送られます。",
    ),
    "transfer": Act(
        "transfer",
        "別の部課へ移す",
        "quiet",
        "担当する部課を変えます。状態はそのままで、担当の職員は未定になります。",
        lambda sent: [_division(sent), _reason("移す理由", "移す先の職員への説明です。申請した方にも見えます。")],
        _transfer,
    ),
}


def remarks(questions: list[Question], read: Callable[[str], str]) -> dict[str, str]:
    """The remarks typed beside the questions of the form, by key; empty ones are left out."""
    typed = {q["key"]: text.clean(read(f"remark.{q['key']}")).strip() for q in questions}
    return {key: remark for key, remark in typed.items() if not text.is_blank(remark)}
