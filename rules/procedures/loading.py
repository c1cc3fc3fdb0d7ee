"""手続きファイルの読込み: what files would change in a town, said first, then done whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from peewee import IntegrityError

from models import Category, Division, FormVersion, PaperForm, Procedure, Role, Staff, Town, transaction
from rules import Refusal
from rules.procedures import paper_form, procedure, procedure_file
from rules.procedures.differences import differences
from rules.procedures.upload_set import Source, read_upload
from rules.records import access, audit
from rules.records.session import SignedInStaff

__all__ = ["Change", "Fault", "Plan", "Source", "plan", "read_upload", "take_in"]

Document = dict[str, Any]

NEW, CHANGED, SAME = "new", "changed", "same"


class Fault(NamedTuple):
    """What stands in the way, and in which file; the sentence names the line or the key."""

    file: str
    sentence: str


@dataclass(frozen=True)
class Change:
    """What one file would do."""

    file: str
    document: Document
    state: str
    lines: list[str]
    remarks: list[str]
    papers: list[paper_form.Checked]
    # The row it meets and its revision then; None and 0: there is none yet.
    procedure: int | None
    revision: int

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def name(self) -> str:
        return str(self.document["name"])


@dataclass(frozen=True)
class Plan:
    """What all of them would do, and what keeps all of them out."""

    town: Town
    publish: bool
    changes: list[Change] = field(default_factory=list)
    divisions: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def creates(self) -> list[str]:
        """Sentences on what the town lacks and gets."""
        return [f"部課「{name}」を作ります。" for name in self.divisions] + [
            f"カテゴリ「{name}」を作ります。" for name in self.categories
        ]

    @property
    def wanted(self) -> list[Change]:
        """Those that change something."""
        return [change for change in self.changes if change.state != SAME]

    @property
    def mark(self) -> str:
        """The same for the same files in an unchanged town: whether what was shown is what would be done."""
        parts = [
            (c.id, c.revision, procedure_file.write(c.document), [(p.name, p.sha256) for p in c.papers])
            for c in self.changes
        ]
        return sha256(repr((self.publish, self.creates, parts)).encode("utf-8")).hexdigest()


# ---------------------------------------------------------------- what would change


@dataclass(frozen=True)
class _Present:
    """A procedure as the town has it."""

    row: Procedure
    published: Document | None
    papers: dict[str, str]

    @property
    def draft(self) -> Document | None:
        drafted: Document | None = self.row.draft
        return drafted


class _Town:
    """What the files are held against, read once."""

    def __init__(self, town: Town, by: SignedInStaff | None) -> None:
        self.by = by
        rows = procedure.of_town_by_id(town)
        mine = "procedure_id IN (SELECT id FROM procedure WHERE town_id = {})"
        versions = {(row.procedure_id, row.number): row.document for row in FormVersion.rows(mine, town.id)}
        papers: dict[int, dict[str, str]] = {}
        for paper in PaperForm.rows(f"{mine} ORDER BY position DESC", town.id):
            papers.setdefault(paper.procedure_id, {})[paper.name] = paper.sha256
        self.present = {
            slug: _Present(row, _filed(row, versions.get((row.id, row.published or 0))), papers.get(row.id, {}))
            for slug, row in rows.items()
        }
        self.divisions = {row.name: row for row in Division.rows("town_id = {}", town.id)}
        self.categories = {row.name for row in Category.rows("town_id = {}", town.id)}
        self.own = access.own_divisions(by) if by is not None else {row.id for row in self.divisions.values()}

    @property
    def may_create(self) -> bool:
        return self.by is None or self.by.role is Role.TOWN_ADMINISTRATOR


def _filed(row: Procedure, document: Document | None) -> Document | None:
    return None if document is None else procedure.as_filed(row, document)


def plan(town: Town, sources: Iterable[Source], *, publish: bool = False, by: SignedInStaff | None = None) -> Plan:
    """What loading these files would change; nothing is written. `by` is None for the operator of the installation."""
    ground, made = _Town(town, by), Plan(town, publish)
    seen: dict[str, str] = {}
    for source in sources:
        try:
            document = procedure_file.read(source.content)
            wrong = procedure_file.faults(document) or _not_fit(ground, document)
            if not wrong and document["id"] in seen:
                wrong = [f"id（名札）：「{document['id']}」は、{seen[document['id']]} にもあります。"]
            made.faults.extend(Fault(source.name, sentence) for sentence in wrong)
            if not wrong:
                seen[document["id"]] = source.name
                papers, lacking = paper_form.beside(document, source.find)
                remarks = _on_lacking(ground.present.get(document["id"]), lacking, publish=publish)
                made.changes.append(_change(ground, source.name, document, papers, publish=publish))
                made.changes[-1].remarks.extend(remarks)
        except Refusal as refusal:
            made.faults.append(Fault(source.name, refusal.message))
    wanted = [change.document for change in made.wanted]
    made.divisions.extend(dict.fromkeys(d["division"] for d in wanted if d["division"] not in ground.divisions))
    made.categories.extend(dict.fromkeys(d["category"] for d in wanted if d["category"] not in ground.categories))
    _remark_on_exits(made, ground)
    return made


def _on_lacking(present: _Present | None, lacking: list[Document], *, publish: bool) -> list[str]:
    """A sentence for each paper form that did not come along; what nobody has cannot be published."""
    found = []
    for entry in lacking:
        said = paper_form.not_there(entry["file"], entry["title"])
        if present is not None and entry["file"] in present.papers:
            found.append(f"{said}いまある様式を、そのまま使います。")
        elif publish:
            raise Refusal(said)
        else:
            found.append(f"{said}様式のない下書きになります。公開する前に、様式を入れてください。")
    return found


def _not_fit(ground: _Town, document: Document) -> list[str]:
    """What the town, or the rights of who loads, have against a sound document."""
    division, known = ground.divisions.get(document["division"]), ground.present.get(document["id"])
    found = []
    if division is not None and division.closed_at is not None:
        found.append(f"division（担当の部課）：部課「{division.name}」は閉じています。ほかの部課にしてください。")
    if not ground.may_create:
        for key, names in (("division", ground.divisions), ("category", ground.categories)):
            if document[key] not in names:
                word = "部課" if key == "division" else "カテゴリ"
                found.append(
                    f"{key}：{word}「{document[key]}」がありません。町の管理者に、先に作ってもらってください。"
                )
    theirs = {row.division_id for row in (known.row,)} if known else set()
    theirs |= {division.id} if division else set()
    if theirs - ground.own:
        found.append("division（担当の部課）：ほかの部課の手続きです。その部課の職員か、町の管理者に頼んでください。")
    return found


def _change(ground: _Town, file: str, document: Document, papers: list[paper_form.Checked], *, publish: bool) -> Change:
    present = ground.present.get(document["id"])
    document = procedure_file.tidied(document)
    if present is None:
        return Change(file, document, NEW, differences(None, document), [], papers, None, 0)
    draft, published = present.draft, present.published
    base = (published or draft) if publish else (draft or published)
    named = {entry.get("file") for entry in (base or {}).get("paper_forms", ()) if isinstance(entry, dict)}
    lines = differences(base, document)
    for paper in papers:
        if present.papers.get(paper.name, paper.sha256) != paper.sha256:
            lines.append(f"様式「{paper.title}」の中身が変わります。")
        elif paper.name not in present.papers and paper.name in named:
            lines.append(f"様式「{paper.title}」のファイルが加わります。")
    if not lines and publish and draft is not None:
        is_kept = published is not None and _same(published, document)
        lines = ["下書きをやめて、公開中の版に戻します。" if is_kept else "下書きを公開します。"]
    state = CHANGED if lines else SAME
    remarks = _remarks(present, document, state, publish=publish)
    return Change(file, document, state, lines, remarks, papers, present.row.id, present.row.revision)


def _same(one: Document, other: Document) -> bool:
    return procedure_file.write(one) == procedure_file.write(other)


def _remarks(present: _Present, document: Document, state: str, *, publish: bool) -> list[str]:
    found = []
    drafted = present.draft
    is_compared = publish and present.published is None
    if state == CHANGED and drafted is not None and not is_compared and not _same(drafted, document):
        by = f"（{present.row.draft_actor}）" if present.row.draft_actor else ""
        found.append(f"いまの下書き{by}は、ファイルの内容に置きかわります。")
    if present.row.closed_at is not None:
        found.append("受付をやめている手続きです。読み込んでも、受付は始まりません。")
    return found


def _remark_on_exits(made: Plan, ground: _Town) -> None:
    """An exit page may lead to a procedure that the town does not have: its name is then only a text."""
    known = {change.id for change in made.changes} | set(ground.present)
    for change in made.wanted:
        pages = (change.document["form"] or {"pages": []})["pages"]
        ways = [(page["title"], page["exit"].get("procedure", "")) for page in pages if page.get("exit")]
        change.remarks.extend(
            f"ページ「{title}」の行き先の手続き「{slug}」が、まだありません。"
            for title, slug in ways
            if slug and slug not in known
        )


# ---------------------------------------------------------------- the act

_OVERTAKEN = "確かめたあとで、手続きが変わりました。まだ何も読み込んでいません。もう一度確かめてください。"
_NOT_PUBLISHING = "公開できるのは、町の管理者だけです。下書きとして読み込んでください。"


def take_in(made: Plan, *, by: SignedInStaff | None = None) -> list[Procedure]:
    """Do what a plan says: all of it, or with a Refusal nothing; returns the procedures that changed."""
    if made.faults:
        raise Refusal("\n".join(f"{fault.file}：{fault.sentence}" for fault in made.faults))
    if made.publish and by is not None and by.role is not Role.TOWN_ADMINISTRATOR:
        raise Refusal(_NOT_PUBLISHING)
    rows = {row.id: row for row in Procedure.rows("town_id = {}", made.town.id)}
    stored = [paper_form.store(change.papers, rows.get(change.procedure or 0)) for change in made.wanted]
    try:
        with transaction():
            return [_take_in(made, change, names, by) for change, names in zip(made.wanted, stored, strict=True)]
    except IntegrityError:
        # A procedure, division or category of the same name was made at the same moment.
        raise Refusal(_OVERTAKEN) from None


def _take_in(made: Plan, change: Change, stored: dict[str, str], by: SignedInStaff | None) -> Procedure:
    if change.procedure is not None:
        # Nobody else changes the row from here on.
        same = {"revision": change.revision}
        if Procedure.change(same, "id = {} AND revision = {}", change.procedure, change.revision) != 1:
            raise Refusal(_OVERTAKEN)
    elif Procedure.row("town_id = {} AND slug = {}", made.town.id, change.id) is not None:
        raise Refusal(_OVERTAKEN)
    loaded = procedure.take_in(made.town, change.document, change.papers, stored, actor=by.name if by else "")
    if made.publish:
        procedure.publish_draft(loaded, by=Staff.get_by_id(by.id) if by else None)
    elif _is_published(loaded):
        # The published version itself, over a draft: there is nothing left to publish but changed paper forms.
        loaded.draft, loaded.draft_actor, loaded.draft_at = None, "", None
        loaded.save()
    act = "procedure_loaded_published" if made.publish else "procedure_loaded"
    audit.record(act, staff=by, town=made.town.id, procedure=loaded.id, division=loaded.division_id)
    return loaded


def _is_published(loaded: Procedure) -> bool:
    if loaded.published is None or any(row.position < 0 for row in paper_form.of_draft(loaded).values()):
        return False
    shown = FormVersion.get(procedure=loaded, number=loaded.published).document
    return _same(procedure.as_filed(loaded, shown), loaded.draft)
