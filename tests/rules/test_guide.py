"""手続き判定: the text, what is wrong with it, the way through, and what comes out."""

from __future__ import annotations

import random
import time
from itertools import product

import pytest
from cast_acts import as_staff

import clock
import demo
from models import AuditEntry, Guide
from rules import Refusal
from rules.guides import guide, guide_lint, guide_text, guide_walk
from rules.guides.guide_ways import Search, TooMany
from rules.records.access import Missing

SHORT = """題名：犬と猫
説明：飼い主の方へ。

質問：動物
文：何を飼っていますか
・犬：犬を飼っている
・猫：猫を飼っている
・なし：飼っていない

質問：数
文：何匹ですか
聞くとき：動物＝犬、猫
・1匹
・2匹から：2匹より多い

質問：注射
文：してあるものを選んでください
選び方：いくつでも
聞くとき：動物＝犬 かつ 数＝2匹から
聞くとき：動物＝犬 かつ 数＝1匹
・狂犬病：狂犬病の注射
・混合：混合ワクチン

見出し：届出
手続き：犬の登録申請
手続案内：dog-registration
出すとき：動物＝犬
理由：登録は義務です。
いつまで［数＝1匹］：30日以内
いつまで［数＝2匹から］：20日以内
用意するもの：
・本人確認書類
用意するもの［注射≠狂犬病］：
・注射の予約票

手続き：相談
出すとき：動物＝猫
出すとき：動物＝なし
用意するもの：本人確認書類

共通の案内：
・休みの日は、次の開庁日まで。
"""
GUIDES = ("moving", "birth", "bereavement")


def shipped(name: str) -> str:
    return (demo.STARTER / "guides" / f"{name}.txt").read_text(encoding="utf-8")


def answers(**chosen: tuple[str, ...]) -> dict:
    return {guide_text.fold(key): tuple(guide_text.fold(name) for name in names) for key, names in chosen.items()}


# ---------------------------------------------------------------- the text


def test_a_text_is_read():
    """R-2.7: a questionnaire is a text."""
    sheet = guide_text.parse(SHORT)
    assert not sheet.faults
    assert (sheet.title, sheet.intro) == ("犬と猫", ["飼い主の方へ。", ""])
    assert [(q.name, q.many, len(q.choices), len(q.when)) for q in sheet.questions] == [
        ("動物", False, 3, 0), ("数", False, 2, 1), ("注射", True, 2, 2),
    ]  # fmt: skip
    assert [(r.name, r.slug, r.heading) for r in sheet.results] == [
        ("犬の登録申請", "dog-registration", "届出"), ("相談", "", "届出"),
    ]  # fmt: skip
    assert guide_lint.lint(SHORT, {"dog-registration"}) == []


def test_width_line_ends_and_marks_do_not_matter():
    other = "\ufeff" + SHORT.replace("：", ":").replace("＝", "=").replace("、", ",").replace("・", "･")
    other = other.replace("［", "[").replace("］", "]").replace("≠", "!=").replace("\n", "\r\n")
    sheet = guide_text.parse(other.replace("2匹から", "２匹から"))
    assert not sheet.faults
    plain = guide_text.parse(SHORT)
    assert [q.key for q in sheet.questions] == [q.key for q in plain.questions]
    chosen = answers(動物=("犬",), 数=("2匹から",), 注射=())
    assert guide_walk.outcome(sheet, chosen)["groups"][0]["items"][0]["until"] == ["20日以内"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("題名：犬と猫\n", "題目：犬と猫\n", 1, "「題名：」ではありませんか"),
        ("説明：飼", "  飼", 2, "続ける前の行がありません"),
        ("文：何匹ですか", "なんびきですか", 11, "何の行か分かりません"),
        ("聞くとき：動物＝犬、猫", "聞くとき：動物は犬、猫", 12, "条件は「質問の名前＝"),
        ("聞くとき：動物＝犬、猫", "聞くとき：動物＝", 12, "条件は「質問の名前＝"),
        ("・1匹\n", "・1匹：\n", 13, "選択肢に、文字がありません"),
        ("・猫：猫を飼っている\n", "・犬：猫を飼っている\n", 7, "選択肢「犬」が2つあります"),
        ("質問：数\n", "質問：動物\n", 10, "質問「動物」が2つあります"),
        ("質問：数\n", "質問：数＝\n", 10, "使えません"),
        ("選び方：いくつでも", "選び方：たくさん", 18, "選び方は"),
        ("手続案内：dog-registration", "手続案内：犬", 26, "英小文字"),
        ("理由：登録は義務です。", "選び方：1つ", 28, "質問の中に書いてください"),
        ("文：何匹", "文［動物＝犬］：何匹", 11, "［ ］の条件は"),
        ("説明：飼い主の方へ。", "説明：飼い主の方へ。\n題名：もう一つ", 3, "「題名：」が2つあります"),
        ("説明：飼い主の方へ。", "順番：はじめ", 2, "順番は"),
    ],
)
def test_errors_name_the_line(old, new, line, said):
    """R-2.7: what cannot be read is told with its line, and keeps the guide from being published."""
    text = SHORT.replace(old, new, 1)
    assert text != SHORT
    found = [one for one in guide_lint.lint(text) if one.line == line and said in one.sentence]
    assert found and found[0].grave and found[0].words == text.split("\n")[line - 1].strip()
    assert not guide_lint.is_sound(text)


# ---------------------------------------------------------------- the meaning


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # a dead end
        ("出すとき：動物＝なし\n", "", "行き止まり"),
        # missing question, missing choice, later question
        ("聞くとき：動物＝犬、猫", "聞くとき：生き物＝犬", "質問「生き物」が、ありません"),
        ("聞くとき：動物＝犬、猫", "聞くとき：動物＝犬、鳥", "選択肢「鳥」がありません"),
        ("文：何を飼っていますか", "文：何を\n聞くとき：数＝1匹", "ここより後ろで聞きます"),
        # contradiction on one question
        ("出すとき：動物＝猫", "出すとき：動物＝猫 かつ 動物≠猫", "条件が食い違っています"),
        ("出すとき：動物＝猫", "出すとき：動物＝猫 かつ 動物＝犬", "条件が食い違っています"),
        # never met, because the question is not asked then
        ("出すとき：動物＝猫", "出すとき：動物＝猫\n出すとき：動物＝猫 かつ 注射＝混合", "どう答えても成り立ちません"),
        ("出すとき：動物＝犬\n", "出すとき：動物＝なし かつ 数＝1匹\n", "「犬の登録申請」が出ることは、ありません"),
        ("いつまで［数＝1匹］", "いつまで［動物＝猫］", "どう答えても成り立ちません"),
        ("聞くとき：動物＝犬 かつ 数＝2匹から\n聞くとき：動物＝犬 かつ 数＝1匹\n",
         "聞くとき：動物＝なし かつ 数＝1匹\n", "質問「注射」が聞かれることは、ありません"),
        # contradictory branches
        ("いつまで［数＝2匹から］", "いつまで", "二通り出ることがあります"),
        ("手続き：相談\n出すとき：動物＝猫", "手続き：犬の登録申請\n出すとき：動物＝犬、猫", "二度出ることがあります"),
        # empty things
        ("・1匹\n・2匹から：2匹より多い\n", "", "選択肢がありません"),
        ("文：何匹ですか\n", "", "「文：」がありません"),
        ("題名：犬と猫\n", "", "「題名：」がありません"),
        ("理由：登録は義務です。", "理由：", "中身がありません"),
    ],
)  # fmt: skip
def test_the_lint_finds(old, new, said):
    """R-2.7: dead ends, what is never reached, contradictions."""
    text = SHORT.replace(old, new, 1)
    assert text != SHORT
    found = [one for one in guide_lint.lint(text) if said in one.sentence]
    assert found and found[0].grave, guide_lint.lint(text)


def test_a_dead_end_names_a_way_there():
    text = SHORT.replace("出すとき：動物＝なし\n", "")
    sentence = next(one.sentence for one in guide_lint.lint(text) if "行き止まり" in one.sentence)
    assert "「動物」に「飼っていない」" in sentence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("文：何匹ですか", "文：マイナンバーは何番ですか", "個人番号"),
        ("dog-registration", "cat-registration", "「cat-registration」がありません"),
        ("手続き：犬の登録申請", "手続き：犬の登録申請", ""),
    ],
)
def test_warnings_do_not_keep_from_publishing(old, new, said):
    """R-3.11, R-2.7: asking for 個人番号 and procedures the town does not have are warned of."""
    text = SHORT.replace(old, new, 1)
    found = guide_lint.lint(text, {"dog-registration"})
    assert (said == "") == (not found)
    assert all(said in one.sentence and not one.grave for one in found)
    assert guide_lint.is_sound(text)


def test_an_answer_nobody_uses_is_warned_of():
    text = SHORT.replace("見出し：届出", "質問：余り\n文：なぜ\n・はい\n・いいえ\n\n見出し：届出")
    assert [(one.line, one.grave) for one in guide_lint.lint(text) if "使われていません" in one.sentence] == [
        (24, False)
    ]


def test_the_front_of_the_card_may_be_asked_for():
    assert guide_lint.lint(SHORT.replace("何匹ですか", "マイナンバーカードを持っていますか")) == []


def many_questions(count: int, choices: int = 3) -> str:
    parts = ["題名：大きい"]
    for number in range(count):
        parts += [f"質問：問{number}", "文：どれ", "選び方：いくつでも"] + [f"・答{c}" for c in range(choices)]
    parts += [f"手続き：手{n}\n出すとき：問{n}＝答0 かつ 問{(n * 7 + 3) % count}≠答1" for n in range(count)]
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "あ" * 10_000_000,
        many_questions(500),
        many_questions(59, 39),
        "質問：\n" * 15_000,
        "・\n" * 30_000,
        "題名：x\n手続き：y\n" + "いつまで［動物＝犬］：z\n" * 6_000,
        "題名：x\n質問：a\n文：b\n・c\n・d\n手続き：y\n" + "いつまで［a＝c］：z\nいつまで［a＝d］：z\n" * 3_000,
    ],
    ids=["10 MB", "500 questions", "59 x 39", "names", "items", "unknown", "pairs"],
)
def test_any_text_is_answered_soon(text):
    """R-2.7: sentences, never a hang."""
    begun = time.perf_counter()
    found = guide_lint.lint(text, set())
    assert found and all(one.sentence for one in found) and len(found) <= guide_text.MOST_FAULTS
    assert time.perf_counter() - begun < 5


def test_a_search_gives_up_in_time():
    sheet = guide_text.parse(many_questions(40))
    with pytest.raises(TooMany):
        Search(sheet, steps=50).find([], [result.when for result in sheet.results])


# ---------------------------------------------------------------- the way through


def test_conditions_lead_the_way():
    sheet = guide_text.parse(SHORT)
    assert [q.name for q in guide_walk.way(sheet, {}).asked] == ["動物"]
    walked = guide_walk.way(sheet, answers(動物=("犬",)))
    assert [q.name for q in walked.asked] == ["動物", "数"] and walked.open.name == "数"
    assert guide_walk.way(sheet, answers(動物=("なし",))).open is None


def test_answers_that_no_longer_apply_are_dropped():
    """R-2.7: changing an earlier answer keeps what still applies, and only that."""
    sheet = guide_text.parse(SHORT)
    full = answers(動物=("犬",), 数=("1匹",), 注射=("混合",))
    assert guide_walk.way(sheet, full).answers == full
    assert set(guide_walk.way(sheet, full | answers(動物=("猫",))).answers) == {"動物", "数"}
    assert set(guide_walk.way(sheet, full | answers(動物=("なし",))).answers) == {"動物"}


def test_what_comes_out():
    """R-2.7: the procedures, what to bring without doubles, and why."""
    sheet = guide_text.parse(SHORT)
    outcome = guide_walk.outcome(sheet, answers(動物=("犬",), 数=("1匹",), 注射=("混合",)))
    item = outcome["groups"][0]["items"][0]
    assert (outcome["groups"][0]["heading"], len(outcome["groups"][0]["items"])) == ("届出", 1)
    assert (item["name"], item["why"], item["until"]) == ("犬の登録申請", ["登録は義務です。"], ["30日以内"])
    assert item["answers"] == ["動物：犬を飼っている"]
    assert outcome["bring"] == ["本人確認書類", "注射の予約票"]
    assert outcome["notes"] == "・休みの日は、次の開庁日まで。"
    with_shot = guide_walk.outcome(sheet, answers(動物=("犬",), 数=("2匹から",), 注射=("狂犬病",)))
    assert with_shot["bring"] == ["本人確認書類"]


def test_what_was_not_asked_fits_nothing():
    sheet = guide_text.parse(SHORT.replace("出すとき：動物＝猫\n", "出すとき：動物＝猫\n出すとき：注射≠混合\n"))
    assert guide_walk.outcome(sheet, answers(動物=("犬",), 数=("1匹",)))["groups"][0]["items"][0]["name"] != "相談"
    both = guide_walk.outcome(sheet, answers(動物=("犬",), 数=("1匹",), 注射=()))["groups"][0]["items"]
    assert [item["name"] for item in both] == ["犬の登録申請", "相談"]


def test_every_answer_travels_in_a_code():
    """R-2.7: the address carries the answers exactly, and never those to other questions."""
    sheet = guide_text.parse(SHORT)
    options = ([None, *[(c.key,) for c in q.choices]] for q in sheet.questions)
    for chosen in product(*options):
        given = {q.key: keys for q, keys in zip(sheet.questions, chosen, strict=True) if keys is not None}
        assert guide_walk.decode(sheet, guide_walk.encode(sheet, given)) == given
    full = answers(動物=("犬",), 数=("1匹",), 注射=("狂犬病", "混合"))
    code = guide_walk.encode(sheet, full)
    assert guide_walk.decode(sheet, code) == full and len(code) < 30
    changed = guide_text.parse(SHORT.replace("・猫：猫を飼っている\n", "・鳥：鳥\n・猫：猫を飼っている\n"))
    assert guide_walk.decode(changed, code) is None


@pytest.mark.parametrize("code", ["", "x", "-", ".", "ab.1", "SHAPE.9", "SHAPE.0-0-0-0", "SHAPE.zzzzzzzzzz", "SHAPE.あ",
                                  "SHAPE.-9-", "SHAPE.0-0-4"])  # fmt: skip
def test_no_code_of_ours_is_nothing(code):
    sheet = guide_text.parse(SHORT)
    shape = guide_walk.encode(sheet, {}).partition(".")[0]
    assert guide_walk.decode(sheet, code.replace("SHAPE", shape)) in (None, {})


# ---------------------------------------------------------------- the three that ship


@pytest.mark.parametrize("name", GUIDES)
def test_the_shipped_guides_are_sound(name):
    """R-2.7: three real ones, which name only procedures that ship."""
    known = {path.stem for path in (demo.STARTER / "procedures").glob("*.json")}
    assert guide_lint.lint(shipped(name), known) == []
    sheet = guide_text.parse(shipped(name))
    assert len(sheet.results) >= 10
    for result in sheet.results:
        kinds = {part.kind for part in result.parts}
        assert {"why", "until", "where"} <= kinds, result.name


def _walk_at_random(sheet, chance: random.Random) -> dict:
    given: dict = {}
    while (q := guide_walk.way(sheet, given).open) is not None:
        keys = [choice.key for choice in q.choices]
        odds = chance.choice((0.1, 0.5, 0.9))
        given[q.key] = tuple(k for k in keys if chance.random() < odds) if q.many else (chance.choice(keys),)
    return given


@pytest.mark.parametrize("name", GUIDES)
def test_every_way_through_a_shipped_guide_ends_in_a_result(name):
    """R-2.7: hundreds of ways, single choices one by one and all at random: results, dated, none of them twice."""
    sheet = guide_text.parse(shipped(name))
    singles = [q for q in sheet.questions if not q.many]
    ways = [
        {q.key: () for q in sheet.questions if q.many} | dict(zip((q.key for q in singles), chosen, strict=True))
        for chosen in product(*([(c.key,) for c in q.choices] for q in singles))
    ]
    chance = random.Random(7)
    ways = chance.sample(ways, min(len(ways), 500)) + [_walk_at_random(sheet, chance) for _ in range(500)]
    for given in ways:
        kept = guide_walk.way(sheet, given)
        assert kept.open is None
        items = [item for group in guide_walk.outcome(sheet, kept.answers)["groups"] for item in group["items"]]
        names = [item["name"] for item in items]
        assert items and len(names) == len(set(names)), given
        for item in items:
            assert len(item["until"]) == len(item["where"]) == 1 and (item["why"] or item["answers"]), (item, given)


def _names(name: str, **chosen) -> dict[str, dict]:
    """The items that come out when these are chosen, nothing of the rest, and the first of each single choice."""
    sheet, given = guide_text.parse(shipped(name)), {}
    wanted = answers(**chosen)
    while (q := guide_walk.way(sheet, given).open) is not None:
        given[q.key] = wanted.get(q.key, () if q.many else (q.choices[0].key,))
    return {item["name"]: item for group in guide_walk.outcome(sheet, given)["groups"] for item in group["items"]}


def test_the_deadlines_of_the_law():
    """R-2.7: 14 days after a move, 14 days with the day of birth, 7 days of knowing of a death."""
    assert "翌日から数えて14日以内" in _names("moving")["転入届"]["until"][0]
    assert "生まれた日を含めて14日以内" in _names("birth")["出生届"]["until"][0]
    assert "3か月以内" in _names("birth", 場所=("国外",))["出生届"]["until"][0]
    death = _names("bereavement", 死亡届=("国内",))["死亡届と火葬の許可"]
    assert "知った日を含めて7日以内" in death["until"][0]
    assert "3か月以内" in _names("bereavement", 死亡届=("国外",))["死亡届と火葬の許可"]["until"][0]
    assert "死亡届と火葬の許可" not in _names("bereavement", 死亡届=("済み",))
    allowance = _names("moving", 子ども=("18歳まで",))["児童手当 認定請求"]
    assert "転出予定日の翌日から15日以内" in allowance["until"][0] and allowance["slug"] == "child-allowance"
    assert "葬儀をした日の翌日から2年以内" in str(_names("bereavement", 保険=("国保",)))


def test_each_kind_of_move_has_its_own_notification():
    kinds = {"転入": "転入届", "国外から": "転入届", "転居": "転居届", "転出": "転出届", "国外へ": "転出届"}
    for kind, name in kinds.items():
        found = _names("moving", 種類=(kind,))
        assert name in found and len({"転入届", "転居届", "転出届"} & set(found)) == 1
    assert "勤務先" in str(_names("birth", 公務員=("はい",))["児童手当（勤務先への請求）"])
    assert "児童手当 認定請求" not in _names("birth", 公務員=("はい",))
    assert "児童手当 認定請求" not in _names("birth", 公務員=("いいえ",), きょうだい=("はい",))


# ---------------------------------------------------------------- staff


@pytest.fixture
def made(cast) -> Guide:
    return guide.load(cast.town, "pets", SHORT)


def test_the_text_comes_back_exactly_as_typed(cast, made):
    """R-2.7: a round trip changes nothing, odd kanji included."""
    chief = as_staff(cast.administrator)
    odd = "\n\n" + SHORT.replace("犬と猫", "𠮷﨑の犬　と猫") + "\n  \n"
    guide.keep_draft(made, chief, 0, odd.replace("\n", "\r\n"))
    assert Guide.get_by_id(made.id).text == odd
    assert guide.load(cast.town, "pets", odd).published_text == odd


def test_two_of_staff_never_overwrite_each_other(cast, made):
    """R-7.3, R-2.7: whoever comes second is refused, and nothing of the first is lost."""
    chief = as_staff(cast.administrator)
    guide.keep_draft(made, chief, 0, SHORT + "# 先\n")
    for act in (guide.keep_draft, guide.publish):
        with pytest.raises(Refusal, match="先にこの判定を保存"):
            act(made, chief, 0, SHORT + "# 後\n")
    for act in (guide.revert, guide.close):
        with pytest.raises(Refusal, match="先にこの判定を保存"):
            act(made, chief, 0)
    row = Guide.get_by_id(made.id)
    assert (row.text, row.published_text, row.revision) == (SHORT + "# 先\n", SHORT, 1)


def test_publishing_asks_for_a_sound_text(cast, made):
    chief = as_staff(cast.administrator)
    broken = SHORT.replace("出すとき：動物＝なし\n", "")
    with pytest.raises(Refusal) as refused:
        guide.publish(made, chief, 0, broken)
    assert "q-text" in refused.value.fields and Guide.get_by_id(made.id).revision == 0
    guide.keep_draft(made, chief, 0, broken)
    assert guide.sheet(Guide.get_by_id(made.id)).results[1].when[1]
    guide.revert(Guide.get_by_id(made.id), chief, 1)
    assert Guide.get_by_id(made.id).text == SHORT
    renamed = SHORT.replace("犬と猫", "ペット").replace("説明", "順番：7\n説明")
    guide.publish(made, chief, 2, renamed)
    row = Guide.get_by_id(made.id)
    assert (row.title, row.position, row.published_text) == ("ペット", 7, renamed)
    acts = [entry.act for entry in AuditEntry.select().where(AuditEntry.staff == cast.administrator)]
    assert [act for act in acts if act.startswith("guide")] == ["guide_saved", "guide_reverted", "guide_published"]


def test_a_text_too_long_is_not_kept(cast, made):
    with pytest.raises(Refusal) as refused:
        guide.keep_draft(made, as_staff(cast.administrator), 0, "あ" * (guide_text.MOST_TEXT + 1))
    assert "100,000字まで" in refused.value.fields["q-text"]


def test_a_guide_belongs_to_its_town(cast, made):
    """R-8.4: another town's staff do not see it; residents see what is published, until it is closed."""
    with pytest.raises(Missing):
        guide.for_staff(as_staff(cast.foreign_clerk), made.id)
    assert guide.shown(made.id).id == made.id
    with clock.at("2026-11-25T10:00:00+09:00"):
        guide.close(made, as_staff(cast.administrator), 0)
    with pytest.raises(Missing):
        guide.shown(made.id)
    assert guide.of_town(cast.town) == [] and guide.of_staff(as_staff(cast.administrator)) == []


def test_a_new_guide_is_not_shown_and_its_template_is_sound(cast):
    chief = as_staff(cast.administrator)
    row = Guide.get_by_id(guide.make(chief, "", guide.TEMPLATE))
    assert guide_lint.lint(row.text) == [] and row.published_at is None
    with pytest.raises(Missing):
        guide.shown(row.id)
    with pytest.raises(Refusal, match="戻す文がありません"):
        guide.revert(row, chief, 0)
    guide.publish(row, chief, 0, row.text)
    assert guide.shown(row.id).title == "新しい判定"
