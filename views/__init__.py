"""The table of contents of the product: each feature is a folder with its handlers and its pages side by side.

(Bottle's own habit keeps only templates in views/; ours keeps the whole screen there.)
"""

from __future__ import annotations

from views.resident.account import screens as account
from views.resident.apply import screens as apply
from views.resident.demo import screens as demo
from views.resident.finding import screens as finding
from views.resident.inquiry import screens as inquiry
from views.resident.mypage import screens as mypage
from views.staff.account import screens as staff_account
from views.staff.application import screens as staff_application
from views.staff.audit import screens as staff_audit
from views.staff.inbox import screens as staff_inbox
from views.staff.mails import screens as staff_mails
from views.staff.settings import screens as staff_settings
from views.static import screens as static

FEATURES = (
    finding,
    account,
    apply,
    mypage,
    inquiry,
    staff_account,
    staff_inbox,
    staff_application,
    staff_mails,
    staff_audit,
    staff_settings,
    static,
    demo,
)
