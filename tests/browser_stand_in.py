"""A browser for tests: WebTest that checks every page it is shown against the house's rules for pages."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree

import html5lib
from webtest import TestApp
from webtest.forms import Submit
from webtest.response import TestResponse

HTML4 = frozenset(
    """
    a abbr acronym address area b base bdo big blockquote body br caption cite code col colgroup dd del dfn div dl dt em
    fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta ol optgroup option p
    param pre q samp select small span strong style sub sup table tbody td textarea tfoot th thead title tr tt ul var
    """.split()  # noqa: SIM905 - read as prose
)
LONGEST_URL = 2000


class Browser(TestApp):
    """What a test holds in its hand; `page` is what it shows now."""

    def __init__(self, app, **options) -> None:
        super().__init__(app, **options)
        self.page: TestResponse | None = None
        self.checks_pages = True

    def do_request(self, req, status=None, expect_errors=None):
        response = super().do_request(req, status=status, expect_errors=True)
        if status is None and not expect_errors:
            assert response.status_int < 500, response.text[:2000]
        if self.checks_pages and response.content_type == "text/html" and response.body:
            faults = faults_of(response)
            assert not faults, (req.path_qs, faults)
        return response

    def visit(self, path: str, **options) -> TestResponse:
        self.page = self.get(path, **options).maybe_follow()
        return self.page

    def log_in(self, address: str, password: str) -> TestResponse:
        return self._log_in("/login", email=address, password=password)

    def log_in_staff(self, login_id: str, password: str) -> TestResponse:
        return self._log_in("/staff/login", login_id=login_id, password=password)

    def _log_in(self, path: str, **fields: str) -> TestResponse:
        form = form_with(self.visit(path), "act_login")
        for name, value in fields.items():
            form[name] = value
        self.page = form.submit("act_login").maybe_follow()
        return self.page

    def fill(self, **fields: object) -> None:
        """Type into the form that has these fields; `__` stands for the dot in a name."""
        names = {name.replace("__", "."): value for name, value in fields.items()}
        form = next(f for f in self.page.forms.values() if set(names) <= set(f.fields))
        for name, value in names.items():
            form[name] = value

    def press(self, button: str, **options) -> TestResponse:
        """Press the first button with this name (without act_) or these words, and follow."""
        for form in self.page.forms.values():
            for name, fields in form.fields.items():
                for field in fields:
                    words = field.value_if_submitted() if isinstance(field, Submit) else None
                    if words is not None and button in (words, (name or "").removeprefix("act_")):
                        self.page = form.submit(name, value=words, **options).maybe_follow()
                        return self.page
        raise AssertionError(f"no button {button} on {self.page.request.path}")

    def shows(self, *words: str) -> bool:
        text = self.page.text
        return all(word in text for word in words)


def form_with(page: TestResponse, field: str):
    return next(form for form in page.forms.values() if field in form.fields)


# What differs from one visit to the next without making another page of it.
_PASSING = re.compile(r'(?<=name="csrf" value=")[^"]+')


def faults_of(response: TestResponse) -> list[str]:
    """What is wrong with a page by the house's rules; empty when nothing is."""
    return _faults_of(_PASSING.sub("token", response.text))


@lru_cache(maxsize=2000)
def _faults_of(text: str) -> list[str]:
    found = []
    if not text.startswith("<!DOCTYPE html>"):
        found.append("does not begin with <!DOCTYPE html>")
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    found += _elements(tree, text)
    found += _heading(tree)
    found += _labels(tree)
    found += _forms(tree)
    found += [
        f"long URL: {url[:80]}" for url in re.findall(r'(?:href|action)="([^"]*)"', text) if len(url) > LONGEST_URL
    ]
    return found


def _elements(tree: ElementTree.Element, text: str) -> list[str]:
    names = {str(element.tag) for element in tree.iter() if isinstance(element.tag, str)}
    found = [f"not HTML 4: <{name}>" for name in sorted(names - HTML4)]
    if re.search(r"<script|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE):
        found.append("script")
    if "style" in names or re.search(r"<[^>]*\sstyle=", text):
        found.append("inline style")
    return found


def _words(element: ElementTree.Element) -> str:
    return re.sub(r"\s+", "", "".join(element.itertext()))


def _heading(tree: ElementTree.Element) -> list[str]:
    headings, title = tree.findall(".//h1"), tree.find(".//title")
    if len(headings) != 1:
        return [f"{len(headings)} h1"]
    heading, name = _words(headings[0]), _words(title) if title is not None else ""
    if not name.removeprefix("エラー：").startswith(heading) or not heading:
        return [f"title {name!r} does not begin with h1 {heading!r}"]
    return []


def _labels(tree: ElementTree.Element) -> list[str]:
    found = []
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    found += [f"id twice: {key}" for key in sorted({key for key in ids if ids.count(key) > 1})]
    labelled = {label.get("for") for label in tree.iter("label") if _words(label)}
    for tag in ("input", "select", "textarea"):
        for element in tree.iter(tag):
            if element.get("type") in ("hidden", "submit"):
                continue
            if element.get("id") not in labelled:
                found.append(f"no label: {element.get('name')}")
    if list(tree.iter("button")):
        found.append("<button>")
    return found


def _forms(tree: ElementTree.Element) -> list[str]:
    found = []
    for form in tree.iter("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        if not any(field.get("name") == "csrf" and field.get("value") for field in form.iter("input")):
            found.append(f"no csrf: {form.get('action')}")
        has_file = any(field.get("type") == "file" for field in form.iter("input"))
        if has_file and form.get("enctype") != "multipart/form-data":
            found.append(f"file without multipart: {form.get('action')}")
    return found
