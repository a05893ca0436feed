"""What a pull request shows of a plan: gathered, and kept up to date in one comment."""
