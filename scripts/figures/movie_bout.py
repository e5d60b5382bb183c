"""Movie of the bout of walking or grooming that Figures 1d and 1e show."""

from leap_core.containers import Gait, Poses
from leap_core.excerpts import walking
from leap_core.figures import movie, placeholder, style
from leap_core.io import video
from leap_core.job import rule
from leap_core.pose import maps

PLAYBACK = 0.15  # paper: Supplementary Movies 2 and 3

with rule(snakemake) as job:
    prediction, shown = job.config.prediction, job.config.figures.movie_fps
    sure, poses = job.config.poses.min_confidence, Poses.read(job.input.poses)
    if job.wildcards.bout == "walking":
        walks = [Gait.read(path).walking for path in job.input.get("gait", [])]
        bout, reason = (
            walking.best_walking(poses, sure, walks[0] if walks else None),
            walking.NO_WALKING,
        )
    else:
        bout, reason = walking.head_grooming(poses, sure), walking.NO_GROOMING
    recording, fps = poses.recording, poses.fps
    del poses  # before the network is loaded
    if bout is None:
        picture = style.picture(placeholder.draw(f"Movie of {job.wildcards.bout}", reason))
        made = [picture] * round(shown)  # a second
    else:
        shown = movie.rate(PLAYBACK, fps, shown)
        rows = bout.rows.start, bout.rows.stop
        part = maps.stretch(job.input.crops, job.input.model, prediction, *rows)
        row = movie.Row(recording, part.images, part.skeleton)
        made = movie.frames([row], part.frame, part.fps, shown, job.config.poses.doubtful)
    video.write_video(job.output[0], made, shown)
