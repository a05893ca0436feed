"""Under which name does a target's ledger stand?"""

import re
from urllib.parse import quote, unquote

from mooring.ledger.codec import Owner

DEFAULT_PREFIX = "refs/mooring"


def namespace(prefix: str, owner: Owner) -> str:
    """Give what stands before `/ledger` and `/lease`: one folder for the id and one for the target."""
    return f"{prefix.rstrip('/')}/{encode(owner.id)}/{encode(owner.target)}"


def encode(text: str) -> str:
    """Write any text as one part of a ref's name: what a ref cannot hold becomes `%XX`. Decodes to itself."""
    plain = quote(text, safe="", errors="surrogatepass").replace("~", "%7E")
    # Git forbids a dot at either end, two in a row, and a last `.lock`.
    return re.sub(r"^\.|\.(?=\.|$|lock$)", "%2E", plain) or "%"


def decode(part: str) -> str:
    """Give the text that `encode` was given."""
    return "" if part == "%" else unquote(part, errors="surrogatepass")
