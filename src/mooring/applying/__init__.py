"""How is a plan carried out? Archive, publish, verify, flip, verify: each write through one gate."""
