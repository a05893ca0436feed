"""How does content get into prompt files, in the style that they have? Pure, as reading them is."""
