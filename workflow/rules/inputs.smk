# Input functions and lists of inputs: which files the rules read.
import re

from leap_core.behavior import region_edits as leap_region_edits
from leap_core.labels import edits as leap_edits
from leap_core.labels import effort as leap_effort


def recording_video(wildcards):
    return RAW[RECORDINGS[wildcards.recording][0]]


def video_file(wildcards):
    return RAW[wildcards.video]


def recording_track(wildcards):
    return f"{OUT}/tracks/{RECORDINGS[wildcards.recording][0]}.h5"


def recording_audit(wildcards):
    return f"{OUT}/audit/{RECORDINGS[wildcards.recording][0]}.json"


def recording_doubts(wildcards):
    return f"{OUT}/tracks/{RECORDINGS[wildcards.recording][0]}.doubts.json"


def config_file():
    """The config as it may be named on the command line."""
    named = Path(workflow.configfiles[0])
    return named.relative_to(Path.cwd()) if named.is_relative_to(Path.cwd()) else named


SAID = set()


def say_once(told):
    """A line for the person who starts the run."""
    if told and told not in SAID and workflow.is_main_process:
        SAID.add(told)
        print(f"WARNING: {told}", file=sys.stderr)


@functools.cache
def browser_labels():
    """The labels that were made in the browser, as they were when the run was planned."""
    return or_stop(leap_edits.read, CFG.labels_folder)


def browser_state():
    """Changes when what was labeled in the browser does, and not when its files do."""
    return {"browser": browser_labels().digest()}


@functools.cache
def effort_state():
    """Changes when a frame is done in the browser, or was worked on since."""
    return {"effort": leap_effort.digest(or_stop(leap_effort.read, CFG.labels_folder))}


def labeled_videos():
    """Videos of the config in which frames were labeled in the browser."""
    named = {item.video for item in browser_labels().labeled}
    return [video for video in VIDEOS if video in named]


def labeled_recordings():
    """Recordings of these videos -> (video, animal): an animal may have got another number."""
    named = labeled_videos()
    return {name: place for name, place in RECORDINGS.items() if place[0] in named}


def divided_recordings():
    """Recordings of this dataset -> (video, animal) whose frames are labeled here."""
    truth = {name: RECORDINGS[name] for name in LABELED}
    return truth | labeled_recordings()


def divided_videos():
    """Their videos."""
    return list(dict.fromkeys(video for video, _ in divided_recordings().values()))


# somebody has labeled frames in the browser to their end, and the journal tells how
LABELED_HERE = (Path(CFG.labels_folder) / leap_edits.JOURNAL).exists() and any(
    item.done for item in browser_labels().items.values()
)


def label_files(wildcards):
    """The imported labels and those of the browser; where there are none, a word: the run will stop."""
    browser = [f"{OUT}/labels/browser.h5"] if labeled_videos() else []
    say_once(leap_planning.missing_labels(CFG, bool(browser), config_file()))
    return expand(f"{OUT}/labels/imported/{{source}}.h5", source=LABEL_FILES) + browser


def corrections(wildcards):
    """What a person found wrong in a track: the table of the config, or that of the page."""
    video = CFG.video(wildcards.video)
    key = f"corrections` of video `{wildcards.video}"
    or_stop(leap_planning.check_file, video.corrections, key)
    found = leap_sources.corrections(CFG, video)
    return str(found) if found.exists() else []


def run_labels(wildcards):
    """The labels that a network learns from; a word where it sees no mirrored images."""
    say_once(or_stop(leap_planning.unmirrored, CFG, SKELETON))
    name = wildcards.run.removesuffix(leap_names.HELD_OUT_SUFFIX)
    masked = MASKED and name == leap_names.MASKED
    return f"{OUT}/labels/{'masked' if masked else 'labels'}.h5"


# a second network of each run learns without the labels held out, and is judged by them
TWO_RUNS = CFG.training.all_labels and (CFG.split.validation or CFG.split.test) > 0


def of_two(wildcards):
    """Whether a run learns from all labels, and another one without those held out."""
    return bool(TWO_RUNS and not wildcards.run.endswith(leap_names.HELD_OUT_SUFFIX))


def judged(name):
    """An input function: a file of the network that did not learn from the labels held out."""

    def found(wildcards):
        suffix = leap_names.HELD_OUT_SUFFIX if of_two(wildcards) else ""
        return f"{OUT}/models/{wildcards.run}{suffix}/{name}"

    return found


def chunks_of(wildcards):
    """The chunks of a recording: as many as its poses were made from, where they are there.

    Another number would be another set of inputs, and all would be predicted again for nothing.
    Where poses are not there yet, chunks that are tell their number: with more recordings in the
    config it would be another one.
    """
    poses = Path(f"{OUT}/poses/{wildcards.recording}.h5")
    folder = Path(f"{OUT}/poses/chunks/{wildcards.recording}")
    record = or_stop(leap_records.of_file, poses)
    made = (
        [path for path in record.inputs if Path(path).parent == folder]
        if record
        else []
    )
    if made and poses.exists():
        count = len(made)
    else:
        files = [
            re.fullmatch(r"\d+-of-(\d+)\.h5", path.name) for path in folder.glob("*")
        ]
        begun = {int(found[1]) for found in files if found}
        [count] = begun & {len(made)} or (begun if len(begun) == 1 else {CHUNKS})
    return [f"{folder}/{k}-of-{count}.h5" for k in range(1, count + 1)]


def movie_crops(wildcards):
    name = wildcards.movie
    recording = MOVIES[name].recording if name in MOVIES else name
    return f"{OUT}/crops/{recording}.h5"


def trials(*experiments, settings=None):
    """The files of all trainings of some experiments, or of some of their settings."""
    return [
        f"{OUT}/experiments/{experiment}/{setting}/{replicate}.h5"
        for experiment in experiments
        for setting in settings or CFG.experiments.settings(experiment)
        for replicate in range(CFG.experiments.replicates)
    ]


def each_recording(pattern):
    """One path per recording."""
    return expand(f"{OUT}/{pattern}", recording=RECORDINGS)


# recordings that make the behavior map; the others are placed on it
MAPPED = CFG.behavior.map_recordings or list(RECORDINGS)


def each_mapped(pattern):
    """One path per recording that makes the behavior map."""
    return expand(f"{OUT}/{pattern}", recording=MAPPED)


def each_compared(pattern):
    """One path per recording in a group."""
    return expand(f"{OUT}/{pattern}", recording=[member[0] for member in COMPARED])


def each_walker(pattern):
    """The same of the gait analysis, where it runs."""
    return each_compared(pattern) if CFG.gait.enabled else []


GAITS = each_recording("gait/{recording}.h5") if CFG.gait.enabled else []
# what `behavior.auto` has chosen, where it is set
SETTINGS = f"{OUT}/behavior/settings.json" if CFG.behavior.auto else []
# the map made again, where it is
REFITS = [f"{OUT}/behavior/refits.h5"] if CFG.behavior.refits else []
STEPS = each_recording("gait/{recording}.steps.parquet") if CFG.gait.enabled else []
SWINGS = each_recording("gait/{recording}.swings.parquet") if CFG.gait.enabled else []
BEHAVIORS = each_recording("behavior/{recording}.h5")
# the recording that single pictures show: the last one, never labeled in the demo
EXAMPLE = {
    "poses": each_recording("poses/{recording}.h5")[-1] if RECORDINGS else [],
    "crops": each_recording("crops/{recording}.h5")[-1] if RECORDINGS else [],
    "gait": GAITS[-1:],
}


def region_edits(wildcards):
    """How a person has named, merged and split the regions of the map of poses."""
    file = leap_sources.region_edits(CFG)
    if wildcards.atlas != "behavior" or not file.exists():
        return []
    or_stop(leap_region_edits.read, file)  # a wrong line is told before hours of work
    return [str(file)]
