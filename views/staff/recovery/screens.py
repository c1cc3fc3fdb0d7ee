"""窓口でのログインの救済: find the resident, say what was checked, print a code."""

from __future__ import annotations

from rules.accounts import recovery, recovery_desk
from rules.forms import form
from rules.records import audit
from web import Who, get, here, page, post, to


@get("/staff/recovery", who=Who.TOWN_ADMINISTRATOR)
def search():
    form_page = recovery_desk.SEARCH_PAGE
    raw = form.complete(form_page, form.read_page(form_page, here().form))
    return page("staff/recovery/search.html", questions=form_page["questions"], raw=raw)


@post("/staff/recovery", who=Who.TOWN_ADMINISTRATOR, again=search)
def find():
    now = here()
    found = recovery_desk.find(now.member, form.read_page(recovery_desk.SEARCH_PAGE, now.form), ip=now.ip)
    return to(f"/staff/recovery/{found}")


@get("/staff/recovery/<id:int>", who=Who.TOWN_ADMINISTRATOR)
def check(id: int):
    now = here()
    found = recovery_desk.look(now.member, id)
    # Also where a POST was refused: what the page shows has been looked at.
    audit.record("recovery_looked_up", staff=now.member, resident=id, address=now.ip)
    raw = form.complete(found.page, form.read_page(found.page, now.form))
    return page("staff/recovery/check.html", id=id, found=found, questions=found.page["questions"], raw=raw)


@post("/staff/recovery/<id:int>", who=Who.TOWN_ADMINISTRATOR, again=check)
def issue(id: int):
    # The paper is the answer itself: the code stands in no address, and nobody can call it up again.
    now = here()
    found = recovery_desk.look(now.member, id)
    issued = recovery.issue(now.member, found, form.read_page(found.page, now.form), now.form.revision(), ip=now.ip)
    return page("staff/recovery/paper.html", issued=issued)


@post("/staff/recovery/<id:int>/cancel", who=Who.TOWN_ADMINISTRATOR, again=check)
def cancel(id: int):
    now = here()
    recovery.cancel(now.member, recovery_desk.look(now.member, id), ip=now.ip)
    return to(f"/staff/recovery/{id}", said="コードを取り消しました。")
