"""What cannot be seen without GitHub's API, and what does it say of the repository as a whole?"""

from collections.abc import Iterator

from mooring.core.check import Check, Health
from mooring.github.traps.ground import Ground
from mooring.github.traps.settings import About, Unseen


def hosting(ground: Ground) -> Iterator[Check]:
    """Say whether GitHub's settings could be seen, and whether issues can take alerts."""
    settings = ground.settings
    if isinstance(settings.about, Unseen):
        yield Check(
            "GitHub settings", Health.NOTE, f"They cannot be seen from here. {settings.about.why}", settings.about.fix
        )
        return
    unseen = [one for one in (settings.rules, settings.protection) if isinstance(one, Unseen)]
    if not unseen:
        yield Check(
            "GitHub settings", Health.OK, f"{settings.about.name} answers, and the rules of its branch can be seen"
        )
    for what, found in (("rules for branches", settings.rules), ("required checks", settings.protection)):
        if isinstance(found, Unseen):
            yield Check("GitHub settings", Health.NOTE, f"The {what} cannot be seen from here. {found.why}")
    yield from _issues(settings.about, ground)


def _issues(about: About, ground: Ground) -> Iterator[Check]:
    if ground.yaml.opens_issues and not about.has_issues:
        message = "mooring.yaml wants alerts as issues (notify: github), and this repository has issues switched off"
        yield Check("issues", Health.WARN, message, "Switch them on: Settings -> General -> Features -> Issues.")
