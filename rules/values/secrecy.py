"""Random tokens and the keyed digests that are stored in their place."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

import config


def new_token() -> str:
    """256 random bits, safe in a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the database keeps of a token; the token itself is random, so a plain digest is enough."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def keyed(purpose: str, text: str) -> str:
    """HMAC under the key of a purpose: nobody without secret.key can try values out."""
    return hmac.new(config.settings().key(purpose), text.encode("utf-8", "replace"), sha256).hexdigest()


def same(a: str, b: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(a.encode("utf-8", "replace"), b.encode("utf-8", "replace"))
