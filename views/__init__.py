"""The table of contents of the product: each feature is a folder with its handlers and its pages side by side.

(Bottle's own habit keeps only templates in views/; ours keeps the whole screen there.)
"""

from __future__ import annotations

from views.resident.account import screens as account
from views.resident.apply import saved as saved_draft
from views.resident.apply import screens as apply
from views.resident.demo import screens as demo
from views.resident.finding import screens as finding
from views.resident.guides import screens as guides
from views.resident.help import screens as help_pages
from views.resident.inquiry import acts as inquiry_acts
from views.resident.inquiry import issued, without_login
from views.resident.inquiry import screens as inquiry
from views.resident.mypage import screens as mypage
from views.resident.notices import screens as notices
from views.resident.profile import screens as profile
from views.resident.recovery import screens as recovery
from views.resident.reset import screens as reset
from views.resident.stops import screens as stops
from views.staff.account import screens as staff_account
from views.staff.application import issuing as staff_issuing
from views.staff.application import screens as staff_application
from views.staff.audit import screens as staff_audit
from views.staff.guides import screens as staff_guides
from views.staff.inbox import screens as staff_inbox
from views.staff.mails import screens as staff_mails
from views.staff.notices import screens as staff_notices
from views.staff.pages import screens as staff_pages
from views.staff.recovery import screens as staff_recovery
from views.staff.searches import screens as staff_searches
from views.staff.settings import screens as staff_settings
from views.staff.stops import screens as staff_stops
from views.static import screens as static

FEATURES = (
    finding,
    account,
    apply,
    saved_draft,
    mypage,
    profile,
    reset,
    recovery,
    inquiry,
    inquiry_acts,
    issued,
    without_login,
    guides,
    help_pages,
    notices,
    stops,
    staff_account,
    staff_inbox,
    staff_application,
    staff_issuing,
    staff_mails,
    staff_audit,
    staff_searches,
    staff_settings,
    staff_guides,
    staff_notices,
    staff_stops,
    staff_pages,
    staff_recovery,
    static,
    demo,
)
