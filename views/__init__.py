"""The table of contents of the product: each feature is a folder with its handlers and its pages side by side.

(Bottle's own habit keeps only templates in views/; ours keeps the whole screen there.)
"""

from __future__ import annotations

from views.resident.account import screens as account
from views.resident.apply import saved as saved_draft
from views.resident.apply import screens as apply
from views.resident.apply import sending
from views.resident.apply import visit as choosing_a_visit
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
from views.resident.visits import screens as visits
from views.staff.account import screens as staff_account
from views.staff.application import issuing as staff_issuing
from views.staff.application import screens as staff_application
from views.staff.audit import screens as staff_audit
from views.staff.categories import screens as staff_categories
from views.staff.closing_days import screens as staff_closing_days
from views.staff.counters import screens as staff_counters
from views.staff.divisions import screens as staff_divisions
from views.staff.export import screens as staff_export
from views.staff.guides import screens as staff_guides
from views.staff.inbox import screens as staff_inbox
from views.staff.mail_texts import screens as staff_mail_texts
from views.staff.mails import screens as staff_mails
from views.staff.notices import screens as staff_notices
from views.staff.pages import screens as staff_pages
from views.staff.people import screens as staff_people
from views.staff.procedures import conditions as staff_conditions
from views.staff.procedures import pages as staff_form_pages
from views.staff.procedures import papers as staff_papers
from views.staff.procedures import preview as staff_preview
from views.staff.procedures import questions as staff_questions
from views.staff.procedures import screens as staff_procedures
from views.staff.procedures import texts as staff_procedure_texts
from views.staff.recovery import screens as staff_recovery
from views.staff.reservations import acts as staff_reservation_acts
from views.staff.reservations import lists as staff_reservation_lists
from views.staff.reservations import screens as staff_reservations
from views.staff.searches import screens as staff_searches
from views.staff.settings import screens as staff_settings
from views.staff.stops import screens as staff_stops
from views.staff.towns import screens as staff_towns
from views.staff.versions import files as staff_procedure_files
from views.staff.versions import screens as staff_versions
from views.static import screens as static

FEATURES = (
    finding,
    account,
    apply,
    sending,
    choosing_a_visit,
    saved_draft,
    mypage,
    visits,
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
    staff_export,
    staff_application,
    staff_issuing,
    staff_mails,
    staff_audit,
    staff_searches,
    staff_procedures,
    staff_procedure_texts,
    staff_form_pages,
    staff_questions,
    staff_conditions,
    staff_papers,
    staff_preview,
    staff_versions,
    staff_procedure_files,
    staff_reservation_lists,
    staff_reservations,
    staff_reservation_acts,
    staff_settings,
    staff_guides,
    staff_notices,
    staff_stops,
    staff_pages,
    staff_recovery,
    staff_towns,
    staff_counters,
    staff_divisions,
    staff_categories,
    staff_people,
    staff_closing_days,
    staff_mail_texts,
    static,
    demo,
)
