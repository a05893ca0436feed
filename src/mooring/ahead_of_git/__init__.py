"""How does a person move a label who cannot wait for Git?"""
