"""Is a commit message provenance, whole and never forged, within what Langfuse takes?"""

from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import ContentHash
from mooring.ports import Provenance
from mooring_langfuse import notes

HASH = ContentHash("sha256:" + "0123456789abcdef" * 4)
COMMIT = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_texts = st.text(max_size=700) | st.text("é🧑\n\rMooring-Id: x…", max_size=300)


def provenance(path: str = "prompts/a/v1.yaml", author: str = "Zoë <z@example.org>", given: str = "acme") -> Provenance:
    return Provenance(given, COMMIT, path, author, HASH)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_people_see_where_it_came_from_first() -> None:
    assert notes.write(provenance()) == (
        "prompts/a/v1.yaml at 4b825dc642cb (Mooring)\n\n"
        "Mooring-Id: acme\n"
        f"Mooring-Commit: {COMMIT}\n"
        "Mooring-Path: prompts/a/v1.yaml\n"
        "Mooring-Author: Zoë <z@example.org>\n"
        f"Mooring-Hash: {HASH}"
    )


@given(path=_texts, author=_texts)
def test_id_commit_and_hash_always_fit_and_are_never_forged(path: str, author: str) -> None:
    message = notes.write(provenance(path, author))
    assert message is not None
    assert units(message) <= notes.MAX_MESSAGE
    assert "\0" not in message
    found = notes.read(message)
    assert found is not None
    assert (found.id, found.commit, found.hash) == ("acme", COMMIT, HASH)
    assert notes.write(found) is not None


@given(path=st.text("abc/ü", max_size=100), author=st.text("abc <>@ü", max_size=60))
def test_what_fits_comes_back_as_it_was(path: str, author: str) -> None:
    message = notes.write(provenance(path, author))
    assert message is not None
    assert notes.read(message) == provenance(path, author)


def test_the_line_for_people_is_cut_first_then_the_author_then_the_path() -> None:
    def parts(path: str, author: str) -> tuple[bool, bool, bool]:
        message = notes.write(provenance(path, author)) or ""
        found = notes.read(message)
        assert found is not None
        return message.partition("\n")[0].endswith("…"), found.author.endswith("…"), found.path.endswith("…")

    assert parts("p" * 60, "a" * 60) == (False, False, False)
    assert parts("p" * 120, "a" * 60) == (True, False, False)
    assert parts("p" * 120, "a" * 200) == (True, True, False)
    assert parts("p" * 400, "a" * 200) == (True, True, True)
    assert units(notes.write(provenance("🧑" * 300, "🧑" * 300)) or "") in {499, 500}


def test_an_id_that_never_fits_is_none() -> None:
    assert notes.write(provenance(given="x" * 400)) is None


def test_only_a_whole_message_of_ours_is_provenance() -> None:
    message = notes.write(provenance()) or ""
    for other in (
        None,
        7,
        "",
        "fixed a typo",
        f"{message}\n",
        f"Revert\n{message}",
        message.replace("\n\n", "\n"),
        message.replace("Mooring-Author", "Mooring-Editor"),
        message.replace("Mooring-Id: acme", "Mooring-Id: "),
        message[:-1],
        message.replace("sha256", "md5"),
    ):
        assert notes.read(other) is None, other
