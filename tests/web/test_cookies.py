"""Cookies as browsers really send them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("others", ["SameSite=Lax; SameSite=Lax; ", "a:b@c={odd}; ", "novalue; ; =; "])
def test_an_odd_cookie_beside_ours_logs_nobody_out(browser, cast, others):
    """R-1.9: lynx sends "SameSite=Lax" as a cookie of its own; other programs of the host may send anything."""
    keiko = browser(cast.keiko)
    ours = "; ".join(f"{name}={value}" for name, value in keiko.cookies.items())
    stranger = browser(HTTP_COOKIE=others + ours)
    assert stranger.get("/mypage").status_int == 200
