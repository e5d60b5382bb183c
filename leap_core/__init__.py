"""From raw video of an animal to poses, gait and a map of behavior.

Plain functions and small dataclasses over arrays.  Every stage reads files, calls functions
of its own folder, and writes files (see ``docs/``); stages never import one another.
"""

__version__ = "0.1.0"
