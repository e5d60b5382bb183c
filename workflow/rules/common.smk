# Shared by all rules: the validated config, paths, and small helpers.
import functools
import re
import sys
from contextlib import suppress

from leap_core import config as leap_config
from leap_core import environment as leap_environment
from leap_core import skeleton as leap_skeleton
from leap_core import sources as leap_sources
from leap_core.behavior import region_edits as leap_region_edits
from leap_core.config import chosen as leap_chosen
from leap_core.config import declared as leap_declared
from leap_core.config import names as leap_names
from leap_core.errors import UserError
from leap_core.export import registry as leap_formats
from leap_core.labels import edits as leap_edits
from leap_core.labels import effort as leap_effort
from leap_core.planning import checks as leap_planning
from leap_core.planning import patterns as leap_patterns
from leap_core.provenance import code as leap_code
from leap_core.provenance import raw_files as leap_raw_files
from leap_core.provenance import records as leap_records


def or_stop(function, *arguments, **options):
    """What a function returns; bad input ends in one line and status 2."""
    try:
        return function(*arguments, **options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


# jobs inherit it
leap_environment.apply()

CFG = or_stop(leap_config.from_dict, config, "config")
or_stop(leap_sources.check_paths, CFG, workflow.basedir)
if workflow.is_main_process:
    or_stop(leap_sources.check_working_folder, Path(workflow.basedir).parent)
    or_stop(leap_sources.check_owner, CFG, f"results/{CFG.dataset}")
SKELETON = or_stop(leap_skeleton.read, CFG.skeleton)
LEGGED = bool(SKELETON.legs)
OUT = f"results/{CFG.dataset}"
RUN = f"{OUT}/models/{CFG.run}"
VIDEOS = [video.id for video in CFG.videos]
# parts come from another tool's files: no crops, labels or network
TRACKED = any(video.poses for video in CFG.videos)
# crops with and without background, and a network of its own for those without
MASKED = CFG.crop.background == "both" and not TRACKED
PIXELS = CFG.pixels.enabled and not TRACKED
SYNTHETIC = [video.id for video in CFG.videos if video.synthetic is not None]

# the folder of the code: as seen from the working folder, which may be another one
CHECKOUT = Path(workflow.basedir).parent
CHECKOUT = Path() if CHECKOUT.samefile(Path()) else CHECKOUT

# raw file name -> the source it comes from
SOURCES = {leap_sources.file_name(source): source for source in CFG.raw_sources}
RAW = {source.id: f"{OUT}/raw/{name}" for name, source in SOURCES.items()} | {
    name: f"{OUT}/synthetic/{name}.mp4" for name in SYNTHETIC
}
# raw file -> the file behind it, None where that has to be downloaded or is gone
BEHIND = {
    f"{OUT}/raw/{name}": leap_sources.behind(source.path, f"{OUT}/raw/{name}")
    for name, source in SOURCES.items()
}
# recordings with a truth, and what their names add to that of their video
KNOWN = CFG.synthetic_recordings
OF_ANIMALS = leap_config.recording_names("", CFG.synthetic.animals)
TRUTHS = [f"{OUT}/synthetic/{name}.truth.h5" for name in KNOWN]
# a track numbers several animals in its own way, so that names alone do not tell whose truth it is
TRUTHS_BY_NAME = TRUTHS if CFG.synthetic.animals == 1 else []
# where a closed-loop box was at each frame: outputs of `synthesize`, inputs of `track`
FOLLOWED = SYNTHETIC if CFG.synthetic.camera == "closed_loop" else []
CAMERAS = {name: f"{OUT}/synthetic/{name}.camera.csv" for name in FOLLOWED} | {
    video.id: RAW[f"{video.id}.camera"] for video in CFG.videos if video.camera_track
}
# what other programs found in a video: a file, or one for each animal
GIVEN = {
    video.id: [RAW[source.id] for source in video.track_sources] for video in CFG.videos
}
# label source -> its file: as given, or written from the truth of a synthetic recording
LABELED = CFG.truth_recordings
LABEL_FILES = {source.id: RAW[source.id] for source in CFG.labels.sources} | {
    name: f"{OUT}/labels/truth/{name}.labels.mat" for name in LABELED
}
TRUTH_BOXES = {name: f"{OUT}/labels/truth/{name}.h5" for name in LABELED}

# network that a training begins with
START = [CFG.training.start] if CFG.training.start else []

# recording (one animal in one video) -> (video, animal)
RECORDINGS = CFG.recordings


# chunks of a recording that is predicted now
CHUNKS = CFG.prediction.chunks_each(len(RECORDINGS))

# movies that the config asks for, beside one of each recording
MOVIES = {movie.name: movie for movie in CFG.figures.movies}


# keys of section `behavior` that a step does not see: changing one must not make it again.
# Which recordings make the map is in the rules' inputs, and what is chosen by `auto` in a file.
UNSEEN = {"described": {"map_recordings", "stability", "refits", "auto", "max_lost"}}
UNSEEN["mapped"] = UNSEEN["described"] | {
    "locomotor_power",
    "max_break_s",
    "max_between_s",
}
UNSEEN["refitted"] = UNSEEN["mapped"] - {"refits"}
UNSEEN["embedded"] = UNSEEN["mapped"] | {"clip", "search"}


def without_effort(part, value):
    """A section without the keys that change no result."""
    declared = leap_declared.SECTIONS.get(part)
    idle = [key for key, _ in leap_declared.efforts(declared)] if declared else []
    return {k: v for k, v in value.items() if k not in idle} if idle else value


def section(*names, behavior=None):
    """The parts of the config that a rule depends on, as plain builtins (a rerun trigger).

    A script sees these and no others.  `names` are sections, or keys as "gait.min_speed".
    `behavior` names a step of the behavior map: "embedded", "mapped", "refitted" or "described".
    """
    found = {}
    for name in names:
        part, _, key = name.partition(".")
        value = leap_config.to_dict(getattr(CFG, part))
        if key:
            found.setdefault(part, {})[key] = value[key]
        else:
            found[part] = without_effort(part, value)
    if behavior:
        keys = leap_config.to_dict(CFG.behavior)
        unseen = UNSEEN[behavior].union(CFG.behavior.auto)
        found["behavior"] = {k: v for k, v in keys.items() if k not in unseen}
    return found


def of_channels(*keys):
    """Keys of section `behavior` that time series depend on, and further ones."""
    keys = [key for key in keys if key not in CFG.behavior.auto]
    return [f"behavior.{key}" for key in ("max_gap_s", "max_missing", *keys)]


def of_choice():
    """Keys of section `behavior` that what `auto` chooses depends on."""
    return [f"behavior.{key}" for key in ("auto", *leap_names.CHOSEN)]


def of_movie(name):
    """The part of section `figures` that a movie depends on, as `section` gives it."""
    keys = ["movie_fps"]
    found = leap_config.to_dict(CFG.figures)
    found["movies"] = [leap_config.to_dict(MOVIES[name])] if name in MOVIES else []
    if name not in BOUTS:
        keys += ["movies"]
    if name in RECORDINGS:
        keys += ["movie_start", "movie_frames"]
    return {"figures": {key: found[key] for key in keys}}


# experiment -> the key of section `experiments` that each of its trainings depends on
DEPENDS = {"labels": "fast_epochs", "rotations": "rotations"}


def of_experiment(name):
    """The part of section `experiments` that a training depends on, as `section` gives it."""
    if name not in DEPENDS:
        return {}
    return {"experiments": {DEPENDS[name]: getattr(CFG.experiments, DEPENDS[name])}}


def of_source(id):
    """The part of section `labels` that the import of one source depends on."""
    found = leap_config.to_dict(CFG.labels)
    found["sources"] = [source for source in found["sources"] if source["id"] == id]
    del found["truth"], found["folder"]
    return {"labels": found}


# keys of a video that say what it is compared with, and nothing of how it is tracked
COMPARISON = {"group", "block", "unit"}
# recordings in groups, as leap_core.groups.measures.Member; none without two groups
COMPARED = CFG.compared


def of_video(id, *keys):
    """The config of one video, or some keys of it, as `section` gives it."""
    found = leap_config.to_dict(CFG.video(id))
    found = {k: v for k, v in found.items() if k not in COMPARISON}
    return {"video": {k: v for k, v in found.items() if k in ("id", *(keys or found))}}


@functools.cache
def made_by(script, *others):
    """A rule's script and the modules behind it, as a parameter: their checksum.

    What every job uses is left out.  An edit of one of them reruns the rule; a mere touch does not.  As inputs they would be dozens of
    files to look at for every job of a plan.
    """
    return leap_code.stated([f"scripts/{script}.py", *others], CHECKOUT)


# a link into a folder that was moved, which $LEAP_DATA names at its new place
if workflow.is_main_process:
    for raw, file in BEHIND.items():
        if file:
            leap_raw_files.point_to(raw, file)


def raw_state(wildcards):
    """Changes when a raw file may have; its date and place alone change nothing that is made."""
    raw = f"{OUT}/raw/{wildcards.source}"
    return leap_raw_files.state(BEHIND[raw], raw)


def provided(check, file):
    """An input function: what a step reads, if config and skeleton allow the step.

    It is asked only for steps that are wanted, and says what is wrong before anything runs.

    Args:
        check: of leap_core.planning.checks.
        file: a path with wildcards, paths without, or an input function.
    """

    def found(wildcards):
        or_stop(check, CFG, SKELETON)
        if callable(file):
            return file(wildcards)
        named = dict(wildcards.items())
        return file.format(**named) if isinstance(file, str) else file

    return found


# raw files whose content is taken for known: file -> sha256
TAKEN = {}


@functools.cache
def held(file):
    """The checksum that a raw file had and still has: once a run, folders may be large."""
    return leap_raw_files.held(BEHIND[file], file)


def as_held(raw, result):
    """An input function: raw files, whose dates do not count where their content is known.

    Args:
        raw: wildcards -> the file, or a list of files.
        result: what is made from it.
    """

    def found(wildcards):
        files = raw(wildcards)
        if isinstance(files, list):
            return [one(file, wildcards) for file in files]
        return one(files, wildcards)

    def one(file, wildcards):
        if not (file and BEHIND.get(file)):
            return file
        made = result.format(**dict(wildcards.items()))
        digest = held(file)
        if not or_stop(leap_sources.reads_the_same, SOURCES[Path(file).name], file):
            return file
        if not or_stop(leap_raw_files.made_from, made, file, digest):
            return file
        TAKEN[file] = digest
        return ancient(file)

    return found


def mark_stale():
    """Let the next run make again what rests on a step that failed.

    What the step had made before is gone then, and a missing file alone is no reason for Snakemake:
    with the same config it would find nothing to be done, and old results would pass for new.
    """
    dag = workflow.dag
    lost = [
        job
        for job in dag.needrun_jobs()
        if not all(Path(str(file)).exists() for file in job.output)
    ]
    for job in dag.bfs(dag.depending, *lost):
        if any(Path(str(file)).exists() for file in job.output):
            # a full disk is told by what failed
            with suppress(OSError):
                workflow.persistence.started(job)


def runs_beside_others():
    """Whether this run was asked for by the page: another one may go on, and write, beside it."""
    return all(job.rule.name == "propose" for job in workflow.dag.jobs)


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


def of_track(id):
    """The config of one video but its corrections, which are made on the finished track."""
    found = of_video(id)["video"]
    return {"video": {k: v for k, v in found.items() if k != "corrections"}}


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
    name = wildcards.run.removesuffix(leap_names.HELD_OUT)
    masked = MASKED and name == leap_names.MASKED
    return f"{OUT}/labels/{'masked' if masked else 'labels'}.h5"


# a second network of each run learns without the labels held out, and is judged by them
TWO_RUNS = CFG.training.all_labels and (CFG.split.validation or CFG.split.test) > 0


def of_two(wildcards):
    """Whether a run learns from all labels, and another one without those held out."""
    return bool(TWO_RUNS and not wildcards.run.endswith(leap_names.HELD_OUT))


def judged(name):
    """An input function: a file of the network that did not learn from the labels held out."""
    folder = f"{OUT}/models/{{run}}"
    return lambda w: f"{folder}{leap_names.HELD_OUT * of_two(w)}/{name}".format(
        run=w.run
    )


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
