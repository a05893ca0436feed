"""The cron line of config/cron, run by a plain shell as cron runs it: silence while all is well, else what was said."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.elsewhere.conftest import Place

FILE = Path(__file__).parents[2] / "config" / "cron" / "mooring.cron"
FIELDS = re.compile(r"((?:[\d*/,-]+ ){5})(.+)")
SETTING = re.compile(r"(\w+)=(.*)")


@dataclass(frozen=True)
class Crontab:
    """The lines of a crontab: settings, and commands with their times."""

    settings: Mapping[str, str]
    commands: tuple[tuple[str, str], ...]


def read(text: str) -> Crontab:
    """Read a crontab as crontab(5) describes it; a `%` would end the command."""
    settings: dict[str, str] = {}
    commands: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if (command := FIELDS.fullmatch(line)) is not None:
            assert "%" not in command[2]
            commands.append((command[1].strip(), command[2]))
        else:
            setting = SETTING.fullmatch(line)
            assert setting is not None, line
            settings[setting[1]] = setting[2]
    return Crontab(settings, tuple(commands))


@dataclass(frozen=True)
class Cron:
    """A user with a clone and a file of credentials, and their one line."""

    home: Path
    bare: Mapping[str, str]
    crontab: Crontab

    def mailed(self, command: str | None = None) -> str:
        """Run the line, or another that ends in `command`, and give what cron would mail."""
        ((_, line),) = self.crontab.commands
        if command is not None:
            line = re.sub(r"mooring drift[^)]*", command, line)
        environment = {**self.bare, "LOGNAME": "prompts", "SHELL": "/bin/sh"}
        done = subprocess.run(
            [self.crontab.settings["SHELL"], "-c", line],
            cwd=self.home, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr


@pytest.fixture
def cron(place: "Place", home: Path, bare: Mapping[str, str]) -> Cron:
    subprocess.run(["git", "clone", "-q", str(place.remote), "prompts"], cwd=home, env=bare, check=True)
    secrets = "".join(f"{name}={value}\n" for name, value in place.credentials.items())
    (home / "mooring.env").write_text(secrets, encoding="utf-8")
    (home / "mooring.env").chmod(0o600)
    return Cron(home, bare, read(FILE.read_text(encoding="utf-8")))


def test_the_file_is_a_crontab_with_one_line_an_hour() -> None:
    found = read(FILE.read_text(encoding="utf-8"))
    assert set(found.settings) == {"SHELL", "PATH", "MAILTO"}
    assert [times for times, _ in found.commands] == ["17 * * * *"]


def test_it_is_silent_until_somebody_moves_and_then_tells_what(place: "Place", cron: Cron) -> None:
    place.prompt("Good day")  # after the clone was made, so it has to be fetched
    assert cron.mailed("mooring sync") == ""
    assert place.served() == "Good day"
    place.edit("Edited by hand")
    mail = cron.mailed()
    assert "greet@production" in mail
    assert "platform_ahead" in mail
    assert place.key.secret not in mail
    assert cron.mailed("mooring adopt --by-policy") == ""
    assert place.branches() == ["mooring/acme/prod/policy"]


def test_whatever_fails_first_is_mailed(place: "Place", cron: Cron) -> None:
    place.remote.rename(place.remote.with_name("gone.git"))
    assert "gone" not in (mail := cron.mailed())
    assert str(place.remote) in mail
    (cron.home / "mooring.env").unlink()
    assert "mooring.env" in cron.mailed()
