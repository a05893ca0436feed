"""Which traps of GitHub's own does a repository stand in front of? Its workflows and its settings are looked at."""
