"""A simulated mouse on a glass floor, filmed from below: video, poses, stance and behavior."""
