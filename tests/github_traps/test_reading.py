"""Is a workflow read as GitHub reads it, and is a broken one said to be so?"""

import pytest

from mooring.github.traps.documents import Concurrency, Trigger
from mooring.github.traps.events import certain, possible
from mooring.github.traps.filters import matches, passes
from mooring.github.traps.reading import CAP, NotAWorkflow, read_workflow

PATH = ".github/workflows/x.yml"


@pytest.mark.parametrize(
    ("on", "events"),
    [
        ("push", {"push"}),
        ("[push, pull_request]", {"push", "pull_request"}),
        ("{push: , schedule: [{cron: '1 * * * *'}]}", {"push", "schedule"}),
        ("", set()),
    ],
)
def test_on_is_a_text_in_each_of_its_shapes(on: str, events: set[str]) -> None:
    assert set(read_workflow(PATH, f"on: {on}\njobs: {{}}\n".encode()).triggers) == events


def test_all_that_is_looked_at_is_read() -> None:
    found = read_workflow(
        PATH,
        b"""\
on:
  push: {branches: main, paths-ignore: [docs/**]}
permissions: write-all
concurrency: {group: one, cancel-in-progress: true}
env: {A: 1}
jobs:
  a:
    name: First
    if: always()
    permissions: {}
    concurrency: two
    env: {B: 'x'}
    steps:
      - {uses: 'o/mooring@v1', with: {command: sync}, env: {C: yes}, if: success()}
      - nonsense
  b: nonsense
""",
    )
    first, second = found.jobs
    assert found.triggers["push"] == Trigger(branches=("main",), paths_ignore=("docs/**",))
    assert (found.permissions, found.permissions_of(first), found.permissions_of(second)) == (
        {"*": "write"},
        {},
        {"*": "write"},
    )
    assert found.queues_of(first) == (Concurrency("one", "true"), Concurrency("two"))
    assert (found.env, first.env, first.steps[0].env) == ({"A": "1"}, {"B": "x"}, {"C": "yes"})
    assert (first.name, first.condition, first.steps[0].inputs) == ("First", "always()", {"command": "sync"})
    assert (len(first.steps), second.steps) == (2, ())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"on: [push\njobs: {", "line 2: this is not YAML"),
        (b"- push\n", "no mapping"),
        (b"", "no mapping"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a: &a [*a, *a]\n", "holds itself"),
        (b"#" * (CAP + 1), "more than"),
        (b"a: " + b"[" * 200 + b"]" * 200, "nested deeper"),
    ],
)
def test_what_is_no_workflow_says_why(data: bytes, said: str) -> None:
    with pytest.raises(NotAWorkflow, match=said):
        read_workflow(PATH, data)


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        ("", "push schedule pull_request"),
        ("true", "push schedule pull_request"),
        ("github.event_name == 'push'", "push"),
        ("${{ github.event_name == 'push' }}", "push"),
        ("github.event_name != 'pull_request' && github.ref == 'x'", "push schedule"),
        ("(github.event_name == 'push' || github.event_name=='schedule') && always()", "push schedule"),
        ("github.event_name == 'push' || always()", "push schedule pull_request"),
        ("github.event_name == 'push' || always() && github.event_name == 'push'", "push schedule pull_request"),
        ("!(github.event_name == 'push')", "push schedule pull_request"),
        ("((github.event_name == 'push') && always()) || failure()", "push schedule pull_request"),
    ],
)
def test_a_condition_narrows_events_only_as_far_as_it_is_understood(condition: str, events: str) -> None:
    assert possible(condition, ["push", "schedule", "pull_request"]) == set(events.split())


def test_what_is_not_understood_is_not_certain() -> None:
    assert certain("${{ github.ref != 'refs/heads/main' }}", ["push"]) == set()
    assert certain("${{ github.event_name == 'pull_request' }}", ["push"]) == set()
    assert certain("true", ["push"]) == {"push"}


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("main", "main", "main2 mai"),
        ("*", "main octo-cat", "a/b"),
        ("**", "a/b a", ""),
        ("docs/**", "docs/a docs/a/b", "docs other/docs/a"),
        ("docs/*", "docs/a", "docs/a/b"),
        ("**/README.md", "README.md a/README.md a/b/README.md", "README.mdx xREADME.md"),
        ("**/migrate-*.sql", "migrate-1.sql db/migrate-v1.0.sql", "migrate.sql"),
        ("v[12].[0-9]+.[0-9]+", "v1.10.1 v2.0.0", "v3.0.0 v1..0"),
        ("*.jsx?", "page.js page.jsx", "page.jsxx page.ts"),
        ("a+b", "ab aaab", "b"),
        (r"a\*b", "a*b", "axb"),
        ("[CB]at", "Cat Bat", "cat"),
        ("", "", "a"),
    ],
)
def test_patterns_fit_as_github_documents_them(pattern: str, fits: str, fits_not: str) -> None:
    assert [text for text in fits.split() if not matches(text, pattern)] == []
    assert [text for text in fits_not.split() if matches(text, pattern)] == []


@pytest.mark.parametrize(
    ("path", "only", "ignored", "so"),
    [
        ("a.md", None, None, True),
        ("a.md", ("*.md",), None, True),
        ("a.md", ("*", "!*.md"), None, False),
        ("a.md", ("*", "!*.md", "a.*"), None, True),
        ("a.md", None, ("*.md",), False),
        ("a.yaml", None, ("*.md",), True),
        ("a.md", (), None, False),
    ],
)
def test_the_last_pattern_that_fits_decides(
    path: str, only: tuple[str, ...] | None, ignored: tuple[str, ...] | None, *, so: bool
) -> None:
    assert passes(path, only, ignored) is so


def test_no_pattern_costs_more_than_its_length() -> None:
    assert not matches("a" * 300, "**a*" * 100 + "b")
