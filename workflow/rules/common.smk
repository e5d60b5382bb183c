# Shared by all rules: the validated config, paths, and small helpers.
import functools
import sys
from contextlib import suppress

from leap_core import config as leap_config
from leap_core import environment as leap_environment
from leap_core import skeleton as leap_skeleton
from leap_core import sources as leap_sources
from leap_core.config import chosen as leap_chosen
from leap_core.config import declared as leap_declared
from leap_core.config import names as leap_names
from leap_core.errors import UserError
from leap_core.export import registry as leap_formats
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


def of_track(id):
    """The config of one video but its corrections, which are made on the finished track."""
    found = of_video(id)["video"]
    return {"video": {k: v for k, v in found.items() if k != "corrections"}}


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
