"""Pages that run on the machine where the data is, for one person's browser."""
