"""What can somebody do by hand on a platform, behind Mooring's back?"""

from collections.abc import Sequence
from typing import Protocol

from mooring.core.address import Ref
from mooring.core.artifact import Artifact


class Person(Protocol):
    """A person at the platform's own client or web interface; every method does it or raises.

    What a platform does not let anybody do raises NotImplementedError, and the conformance suite leaves it out.
    """

    def save(self, prompt: str, content: Artifact, labels: Sequence[str] = ()) -> Ref:
        """Save a new version (of a new prompt, where there is none), and point labels at it."""
        ...

    def point(self, prompt: str, label: str, ref: Ref) -> None:
        """Point a label at a version."""
        ...

    def unlabel(self, prompt: str, label: str) -> None:
        """Take a label off."""
        ...

    def tamper(self, prompt: str, ref: Ref, content: Artifact) -> None:
        """Rewrite the text of a version in place."""
        ...

    def delete_version(self, prompt: str, ref: Ref) -> None:
        """Delete one version."""
        ...

    def delete_prompt(self, prompt: str) -> None:
        """Delete a prompt with all its versions."""
        ...
