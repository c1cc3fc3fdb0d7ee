"""手続き判定: a question at a time, then what is needed; the answers travel in the address.

Nothing is kept of them; the last result waits in a cookie for who registers next.
"""

from __future__ import annotations

import clock
from models import Guide
from rules import Refusal
from rules.forms import fields, form
from rules.guides import guide, guide_result, guide_walk
from rules.guides.guide_text import Question, Questionnaire
from rules.guides.guide_walk import LONGEST_CODE, Answers, Way
from rules.records import towns
from rules.records.access import Missing
from rules.values.calendar import show_date, show_instant
from web import Who, brought, get, here, page, post, to

_OLD_ANSWERS = "質問が新しくなりました。お手数ですが、はじめから、もう一度お答えください。"


@get("/towns/<code:re:[0-9]{6}>/guides", who=Who.ANYONE)
def guides(code: str):
    town = towns.open_town(code)
    if town is None:
        raise Missing
    found = [(row.id, guide.sheet(row)) for row in guide.of_town(town)]
    return page("resident/guides/list.html", town=town, private=False, guides=found)


@get("/guides/<id:int>", who=Who.ANYONE)
def start(id: int):
    row = guide.shown(id)
    sheet = guide.sheet(row)
    return page(
        "resident/guides/start.html",
        town=row.town,
        back=towns.guides_path(row.town),
        guide=row,
        sheet=sheet,
        answers=_code() if _answers(sheet, _code()) else "",
    )


# ---------------------------------------------------------------- questions


def _code() -> str:
    """The answers so far, as the form or the address carries them."""
    return brought("answers", LONGEST_CODE)


def _answers(sheet: Questionnaire, code: str) -> Answers | None:
    return guide_walk.decode(sheet, code) if code else {}


def _place(sheet: Questionnaire, walked: Way, at: str) -> Question | None:
    """The question wanted, if it is asked at all; else the first without an answer."""
    number = int(at) if at.isascii() and at.isdecimal() and len(at) < 4 else 0
    wanted = sheet.questions[number - 1] if 0 < number <= len(sheet.questions) else None
    return wanted if wanted in walked.asked else walked.open


def _number(sheet: Questionnaire, q: Question) -> int:
    return sheet.questions.index(q) + 1


@get("/guides/<id:int>/questions", who=Who.ANYONE)
def questions(id: int):
    now, row = here(), guide.shown(id)
    sheet = guide.sheet(row)
    answers = _answers(sheet, _code())
    if answers is None:
        return _begin_anew(row, sheet)
    walked = guide_walk.way(sheet, answers)
    q = _place(sheet, walked, brought("at", 4))
    if q is None:
        return to(f"/guides/{id}/result?answers={guide_walk.encode(sheet, walked.answers)}")
    form_page = guide_walk.as_page(q)
    chosen = [str(n) for n, choice in enumerate(q.choices, 1) if choice.key in walked.answers.get(q.key, ())]
    raw = form.read_page(form_page, now.form)["choice"] if now.posted else chosen if q.many else "".join(chosen[:1])
    return page(
        "resident/guides/question.html",
        town=row.town,
        back=towns.guides_path(row.town),
        guide=row,
        sheet=sheet,
        question=form_page["questions"][0],
        raw=fields.fit(form_page["questions"][0], raw),
        at=_number(sheet, q),
        place=walked.asked.index(q) + 1,
        code=guide_walk.encode(sheet, answers),
        said=guide_walk.said(sheet, walked, q),
    )


def _begin_anew(row: Guide, sheet: Questionnaire):
    here().message = _OLD_ANSWERS
    back = towns.guides_path(row.town)
    return page("resident/guides/start.html", town=row.town, back=back, guide=row, sheet=sheet, answers="")


@post("/guides/<id:int>/questions", who=Who.ANYONE, again=questions)
def answer(id: int):
    now, row = here(), guide.shown(id)
    sheet = guide.sheet(row)
    answers = _answers(sheet, _code())
    q = None if answers is None else _place(sheet, guide_walk.way(sheet, answers), now.form.get("at"))
    if answers is None or q is None:
        return to(f"/guides/{id}/questions?answers={_code()[:LONGEST_CODE]}")
    going_back = now.form.act() == "back"
    form_page = guide_walk.as_page(q)
    values, errors = form.check_page(form_page, form.read_page(form_page, now.form), {}, clock.today())
    if errors and not going_back:
        raise Refusal("", errors)
    if not errors:
        answers[q.key] = guide_walk.answer_of(q, values["choice"])
    walked = guide_walk.way(sheet, answers)
    code = guide_walk.encode(sheet, walked.answers)
    if not going_back:
        return to(f"/guides/{id}/{'questions' if walked.open else 'result'}?answers={code}")
    before = walked.before(q)
    at = f"/questions?answers={code}&at={_number(sheet, before)}" if before else f"?answers={code}"
    return to(f"/guides/{id}{at}")


# ---------------------------------------------------------------- the result


def _complete(id: int) -> tuple[Guide, Questionnaire, Answers | None]:
    """The guide with answers to all it asks; None where they are none, or not all."""
    row = guide.shown(id)
    sheet = guide.sheet(row)
    answers = _answers(sheet, _code())
    walked = guide_walk.way(sheet, answers or {})
    return row, sheet, walked.answers if answers is not None and walked.open is None else None


def _result_page(template: str, id: int):
    row, sheet, answers = _complete(id)
    if answers is None:
        return to(f"/guides/{id}/questions?answers={_code()[:LONGEST_CODE]}")
    outcome, code = guide_walk.outcome(sheet, answers), guide_walk.encode(sheet, answers)
    if here().resident is None:
        here().keep_answers(f"{id}.{code}")
    walked = guide_walk.way(sheet, answers)
    return page(
        template,
        town=row.town,
        back=towns.guides_path(row.town),
        guide=row,
        sheet=sheet,
        outcome=outcome,
        listed=guide.listed(row.town_id, outcome),
        code=code,
        said=guide_walk.said(sheet, walked),
        day=show_date(clock.today()),
    )


@get("/guides/<id:int>/result", who=Who.ANYONE)
def result(id: int):
    return _result_page("resident/guides/result.html", id)


@get("/guides/<id:int>/print", who=Who.ANYONE)
def printed(id: int):
    return _result_page("resident/guides/print.html", id)


@post("/guides/<id:int>/save", who=Who.RESIDENT, again=start)
def save(id: int):
    row, sheet, answers = _complete(id)
    if answers is None:
        raise Refusal(_OLD_ANSWERS)
    kept = guide_result.keep(here().person, row, sheet, answers)
    here().forget_answers()
    return to(f"/guide-results/{kept}")


# ---------------------------------------------------------------- saved results


def _unsaved() -> tuple[Guide, Questionnaire, str] | None:
    """What this browser was told before anybody logged in, and is not saved yet."""
    key, _, code = here().answers.partition(".")
    if not (key.isascii() and key.isdecimal() and len(key) < 10):
        return None
    try:
        row = guide.shown(int(key))
    except Missing:
        return None
    sheet = guide.sheet(row)
    answers = guide_walk.decode(sheet, code)
    return (row, sheet, code) if answers and guide_walk.way(sheet, answers).open is None else None


@get("/mypage/guide-results", who=Who.RESIDENT)
def results():
    unsaved = _unsaved()
    here().forget_answers()  # told once: on the next page somebody else may be sitting here
    return page("resident/guides/results.html", lines=guide_result.own(here().person), unsaved=unsaved)


def _saved(template: str, id: int):
    row = guide_result.own_one(here().person, id)
    source = row.guide
    return page(
        template,
        town=source.town,
        saved=row,
        saved_at=show_instant(row.created_at),
        outcome=row.result,
        listed=guide.listed(source.town_id, row.result),
        again=f"/guides/{source.id}" if source.published_at and source.closed_at is None else "",
    )


@get("/guide-results/<id:int>", who=Who.RESIDENT)
def saved(id: int):
    return _saved("resident/guides/saved.html", id)


@get("/guide-results/<id:int>/print", who=Who.RESIDENT)
def saved_print(id: int):
    return _saved("resident/guides/saved_print.html", id)


@post("/guide-results/<id:int>/delete", who=Who.RESIDENT, again=saved)
def discard(id: int):
    guide_result.discard(here().person, id)
    return to("/mypage/guide-results")
