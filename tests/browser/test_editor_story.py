"""「犬の登録申請」 is built from nothing, published and found, in Chromium without JavaScript. (R-7.4, R-8.3)"""

from __future__ import annotations

import json
from typing import Any

from browser.checks import heading, sideways
from browser.program import PROGRAM
from browser.story import Visitor

SAMPLE = PROGRAM / "data" / "starter" / "procedures" / "dog-registration.json"
KINDS = {
    "name": "氏名",
    "address": "住所",
    "telephone": "電話番号",
    "text": "1行の文字",
    "long_text": "何行もの文字",
    "choice": "1つ選ぶ",
    "date": "日付",
    "file": "添付ファイル",
}
PROFILES = {"corporation_name": "法人名"}
WIDTHS = {"short": "短い", "long": "長い"}
# What stands in the sample although it is usual anyway.
USUAL = {"look": "radio", "width": "medium", "count": 1, "extensions": ["pdf", "jpg", "jpeg", "png"]}


# Asked as others of the form are: the story is long enough without them.
ALIKE = {"breed", "color", "acquired_on", "vaccination", "place"}


def sample() -> dict[str, Any]:
    """The form that ships, each way of asking once."""
    form = json.loads(SAMPLE.read_text(encoding="utf-8"))["form"]
    pages = [{**page, "questions": [q for q in page["questions"] if q["key"] not in ALIKE]} for page in form["pages"]]
    return {**form, "pages": pages}


def plain(form: dict[str, Any]) -> list[Any]:
    """A form without what differs from one telling to the next: keys of pages, values of choices, usual limits."""
    return [
        (
            page["title"],
            page["intro"],
            [
                {
                    **{name: q[name] for name in ("type", "label", "hint", "required")},
                    "profile": q.get("profile"),
                    "choices": [choice["label"] for choice in q.get("choices", ())],
                    "limits": {name: value for name, value in q.get("limits", {}).items() if USUAL.get(name) != value},
                }
                for q in page["questions"]
            ],
        )
        for page in form["pages"]
    ]


class Clerk(Visitor):
    """Somebody who has never programmed, and a paper form beside the screen."""

    def log_in(self, login_id: str, password: str) -> None:
        self.open("/staff/login")
        self.page.fill("[name=login_id]", login_id)
        self.page.fill("[name=password]", password)
        self.press("ログイン")

    def begin(self) -> None:
        self.follow("手続き")
        self.follow("新しい手続きを作る")
        self.type("手続きの名前", "犬の登録申請（新）")
        self.type("読み", "いぬのとうろくしんせい")
        self.pick("カテゴリ", "動物")
        self.pick("担当する部課", "住民生活課")
        self.type("英小文字の名札", "dogs")
        self.press("下書きを作る")
        self.expect("公開前の下書き", "まだページがありません")

    def add_page(self, page: dict[str, Any]) -> None:
        self.follow("ページを足す")
        self.type("ページの題名", page["title"])
        self.type("説明", page["intro"])
        self.press("保存する")
        for q in page["questions"]:
            self.add(q)
        self.follow("犬の登録申請（新）")

    def add(self, q: dict[str, Any]) -> None:
        self.follow("項目を足す")
        self.follow(KINDS[q["type"]])
        self.type("項目の名前", q["label"])
        self.type("入力のしかたの説明", q["hint"])
        self.choose("必須" if q["required"] else "任意", group="必ず答えてもらうか")
        limits = q.get("limits", {})
        for name, label in (
            ("min_length", "いちばん少ない文字数"),
            ("max_length", "いちばん多い文字数"),
            ("rows", "入力欄の高さ"),
        ):
            if name in limits:
                self.type(label, str(limits[name]))
        if limits.get("kind") == "digits":
            self.choose("数字だけ", group="入力できる文字")
        if limits.get("width") in WIDTHS:
            self.choose(WIDTHS[limits["width"]], group="入力欄の幅")
        if limits.get("past"):
            self.choose("きょうか、きょうより前の日", group="入力できる日")
        if q.get("profile") in PROFILES:
            self.pick("利用者情報から入れておく", PROFILES[q["profile"]])
        if "choices" in q:
            self.type("選択肢", "\n".join(choice["label"] for choice in q["choices"]))
        self.press("保存する")

    def rules(self) -> None:
        self.follow("決まり")
        self.type("短い説明", "犬を飼い始めたときの登録です。")
        self.choose("事業者", group="個人・事業者")
        self.choose("窓口で", group="手数料")
        self.type("金額", "3000")
        self.press("保存する")

    def guidance(self) -> None:
        self.follow("手続案内の文")
        self.type("申請の時期", "犬を飼い始めた日から30日以内に申請してください。")
        self.press("プレビュー")
        self.expect("まだ保存していません", "30日以内")
        self.press("保存する")


def test_the_dog_registration_from_nothing(program, chromium):
    """Issue 4: a clerk turns a paper form into a procedure in the browser, and it asks as the one that ships does."""
    faults: list[str] = []
    looked_at: set[str] = set()

    def seen(page, answer) -> None:
        assert answer.status == 200, page.url
        kind = answer.request.url.rpartition("/procedures/")[2].rstrip("0123456789/")
        faults.extend(heading(page))
        if kind not in looked_at:  # one of each kind of page at every width
            looked_at.add(kind)
            faults.extend(sideways(page))

    page = chromium.new_context(java_script_enabled=False, locale="ja-JP").new_page()
    page.set_default_timeout(10_000)
    clerk = Clerk(page, program.residents, seen)
    clerk.log_in(*program.login("TOWN_ADMINISTRATOR"))
    clerk.begin()
    here = page.url
    wanted = sample()
    for form_page in wanted["pages"]:
        clerk.add_page(form_page)
    clerk.rules()
    clerk.guidance()
    clerk.expect("直すところは、見つかりませんでした")
    made = page.context.request.get(f"{here}/export").json()
    assert plain(made["form"]) == plain(wanted)
    clerk.follow("公開の画面へ進む")
    clerk.press("公開する")
    clerk.follow("いま公開している案内を見る")
    clerk.expect("犬の登録申請（新）", "3,000円", "30日以内", "狂犬病予防注射済証")
    assert not faults
