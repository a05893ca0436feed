"""Is a mooring.yaml that is a link left unread? What it points to may be none of the reader's business."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Desk


@pytest.mark.parametrize("command", ["validate", "doctor", "plan --worktree"])
def test_a_config_that_is_a_link_is_not_followed(desk: "Desk", command: str) -> None:
    secret = desk.folder.parent / "elsewhere.yaml"
    secret.write_text("password-of-somebody: 1\n", encoding="utf-8")
    config = desk.folder / "mooring.yaml"
    config.unlink()
    config.symlink_to(secret)
    ended = desk.type(*command.split())
    assert ended.code == 65
    assert "symbolic link" in ended.err + ended.out
    assert "password-of-somebody" not in ended.err + ended.out
