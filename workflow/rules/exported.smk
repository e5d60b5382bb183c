# What the rules of exports share: which files leave in which format, and of what they are made.

# formats of other programs in which results leave
FORMATS = {name: leap_formats.FORMATS[name] for name in CFG.exports.formats}


def exports_of(content, names):
    """Files of one content in every format that holds it, of videos or recordings."""
    return [
        f"{OUT}/exports/{made.name}/{content}/{name}{made.suffix}"
        for made in FORMATS.values()
        if content.removesuffix("s") in (each.removesuffix("s") for each in made.holds)
        for name in (RECORDINGS if made.single else names)
    ]


def video_of(name):
    """The video of a recording, or a video itself."""
    return RECORDINGS[name][0] if name in RECORDINGS else name


def animals_of(name):
    """The recordings of a video, or a recording itself."""
    if name in RECORDINGS:
        return [name]
    return [recording for recording, (video, _) in RECORDINGS.items() if video == name]


def exporting(script, format):
    """A script's code with that of the format, which it loads by name."""
    return made_by(script, f"leap_core/export/{FORMATS[format].module}.py")


def crops_of(recordings):
    """Crops of recordings; none of poses of another tool."""
    return (
        [] if TRACKED else expand(f"{OUT}/crops/{{recording}}.h5", recording=recordings)
    )
