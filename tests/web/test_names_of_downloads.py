"""The name a file is saved under, in browsers of any age (R-4.3), and what goes with it."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from cast_acts import PDF, attach, send, write

from web.download import disposition

IE = "Mozilla/4.0 (compatible; MSIE {}.0; Windows NT 5.1; SV1)"
IE11 = "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko"
NAMES = (
    "申請書.pdf",
    "申請書（控え） 令和8年.pdf",
    "髙﨑.pdf",
    "𠮷野家.PDF",
    "100%.pdf",
    'a"b;c\\d.pdf',
    "plain name.pdf",
    "終わりなし",
)


@pytest.mark.parametrize("version", [6, 7, 8])
@pytest.mark.parametrize("name", NAMES)
def test_old_ie_reads_the_percents(name, version):
    """R-4.3: one name, percent-encoded; anything else it would garble."""
    header = disposition(name, IE.format(version))
    assert (match := re.fullmatch(r'attachment; filename="([^"\\;]+)"', header))
    assert unquote(match[1]) == name


@pytest.mark.parametrize("agent", [IE11, IE.format(10), "Lynx/2.9.0dev.10", "", "curl/7.88"])
@pytest.mark.parametrize("name", NAMES)
def test_all_others_get_both_names(name, agent):
    """R-4.3: the whole name for those that know it, an ASCII one with the same ending for the rest."""
    header = disposition(name, agent)
    assert (
        match := re.fullmatch(r"attachment; filename=\"([^\"\\;%]+)\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)", header)
    )
    assert unquote(match[2]) == name
    assert match[1].rpartition(".")[2].lower() == name.rpartition(".")[2].lower() or match[1] == "file"
    assert header.isascii()


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x=1.pdf", "a\0.pdf", "\u202efdp.exe.pdf"])
def test_no_name_breaks_the_header(name):
    for agent in (IE.format(6), IE11):
        header = disposition(name, agent)
        assert header.isascii() and header.isprintable()


def test_a_file_is_never_shown_inside_the_browser(browser, cast):
    """R-4.3: and IE up to 8 can save it over HTTPS."""
    written = write(cast.dogs, cast.keiko)
    attach(written, name="注射済証.pdf")
    sent = send(written, cast.keiko)
    keiko = browser(cast.keiko)
    keiko.visit(f"/applications/{sent.id}")
    file = keiko.page.click("注射済証.pdf", extra_environ={"HTTP_USER_AGENT": IE.format(6)})
    assert file.body == PDF
    assert unquote(file.headers["Content-Disposition"]) == 'attachment; filename="注射済証.pdf"'
    assert file.headers["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert "Pragma" not in file.headers
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["X-Download-Options"] == "noopen"
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
