"""mooring.yaml: what it may say, how it is read and checked, and the schemas that describe it."""

from mooring.config.reading import load_config, resolve_credentials, resolve_notify
from mooring.config.types import (
    DEFAULT_PROMPTS,
    DEFAULT_REF,
    DEFAULT_REMOTE,
    AlertConfig,
    Config,
    ConfigInvalid,
    FromEnvironment,
    LedgerConfig,
    LedgerPlace,
    TargetConfig,
)

__all__ = [
    "DEFAULT_PROMPTS",
    "DEFAULT_REF",
    "DEFAULT_REMOTE",
    "AlertConfig",
    "Config",
    "ConfigInvalid",
    "FromEnvironment",
    "LedgerConfig",
    "LedgerPlace",
    "TargetConfig",
    "load_config",
    "resolve_credentials",
    "resolve_notify",
]
