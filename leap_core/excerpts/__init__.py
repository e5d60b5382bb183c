"""Which stretch or frame of a recording to show."""
