"""Looking through one file, and through the files in it, for a reason to refuse."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from rules.files.upload import images, names, old_office, packages, pdf, zip_directory, zip_walk
from rules.files.upload.budget import Budget, Limits
from rules.files.upload.kinds import HEAD, detect
from rules.files.upload.reading import at, size_of
from rules.files.upload.verdicts import OK, Found, Verdict, Word, of
from rules.forms.field_types.files import EXTENSIONS

_PICTURES = ("jpeg", "png", "gif", "heic")
_CONTAINERS = frozenset(("zip", "cfb"))
_REFUSED = {"program": "program", "script": "script", "web-page": "web-page", "archive": "archive", "gzip": "archive"}
# Extension -> what the content may be. A document is also a ZIP, should somebody call it one.
_EXPECTED = {
    "jpg": ("jpeg",),
    "jpeg": ("jpeg",),
    "zip": ("zip", "docx", "xlsx", "pptx", "ooxml", "odf"),
}


def inspect(
    name: str,
    stream: BinaryIO,
    *,
    limits: Limits | None = None,
    ticking: Callable[[], float] = time.monotonic,
) -> Verdict:
    """The verdict on a file's content and on whether its name tells the truth; never an exception.

    The stream must be able to seek; where it stands afterwards is undefined.
    """
    try:
        examine(name, stream, Budget(limits or Limits(), ticking))
    except Found as found:
        return found.verdict()
    except Exception as error:  # what no one foresaw is refused, not stored
        return of("damaged", detail=f"{type(error).__name__}: {error}")
    return OK


def examine(name: str, stream: BinaryIO, budget: Budget) -> None:
    """`inspect`, but raising Found; tests see here that nothing else is raised."""
    if size_of(stream) == 0:
        raise Found("empty")
    ending, family = names.ending(name), names.family(name)
    accepted = ending in EXTENSIONS
    try:
        kind = _Look(budget).content(name, stream)
    except Found as found:
        if found.word is Word.MALFORMED and not accepted:
            raise Found(family or "kind", found.detail) from None
        raise
    if not accepted:
        raise Found(family or "kind", ending)
    if kind not in _EXPECTED.get(ending, (ending,)):
        raise Found("mismatch", f"{kind or 'unknown'} called .{ending}")


@dataclass
class _Look:
    """One level: the uploaded file is level 0, what is in it level 1."""

    budget: Budget
    level: int = 0
    # Inside a document drawings, pieces of pages and packed pictures are usual.
    document: bool = False

    def content(self, name: str, stream: BinaryIO) -> str:
        """What kind the content is; raises Found when it must not be taken."""
        kind = detect(at(stream, 0, HEAD))
        if kind == "fragment":
            kind = "" if names.ending(name) in names.WORDS else "web-page"
        if not kind and zip_directory.ends_as_one(stream):
            kind = "zip"
        if kind in _REFUSED and not (self.document and kind in ("web-page", "gzip", "script")):
            raise Found(_REFUSED[kind])
        if kind in _CONTAINERS and self.level > self.budget.limits.depth:
            raise Found("deep", f"level {self.level}")
        if kind == "zip":
            return self._zip(name, stream)
        if kind == "cfb":
            for inner, content in old_office.open_parts(stream, self.budget):
                self._below(document=not inner).member(inner, content, sure=True)
        elif kind == "biff":
            old_office.refuse_biff(at(stream, 0, self.budget.limits.directory))
        elif kind == "pdf":
            pdf.check(stream, self.budget)
            for inner, content in pdf.embedded(stream, self.budget):
                if self.level > self.budget.limits.depth:
                    raise Found("deep", f"level {self.level}")
                self._below(document=False).member(inner, content, sure=True)
        elif kind in _PICTURES:
            images.check(kind, stream, self.budget)
        return kind

    def _below(self, document: bool) -> _Look:
        return _Look(self.budget, self.level + 1, document)

    def family(self, name: str) -> str:
        """The family of kinds never taken that a member's name puts it in."""
        return names.family_of_part(name) if self.document else names.family(name)

    def _zip(self, name: str, stream: BinaryIO) -> str:
        directory = zip_walk.open_zip(stream, self.budget)
        members = [written for entry in directory.entries for written in zip_walk.names_of(entry)]
        if not members:
            raise Found("empty", "no members")
        kind = packages.kind_of(members)
        packages.refuse_names(members)
        below = self._below(document=kind != "zip" and (names.ending(name) in names.DOCUMENTS or not name))
        for written in members:
            if family := below.family(written):
                raise Found(family, inside=written)
        for member in zip_walk.members(stream, directory, self.budget):
            with member.content:
                packages.refuse_part(member.name, member.content)
                below.member(member.name, member.content, member.sure)
        return kind

    def member(self, name: str, stream: BinaryIO, sure: bool) -> None:
        """A file within a file. A broken picture or PDF harms nobody; what cannot be looked into is refused."""
        if family := self.family(name):
            raise Found(family, inside=name)
        if size_of(stream) == 0:
            return
        try:
            self.content(name, stream)
        except Found as found:
            opaque = detect(at(stream, 0, HEAD)) in _CONTAINERS
            if found.word is Word.MALFORMED and found.reason != "slow" and not (sure and opaque):
                return
            found.inside = "/".join(filter(None, (name, found.inside)))
            raise
