"""Does a run keep to its share of a platform's rate limit, whatever else goes on there?"""

from typing import TYPE_CHECKING

import pytest

from mooring.clock import SystemClock
from mooring.core.report import Exit
from mooring.run import Depth
from mooring.testing.langfuse.limits import Limit, Limits, Resource
from mooring.testing.langfuse.trouble import Acted, Fault, When

if TYPE_CHECKING:
    from tests.langfuse.conftest import Scene


@pytest.fixture
def limited(scene: "Scene") -> "Scene":
    """Thirty prompts in pages of one, on a Langfuse whose time is the run's."""
    config = (scene.folder / "mooring.yaml").read_text()
    scene.write("mooring.yaml", config.replace("    mode:", "    options: {page_size: '1'}\n    mode:"))
    for number in range(30):
        scene.prompt(f"p{number:02}", "text")
    scene.commit()
    scene.sync()
    scene.time.follow(scene.clock)
    scene.sent()
    return scene


def test_a_check_beside_a_big_import_stays_within_its_share(limited: "Scene") -> None:
    config = (limited.folder / "mooring.yaml").read_text()
    limited.write("mooring.yaml", config.replace("    mode:", "    rate: {prompts: 20/min}\n    mode:"))
    limited.commit()
    limits = limited.langfuse.hooks.limits = Limits(now=limited.time)
    # Ten of ours, ten of theirs, and a little air: a window of the server begins when a request arrives there.
    limits.set("acme-org", Resource.PROMPTS, Limit(25, 60))
    answers: list[int] = []
    storm = Acted(When.BEFORE, lambda: answers.extend(limited.other_client() for _ in range(10)))
    # Somebody's import spends the other half of each minute, at once.
    limited.langfuse.hooks.trouble.add(*(Fault("GET", "label=", 1 + 10 * minute, storm) for minute in range(3)))

    report = limited.drift(Depth.WHOLE)

    assert report.exit is Exit.OK
    assert len(answers) == 30
    assert limits.share("acme-org", Resource.PROMPTS).refused == 0, "nobody went beyond the limit"
    ours = len([one for one in limited.langfuse.requests if "label=" in one.path])
    assert ours == 31, "thirty pages of one label, and one empty list"
    assert limited.clock.monotonic() >= 120, "thirty-one requests at ten a minute"


def test_a_limit_that_nobody_told_us_is_learnt_from_a_refusal(limited: "Scene") -> None:
    limits = limited.langfuse.hooks.limits = Limits(now=limited.time)
    limits.set("acme-org", Resource.PROMPTS, Limit(16, 60))

    report = limited.drift(Depth.WHOLE)

    assert report.exit is Exit.OK
    refused = limits.share("acme-org", Resource.PROMPTS).refused
    assert 1 <= refused <= 2, "one refusal teaches it; the wait that it names is rounded down to seconds"


def test_label_moves_keep_to_the_plan_of_a_small_organisation(limited: "Scene") -> None:
    for number in range(30):
        limited.prompt(f"p{number:02}", "better")
    limited.commit()
    limited.ledger_clock = SystemClock()
    limits = limited.langfuse.hooks.limits = Limits(now=limited.time)
    limits.set("acme-org", Resource.PUBLIC_API, Limit(11, 60))

    report = limited.sync()

    assert report.exit is Exit.OK, [row.note for row in report.rows if row.outcome != "applied"]
    assert limits.share("acme-org", Resource.PUBLIC_API).passed == 30
    assert all(limited.versions(f"p{number:02}") == ["text", "better"] for number in (0, 15, 29))
