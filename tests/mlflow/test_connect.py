"""What does it take to connect to an MLflow, and what does it never import?"""

import subprocess
import sys
from pathlib import Path

import pytest
import responses

from mooring.ports import Misconfigured, Options
from mooring_mlflow import connect

REFUSED = [
    ("ftp://host", {}, {}, "neither"),
    ("mlflow.db", {}, {}, "neither"),
    ("postgresql://host/db", {}, {}, "mlflow server"),
    ("https://", {}, {}, "more or less"),
    ("https://host/#/prompts", {}, {}, "more or less"),
    ("https://host/?a=b", {}, {}, "more or less"),
    ("https://name:secret@host", {}, {}, "more or less"),
    ("https://host", {"username": "zoë"}, {}, "not `username` and `password`"),
    ("https://host", {"token": "t", "username": "u", "password": "p"}, {}, "not `username` and `password`"),
    ("https://host", {"public_key": "secret"}, {}, "sets public_key"),
    ("https://host", {"token": ""}, {}, "empty or unprintable token"),
    ("https://host", {"token": "secret\n"}, {}, "empty or unprintable token"),
    ("https://host", {}, {"page_size": "1"}, "page_size '1'"),
    ("https://host", {}, {"page_size": "1001"}, "page_size '1001'"),
    ("https://host", {}, {"pagesize": "10"}, "sets pagesize"),
    ("sqlite://", {}, {}, "no file"),
    ("sqlite:///", {}, {}, "no file"),
    ("sqlite:///a.db?mode=ro", {}, {}, "no file"),
    ("sqlite:///a.db", {"token": "secret"}, {}, "neither credentials nor"),
    ("sqlite:///a.db", {}, {"workspace": "w"}, "neither credentials nor"),
]


@pytest.mark.parametrize(("url", "credentials", "extra", "reason"), REFUSED)
def test_what_cannot_be_connected_to_is_said_with_the_way_out(
    url: str, credentials: dict[str, str], extra: dict[str, str], reason: str
) -> None:
    with pytest.raises(Misconfigured, match=reason) as caught:
        connect(Options("prod", url, credentials, "/", extra=extra))
    assert "prod" in str(caught.value)
    assert "secret" not in str(caught.value)


WITHOUT = """
import sys
sys.modules["mlflow"] = None  # as where it is not installed
from mooring.ports import Misconfigured, Options
from mooring_mlflow import connect
assert "requests" not in sys.modules
adapter = connect(Options("prod", "https://mlflow.example.org", {}, "."))
assert not adapter.objections("x", "production", None)
assert "requests" in sys.modules
try:
    connect(Options("prod", "sqlite:///mlflow.db", {}, "."))
except Misconfigured as error:
    assert "pip install 'mooring[mlflow]'" in str(error), error
else:
    sys.exit("it connected without mlflow")
"""


def test_a_served_registry_needs_no_mlflow_and_an_embedded_one_says_how_to_get_it(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


LOGINS = [
    ({}, {}, None),
    ({}, {"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer t"),
    ({}, {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p"}, "Basic dTpw"),
    (
        {},
        {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p", "MLFLOW_TRACKING_TOKEN": "t"},
        "Basic dTpw",
    ),
    ({"token": "own"}, {"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer own"),
]


@responses.activate
@pytest.mark.parametrize(("credentials", "environment", "sent"), LOGINS)
def test_the_platforms_own_variables_log_in_where_the_target_names_none(
    credentials: dict[str, str], environment: dict[str, str], sent: str | None
) -> None:
    responses.get("https://host/api/2.0/mlflow/registered-models/search", json={})

    connect(Options("prod", "https://host", credentials, "/", environment=environment)).survey([], [])

    assert responses.calls[0].request.headers.get("Authorization") == sent


def test_half_a_login_in_the_environment_is_said() -> None:
    with pytest.raises(Misconfigured, match="not `username` and `password`"):
        connect(Options("prod", "https://host", {}, "/", environment={"MLFLOW_TRACKING_USERNAME": "u"}))
