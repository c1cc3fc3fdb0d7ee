"""手続きファイル: read strictly with sentences that name the place, written in one way only, held against a schema."""

from __future__ import annotations

import copy
import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import demo
from rules import Refusal
from rules.forms.fields import TYPES
from rules.procedures import form_differences, keys, procedure_file, schema_of
from rules.town import mail_text

FOLDER = demo.STARTER / "procedures"
FILES = sorted(FOLDER.glob("*.json"))
SCHEMA = demo.STARTER / "procedure.schema.json"
DOGS = FOLDER / "dog-registration.json"


def dogs(**changes) -> dict:
    return procedure_file.read(DOGS.read_bytes()) | changes


def without(*names: str) -> dict:
    return {key: value for key, value in dogs().items() if key not in names}


def refused(content: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        procedure_file.read(content)
    return refusal.value.message


# ---------------------------------------------------------------- read


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "1行目の1文字目：ファイルが空です。"),
        (b"  \n", "ファイルが空です。"),
        (b"{", "1行目の2文字目：名札がありません。"),
        (b'{\n  "id": "x"\n  "name": "y"\n}', "3行目の3文字目：「,」か、閉じるかっこがありません。"),
        (b'{"id": "x",}', "「,」が多い"),
        (b'{"id" "x"}', "名札のあとに「:」がありません。"),
        (b'{"id": "x', "文字を閉じる"),
        (b'{"id": "a\nb"}', "文字の中で改行しています。"),
        (rb'{"id": "\q"}', "「\\」のあとの文字が違います。"),
        (b'{"id": 1} {}', "手続きの終わりのあとに、まだ何かあります。"),
        (b"[1, 2]", "手続きのファイルではありません。"),
        (b'"x"', "手続きのファイルではありません。"),
        (b'{"id": "x", "id": "y"}', "「id」が、同じところに二度書かれています。"),
        (b'{"fee": {"amount": NaN}}', "「NaN」は、数として使えません。"),
        (b'{"fee": {"amount": -Infinity}}', "「-Infinity」は、数として使えません。"),
        (b'{"fee": {"amount": 1e999}}', "数として大きすぎます。"),
        (b'{"fee": {"amount": ' + b"9" * 5000 + b"}}", "数が大きすぎます。"),
        ('{"name": "犬"}'.encode("utf-16"), "文字コードが UTF-16 です。"),
        ('{"name": "犬"}'.encode("utf-16-le"), "文字コードが UTF-16 です。"),
        ('{\n"name": "犬の登録"}'.encode("cp932"), "文字コードが Shift_JIS のようです（2行目）。"),
        (b'{"name": "\x81\xff"}', "1行目に、UTF-8 の文字として読めないところがあります。"),
        (rb'{"name": "\ud800"}', "name：画面に出せない文字（U+D800"),
        (rb'{"fee": {"text": "a\u0007"}}', "fee.text：画面に出せない文字（U+0007"),
        (rb'{"guidance": {"who": "a\r\nb"}}', "guidance.who：改行は「\\n」だけにしてください"),
        (rb'{"synonyms": ["a", "\u202e"]}', "synonyms[2]：画面に出せない文字（U+202E"),
        (b"[" * 100_000, "入れ子が深すぎます"),
        (b'{"form": ' + b"[" * 50 + b"]" * 50 + b"}", "入れ子が深すぎます"),
    ],
)
def test_what_cannot_be_read_is_named(content, words):
    """Bad input of a definition file: a sentence each, with the line or the key."""
    assert words in refused(content)


def test_a_file_of_ten_megabytes_is_refused_at_once():
    begun = time.perf_counter()
    assert "大きすぎます" in refused(b'{"name": "' + b"x" * 10_000_000 + b'"}')
    assert time.perf_counter() - begun < 0.5


def test_a_byte_order_mark_is_no_fault():
    assert procedure_file.read(b"\xef\xbb\xbf" + DOGS.read_bytes()) == dogs()


# ---------------------------------------------------------------- written


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_ships_is_written_as_export_writes(path):
    """R-7.5: the same content is the same bytes."""
    content = path.read_bytes()
    document = procedure_file.read(content)
    assert procedure_file.write(document) == content
    assert content.endswith(b"}\n") and b"\r" not in content


def shuffled(value):
    """The same content in another order of its keys."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in sorted(value, reverse=True)}
    return [shuffled(one) for one in value] if isinstance(value, list) else value


def test_the_same_content_is_the_same_file():
    """R-7.5: neither the order of keys nor what is at its default makes a difference."""
    plain = DOGS.read_bytes()
    more = {
        "eligibility": {"sex": "", "age_to": None, "age_from": None, "town_only": False},
        "period": {"until": "", "from": ""},
        "standard_days_by": "business",
        "signature": "none",
        "visit": {"bring": "", "when": "none"},
        "mails": {},
        "issues_documents": False,
        "applicants": ["business", "person"],
    }
    document = shuffled(dogs(**more))
    question = document["form"]["pages"][1]["questions"][0]
    question |= {"profile": None, "show_if": None}
    del document["form"]["pages"][0]["intro"]
    assert procedure_file.faults(dogs(**more)) == []
    assert procedure_file.write(document) == plain
    assert procedure_file.write(procedure_file.read(plain)) == plain


def test_what_is_said_stands_in_the_documented_order():
    document = dogs(
        period={"until": "06-30", "from": "06-01"}, signature="person", visit={"bring": "印鑑", "when": "collect"}
    )
    written = procedure_file.read(procedure_file.write(shuffled(document)))
    assert list(written) == [key for key in keys.DOCUMENT if key in document]
    assert list(written["period"]) == ["from", "until"] and list(written["visit"]) == ["when", "bring"]
    assert list(written["form"]["pages"][0]) == ["key", "title", "intro", "questions"]
    assert list(written["guidance"]) == list(keys.GUIDANCE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_faulty_draft_is_written_too(data):
    """Whatever stands in a draft: it is written, read back, and named by its faults; nothing fails."""
    document = copy.deepcopy(dogs())
    for key in data.draw(st.lists(st.sampled_from([*keys.DOCUMENT, "nothing"]), max_size=3)):
        document[key] = data.draw(JSON)
    if data.draw(st.booleans()):
        page = dogs()["form"]["pages"][1]
        page["questions"][0] = {**page["questions"][0], data.draw(st.sampled_from(keys.QUESTION)): data.draw(JSON)}
        document["form"] = {"pages": [page, data.draw(JSON)]}
    content = procedure_file.write(document)
    assert procedure_file.write(json.loads(content)) == content
    assert isinstance(procedure_file.faults(document), list)


# ---------------------------------------------------------------- what stands in it

MAIL = "Subject: {procedure} {number}\n\n{name} 様\n\n届きました。\n"
SOUND = [
    dogs(period={"from": "06-01", "until": "06-30"}),
    dogs(period={"from": "2000-01-01", "until": "2199-12-31"}),
    dogs(id="console"),
    dogs(period={"from": "12-01", "until": "01-31"}),
    dogs(period={"from": "2026-06-01 09:00", "until": "2026-06-30"}),
    dogs(period={"from": "", "until": "2026-06-30 17:15"}),
    dogs(standard_days_by="calendar"),
    dogs(signature="either"),
    dogs(visit={"when": "booking", "bring": "・印鑑"}),
    dogs(mails={"received": MAIL}),
    dogs(name='<b>犬</b> & "猫"'),
]


@pytest.mark.parametrize("document", SOUND)
def test_the_optional_keys(document):
    assert procedure_file.faults(document) == []


WRONG = [
    (dogs(format=2), "format：この版のプログラムより新しい形式です（形式2）。"),
    (dogs(format=2, tomorrow=1), "新しい形式です"),
    (dogs(format="1"), "format（形式の番号）：値の種類が違います。"),
    (dogs(format=True), "format（形式の番号）：値の種類が違います。"),
    (dogs(format=0), "format（形式の番号）：1にしてください。いまは 0 です。"),
    (dogs(nmae="x"), "nmae：知らない項目です。「name」のまちがいではありませんか。"),
    (dogs(zzz="x"), "zzz：知らない項目です。書きまちがいでなければ、消してください。"),
    (dogs(town="朝凪町"), "town：知らない項目です。"),
    (without("division"), "division（担当の部課）：この項目がありません。"),
    (dogs(once="yes"), "once（1人につき1件）：値の種類が違います。「true」か「false」にしてください。"),
    (dogs(standard_days=5.5), "standard_days（標準処理期間）：値の種類が違います。"),
    (dogs(standard_days=5000), "standard_days（標準処理期間）：0から1,000までの数にしてください。"),
    (dogs(name=" "), "name（手続きの名前）：空にはできません。"),
    (dogs(name="犬\n猫"), "name（手続きの名前）：改行を入れず、1行で書いてください。"),
    (dogs(name="犬" * 201), "name（手続きの名前）：200文字までにしてください。いまは201文字あります。"),
    (dogs(synonyms=["犬", 3]), "synonyms（さがすときの、ほかの言葉）："),
    (dogs(applicants=["person", "person"]), "applicants（個人・事業者）：同じものが二度あります。"),
    (dogs(fee={"when": "none", "amount": -1, "text": ""}), "fee.amount（金額）：0から"),
    (dogs(fee={"when": "never", "amount": 1, "text": ""}), 'fee.when（納めるとき）："none"'),
    (dogs(period={"from": "06-31", "until": "07-01"}), "period.from（受付期間）："),
    (dogs(period={"from": "06-01", "until": "2026-07-01"}), "両方を「月-日」で"),
    (dogs(period={"from": "06-01", "until": ""}), "両方を「月-日」で"),
    (dogs(period={"from": "2026-06-02", "until": "2026-06-01"}), "終わり（until）が、初め（from）より前"),
    (dogs(period={"from": "2026-06-01 25:00", "until": ""}), "period.from（受付期間）："),
    (dogs(period={"from": "", "until": "9999-12-31"}), "2000年から2199年まで"),
    (dogs(period={"from": "0001-01-01", "until": ""}), "2000年から2199年まで"),
    (dogs(period={"from": "０６-０１", "until": "０７-０１"}), "period.from（受付期間）："),
    (dogs(period={"from": "２０２６-06-01", "until": ""}), "period.from（受付期間）："),
    (dogs(id="con"), "id（名札）："),
    (dogs(id="lpt1"), "「con」「nul」などは"),
    (dogs(paper_forms=[{"file": "aux.pdf", "title": "犬"}]), "「con」「nul」などは"),
    (dogs(period={"from": "2026-06-01"}), "period.until（終わり）：この項目がありません。"),
    (dogs(period="6月"), "period（受付期間）：値の種類が違います。"),
    (dogs(standard_days_by="weeks"), 'standard_days_by（標準処理期間の数え方）："business"、"calendar" のどれかに'),
    (dogs(signature="yes"), 'signature（電子署名）："none"'),
    (dogs(visit={"when": "always", "bring": ""}), 'visit.when（いつ）："none"'),
    (dogs(visit={"when": "collect", "bring": ""}, login="none"), "visit（来庁）：来庁の予約がある手続きには"),
    (dogs(visit={"when": "none"}), "visit.bring（持ち物）：この項目がありません。"),
    (dogs(visit={"when": "collect", "bring": "あ" * 20_001}), "visit.bring：20,000文字まで"),
    (dogs(mails={"sign_up_code": MAIL}), "mails.sign_up_code：知らない項目です。"),
    (dogs(mails={"recieved": MAIL}), "mails.recieved：知らない項目です。「received」のまちがいではありませんか。"),
    (dogs(mails={"received": 3}), "mails.received（受付のお知らせ）：値の種類が違います。"),
    (dogs(mails={"received": "届きました。"}), "mails.received：件名がありません。"),
    (dogs(mails={"received": MAIL + "{telefon}"}), "mails.received：{telefon} という差込みは"),
    (dogs(mails={"received": MAIL.replace("{number}", "")}), "mails.received：{number}（申込番号）がありません。"),
    (dogs(eligibility={"town_only": False, "age_from": 20, "age_to": 10, "sex": ""}), "eligibility.age_from："),
    (dogs(eligibility={"town_only": False, "age_from": 200, "age_to": None, "sex": ""}), "0から150まで"),
    (dogs(form=3), "form（申請の様式）：値の種類が違います。"),
    (dogs(channel="online", form=None), "form（申請の様式）：インターネットで申請する手続き"),
    (dogs(guidance=dict.fromkeys(keys.GUIDANCE, "あ" * 20_001)), "guidance.who：20,000文字まで"),
]


@pytest.mark.parametrize(("document", "words"), WRONG, ids=[words[:30] for _, words in WRONG])
def test_what_is_wrong_is_named(document, words):
    found = procedure_file.faults(document)
    assert any(words in sentence for sentence in found), found


def test_every_sentence_can_stand_on_an_old_console():
    """A console of CP932 shows every sentence whole."""
    for document, _ in WRONG:
        for sentence in procedure_file.faults(document):
            sentence.encode("cp932")


def test_a_form_of_too_many_questions_is_refused_quickly():
    """Bad input: 500 questions and more, and conditions in a circle."""
    document = dogs()
    page = document["form"]["pages"][1]
    page["questions"] = [{**page["questions"][0], "key": f"q{n}", "label": f"犬{n}"} for n in range(600)]
    begun = time.perf_counter()
    assert any("500" in sentence for sentence in procedure_file.faults(document))
    assert time.perf_counter() - begun < 3
    document = dogs()
    first, second = document["form"]["pages"][1]["questions"][:2]
    first["show_if"] = {"question": second["key"], "answered": True}
    second["show_if"] = {"question": first["key"], "answered": True}
    assert procedure_file.faults(document)


def test_a_question_names_a_paper_form_that_is_there():
    document = dogs()
    asked = {"key": "paper", "type": "paper_form", "label": "用紙", "hint": "", "file": "nowhere.pdf"}
    document["form"]["pages"][0]["questions"].insert(0, asked)
    assert any('"nowhere.pdf" が、paper_forms にありません' in said for said in procedure_file.faults(document))
    asked["file"] = "dog-registration.pdf"
    assert procedure_file.faults(document) == []


def test_every_type_and_mail_has_its_words():
    assert set(TYPES) - {"password"} <= set(form_differences.TYPES)
    assert set(keys.MAILS) == {kind for kind, known in mail_text.KINDS.items() if known.to_applicant}


# ---------------------------------------------------------------- the published schema


def test_the_published_schema_is_that_of_the_program():
    """`manage.py schema data/starter/procedure.schema.json` writes it anew."""
    assert SCHEMA.read_bytes() == schema_of.written()


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    shape = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(shape)
    return jsonschema.Draft202012Validator(shape)


def test_the_schema_takes_what_ships(validator):
    for path in FILES:
        found = [fault.message for fault in validator.iter_errors(json.loads(path.read_bytes()))]
        assert found == [], path.name


def test_the_schema_takes_what_the_checks_take(validator):
    for document in SOUND:
        assert [fault.message for fault in validator.iter_errors(document)] == []


def changed_question(**changes) -> dict:
    document = dogs()
    document["form"]["pages"][1]["questions"][3] |= changes
    return document


BROKEN = [
    dogs(format=2),
    dogs(colour="blue"),
    without("division"),
    dogs(once="yes"),
    dogs(login="maybe"),
    dogs(id="Dog_1"),
    dogs(name=""),
    dogs(standard_days=5000),
    dogs(applicants=[]),
    dogs(withdrawal=["DRAFT"]),
    dogs(fee={"when": "none", "amount": "3000", "text": ""}),
    dogs(guidance={}),
    dogs(form=None),
    dogs(form={"pages": []}),
    dogs(period={"from": "June", "until": ""}),
    dogs(signature="yes"),
    dogs(visit={"when": "always", "bring": ""}),
    dogs(mails={"sign_up_code": MAIL}),
    dogs(paper_forms=[{"file": "../x.pdf", "title": "x"}]),
    changed_question(type="colour"),
    changed_question(key="Sex"),
    changed_question(required="yes"),
    changed_question(limits={"max_length": 3}),
    changed_question(choices=[]),
    changed_question(choices=[{"value": "x"}]),
    changed_question(profile="telephone"),
    changed_question(color="red"),
    changed_question(show_if={"question": "dog_name"}),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_what_is_broken_fails_in_both(validator, number):
    assert procedure_file.faults(BROKEN[number])
    assert not validator.is_valid(BROKEN[number])


# ---------------------------------------------------------------- the document

DOC = (demo.config.PROGRAM / "docs" / "procedure-format.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """What stands below a heading, up to the next one."""
    return re.split(r"\n##+ ", DOC.split(f"# {title}\n", 1)[1], maxsplit=1)[0]


def test_the_document_lists_every_key_in_its_order():
    """docs/procedure-format.md is complete, and `write` follows it."""
    shown = re.findall(r"^\| `(\w+)` \|", section("いちばん上の鍵"), re.MULTILINE)
    assert shown == list(keys.DOCUMENT)
    for name, known in (
        ("eligibility", keys.ELIGIBILITY),
        ("fee", keys.FEE),
        ("period", keys.PERIOD),
        ("visit", keys.VISIT),
        ("paper_forms", keys.PAPER_FORM),
        ("guidance", keys.GUIDANCE),
        ("mails", keys.MAILS),
    ):
        assert re.findall(r"^\| `(\w+)` \|", section(f"`{name}`"), re.MULTILINE) == list(known), name


def test_the_document_names_every_value():
    tables = {"": keys.DOCUMENT, "eligibility": keys.ELIGIBILITY, "fee": keys.FEE, "visit": keys.VISIT}
    for place, known in tables.items():
        text = section(f"`{place}`" if place else "いちばん上の鍵")
        for name, key in known.items():
            line = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
            optional = key.default is not keys.REQUIRED
            assert ("なくてもよい" in line) == optional, name
            for value in key.allowed:
                assert f"`{json.dumps(value)}`" in line, (name, value)
    for value in (*keys.WITHDRAWAL, *keys.KINDS_OF_APPLICANTS):
        assert f'`"{value}"`' in section("いちばん上の鍵")


def test_the_examples_of_the_document_are_sound():
    (example,) = re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)
    assert procedure_file.faults(procedure_file.read(example.encode())) == []
    mails = re.search(r"`(\{\"received\".*?\})` のように", section("`mails`"))
    assert procedure_file.faults(dogs(mails=json.loads(mails[1]))) == []


@pytest.mark.parametrize("changes", [{"once": True}, {"signature": "person"}])
def test_what_only_a_login_can_keep(changes):
    """Without one nobody knows who applies a second time, or whose signature it is."""
    document = dogs() | {"login": "required"} | changes
    assert procedure_file.faults(document) == []
    (fault,) = procedure_file.faults(document | {"login": "none", "identity": "none"})
    assert fault.startswith(next(iter(changes))) and "ログインがいらない" in fault
