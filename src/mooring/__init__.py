"""Mooring keeps prompts on hosted platforms tied to Git."""

__version__ = "0.1.0"
