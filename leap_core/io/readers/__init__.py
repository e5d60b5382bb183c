"""Footage that is stored frame by frame: folders of images, stacks, arrays, files of fly rigs.

:mod:`opening` knows them by their content.  A reader takes frames out by their number
(:class:`leap_core.io.readers.shared.Reader`).  All else is a video, which FFmpeg reads
(:mod:`leap_core.io.films`).
"""
