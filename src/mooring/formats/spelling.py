"""Which of the known words did somebody mean?"""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is most like a word, if any is like it enough."""
    from difflib import get_close_matches  # only errors need it

    found = get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `Did you mean …? ` with a space behind it, or nothing."""
    found = nearest(word, known)
    return "" if found is None else f"Did you mean `{found}`? "
