"""How is GitHub asked for what Git itself does not know? Over its REST API, with the token of a job or a person."""
