"""How Mooring talks to Git: the user's own git program, never a working tree that it would change."""
