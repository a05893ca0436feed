"""What is a prompt called on a platform that forbids its name? The `rename` map of a target, read both ways."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Naming:
    """Ordered rules from Git names to platform names; each side holds at most one `*`, which stands for any text.

    The first rule that fits wins; a name that no rule fits stays as it is.
    """

    rules: Mapping[str, str] = field(default_factory=dict[str, str])

    def on_platform(self, prompt: str) -> str:
        """Give the platform's name of a Git prompt."""
        for pattern, form in self.rules.items():
            middle = _fit(prompt, pattern)
            if middle is not None:
                return form.replace("*", middle, 1)
        return prompt

    def in_git(self, name: str) -> str:
        """Give the Git name that means a platform's prompt; the name itself where no rule leads to it."""
        for pattern, form in self.rules.items():
            middle = _fit(name, form)
            if middle is not None:
                prompt = pattern.replace("*", middle, 1)
                if self.on_platform(prompt) == name:
                    return prompt
        return name

    def collisions(self, prompts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Give the platform names that several Git prompts would share: the map must be injective."""
        shared: dict[str, list[str]] = {}
        for prompt in prompts:
            shared.setdefault(self.on_platform(prompt), []).append(prompt)
        return {name: tuple(sorted(several)) for name, several in shared.items() if len(several) > 1}


def _fit(text: str, pattern: str) -> str | None:
    """Give what `*` stands for, '' for a pattern without one, None where the text does not fit."""
    if "*" not in pattern:
        return "" if text == pattern else None
    start, end = pattern.split("*", 1)
    fits = text.startswith(start) and text.endswith(end) and len(text) >= len(start) + len(end)
    return text[len(start) : len(text) - len(end)] if fits else None
