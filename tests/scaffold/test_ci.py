"""Which CI does `mooring init` see?"""

import pytest

from mooring.scaffold.ci import Ci, Signs, which_ci

NOTHING, GITHUB, GITLAB, BOTH = (False, False), (True, False), (False, True), (True, True)


@pytest.mark.parametrize(
    ("host", "server", "files", "expected"),
    [
        ("github.com", None, NOTHING, Ci.GITHUB),
        ("ssh.github.com", None, NOTHING, Ci.GITHUB),
        ("GitHub.example.com", None, NOTHING, Ci.GITHUB),
        ("acme.ghe.com", None, NOTHING, Ci.GITHUB),
        ("git.example.com", "git.example.com", NOTHING, Ci.GITHUB),
        ("github.com", None, GITLAB, Ci.GITHUB),
        ("gitlab.com", None, NOTHING, Ci.GITLAB),
        ("gitlab-ce.example.com", None, GITHUB, Ci.GITLAB),
        ("git.example.com", None, GITLAB, Ci.GITLAB),
        ("git.example.com", "github.com", GITHUB, Ci.GITHUB),
        ("git.example.com", None, BOTH, Ci.GITHUB),
        ("bitbucket.org", "github.com", NOTHING, Ci.OTHER),
        ("notgithub.com", None, NOTHING, Ci.OTHER),
        (None, None, NOTHING, Ci.GITHUB),
        (None, "github.com", GITLAB, Ci.GITLAB),
    ],
)
def test_the_remote_says_it_else_the_files(
    host: str | None, server: str | None, files: tuple[bool, bool], expected: Ci
) -> None:
    assert which_ci(Signs(host, server, *files)) is expected
