"""What does it take to connect to a Langfuse, and what is never shown or imported?"""

import subprocess
import sys
from pathlib import Path

import pytest
import responses

from mooring.ports import Misconfigured, Options
from mooring_langfuse import connect

KEYS = {"public_key": "pk-lf-1", "secret_key": "sk-lf-secret"}
LIST = "https://host/api/public/v2/prompts"
NOTHING = {"data": [], "meta": {"page": 1, "limit": 100, "totalPages": 0, "totalItems": 0}}

REFUSED = [
    ("ftp://host", KEYS, {}, "not http"),
    ("cloud.langfuse.com", KEYS, {}, "not http"),
    ("https://", KEYS, {}, "more or less"),
    ("https://host/#/prompts", KEYS, {}, "more or less"),
    ("https://host/?a=b", KEYS, {}, "more or less"),
    ("https://name:secret@host", KEYS, {}, "more or less"),
    ("https://host", {}, {}, "not both"),
    ("https://host", {"public_key": "pk"}, {}, "not both"),
    ("https://host", {"secret_key": "secret"}, {}, "not both"),
    ("https://host", {"token": "secret"}, {}, "sets token"),
    ("https://host", {**KEYS, "secret_key": ""}, {}, "empty or unprintable secret_key"),
    ("https://host", {**KEYS, "secret_key": "secret\n"}, {}, "empty or unprintable secret_key"),
    ("https://host", {**KEYS, "public_key": "pk:secret"}, {}, "colon"),
    ("https://host", KEYS, {"page_size": "0"}, "page_size '0'"),
    ("https://host", KEYS, {"page_size": "101"}, "page_size '101'"),
    ("https://host", KEYS, {"page_size": "²"}, "page_size"),
    ("https://host", KEYS, {"workspace": "w"}, "sets workspace"),
]


@pytest.mark.parametrize(("url", "credentials", "extra", "reason"), REFUSED)
def test_what_cannot_be_connected_to_is_said_with_the_way_out(
    url: str, credentials: dict[str, str], extra: dict[str, str], reason: str
) -> None:
    with pytest.raises(Misconfigured, match=reason) as caught:
        connect(Options("prod", url, credentials, "/", extra=extra))
    assert "prod" in str(caught.value)
    assert "secret" not in str(caught.value).replace("secret_key", "").replace("SECRET", "")


WITHOUT = """
import sys
sys.modules["langfuse"] = None  # as where it is not installed
from mooring.ports import Options
from mooring_langfuse import connect
assert "requests" not in sys.modules
adapter = connect(Options("prod", "https://host", {"public_key": "pk", "secret_key": "sk"}, "."))
assert not adapter.objections("x", "production", None)
assert "requests" in sys.modules
assert not {"mlflow", "rich", "tenacity", "deepdiff"} & sys.modules.keys()
"""


def test_it_needs_no_sdk(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@responses.activate
def test_the_platforms_own_variables_log_in_where_the_target_names_none() -> None:
    responses.get(LIST, json=NOTHING)
    environment = {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_HOST": "https://elsewhere"}
    connect(Options("prod", "https://host/", {}, "/", environment=environment)).survey(["production"], [])
    assert responses.calls[0].request.headers["Authorization"] == "Basic cGs6c2s="
    environment["LANGFUSE_SECRET_KEY"] = ""
    with pytest.raises(Misconfigured, match="not both"):
        connect(Options("prod", "https://host", {}, "/", environment=environment))


@responses.activate
def test_a_prefix_is_kept_and_nobody_else_is_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine host login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    responses.get("https://host/lf/api/public/v2/prompts", json=NOTHING)
    connect(Options("prod", "https://host/lf/", KEYS, "/")).survey(["production"], [])
    assert responses.calls[0].request.headers["Authorization"].startswith("Basic cGstbGYt")


def test_a_connection_is_known_by_all_of_it_and_shows_nothing() -> None:
    def connection(url: str, **keys: str) -> str:
        return connect(Options("prod", url, {**KEYS, **keys}, "/")).connection()

    places = {
        connection("https://host"),
        connection("https://host/x"),
        connection("https://host", public_key="pk-lf-2"),
        connection("https://host", secret_key="sk-lf-2"),
    }
    assert len(places) == 4
    assert connection("https://host") == connection("https://host/")
    assert not any("lf-secret" in place or "pk-lf" in place for place in places)
    adapter = connect(Options("prod", "https://host", KEYS, "/"))
    assert "lf-secret" not in f"{adapter!r}{vars(adapter)}"
