"""Poses, labels, tracks and behavior in the formats of other programs."""
