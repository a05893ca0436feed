"""Whom does an authorization header stand for? (13)"""

import base64
import re

from mooring.testing.langfuse.installation import Key, Langfuse

NO_HEADER = "No authorization header"
INVALID_HEADER = "Invalid authorization header"
_HOST = "Confirm that you've configured the correct host."


class Unauthorized(Exception):
    """The header opens nothing."""


class Forbidden(Exception):
    """The key is good, and opens no project's prompts."""


def authenticate(langfuse: Langfuse, header: str | None) -> Key:
    """Give the key whose secret was sent; raise Unauthorized or Forbidden. Lower-case `basic` is refused."""
    if not header:
        raise Unauthorized(NO_HEADER)
    if header.startswith("Bearer "):
        if langfuse.knows_public(header.removeprefix("Bearer ")):
            raise Forbidden
        raise Unauthorized(f"Invalid public key. {_HOST}")
    if not header.startswith("Basic "):
        raise Unauthorized(INVALID_HEADER)
    _, colon, secret = _decoded(header.removeprefix("Basic ")).partition(":")
    if not colon:
        raise Unauthorized(f"{INVALID_HEADER}. {_HOST}")
    key = langfuse.key_of(secret)
    if key is None:
        raise Unauthorized(f"Invalid credentials. {_HOST}")
    if not key.project:
        raise Forbidden
    return key


def _decoded(text: str) -> str:
    """Do what `atob` does: white space and padding may be left out or in, another character may not."""
    text = re.sub("[\t\n\f\r ]", "", text)
    text = re.sub("={1,2}$", "", text) if len(text) % 4 == 0 else text
    if len(text) % 4 == 1 or re.fullmatch("[A-Za-z0-9+/]*", text) is None:
        raise Unauthorized(f"Invalid character. {_HOST}")
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode("latin-1")
