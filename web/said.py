"""What an act says when it is done: one sentence on the next page, carried there in a cookie that lives once."""

from __future__ import annotations

import base64
import binascii
import hmac

import config
from rules.values import secrecy
from web.visit import Visit

COOKIE = "said"


def say(visit: Visit, sentence: str) -> None:
    """Have the next page of this browser begin with a sentence."""
    text = base64.urlsafe_b64encode(sentence.encode("utf-8")).decode("ascii").rstrip("=")
    visit.added_cookies.append((COOKIE, f"{text}.{_signed(text)}"))


def take(visit: Visit) -> str:
    """The sentence that waits, which is forgotten with this answer; "" when there is none, or none of ours."""
    text, _, signature = visit.cookies.get(COOKIE, "").partition(".")
    if not text:
        return ""
    visit.added_cookies.append((COOKIE, ""))
    if not secrecy.same(signature, _signed(text)):
        return ""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _signed(text: str) -> str:
    return hmac.new(config.settings().key("said"), text.encode("utf-8", "replace"), "sha256").hexdigest()[:32]
