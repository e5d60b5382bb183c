"""Groups of recordings compared: one number per recording and measure, effects, permutations."""
