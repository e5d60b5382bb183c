"""Figures that show how far to trust a result."""
