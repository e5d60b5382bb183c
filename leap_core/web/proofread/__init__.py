"""The page on which people mend tracks."""
