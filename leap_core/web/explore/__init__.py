"""The page that explores a map of behavior: as a file of its own, or live."""
