"""Figures: one module per figure, each with ``draw(...)``: data in, matplotlib ``Figure`` out.

What is shared (sizes, fonts, colours, saving) is in :mod:`leap_core.figures.style`.  No module
computes science: a figure bins, sorts and draws what the stages have written.
"""
