"""How is the fake's repository set up? What a person clicks together on GitHub's settings pages."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Settings:
    """Settings of the repository, and the rules of its default branch."""

    is_private: bool = True
    is_fork: bool = False
    jobs_may_write: bool = False
    """Workflow permissions: "Read and write permissions" for jobs that state none."""
    required: set[str] = field(default_factory=set[str])
    """Required status checks of an active ruleset."""
    protected: set[str] = field(default_factory=set[str])
    """Required status checks of the older protection of branches."""
    has_merge_queue: bool = False
    asks_signatures: bool = False
    administrators: set[str] = field(default_factory=set[str])
    """The logins that GitHub shows the settings of Actions to; a job's own token never is among them."""
