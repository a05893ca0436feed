"""The main job, shown for real in a scratch folder."""
