"""Movie of the bout of walking or grooming that Figures 1d and 1e show."""

from leap_core import adaptor, video
from leap_core.containers import Gait, Poses
from leap_core.figures import movie, skipped, style
from leap_core.pose import bouts, maps

PLAYBACK = 0.15  # paper: Supplementary Movies 2 and 3

with adaptor.rule(snakemake) as job:
    prediction, shown = job.config.prediction, job.config.figures.movie_fps
    sure, poses = prediction.min_confidence, Poses.read(job.input.poses)
    if job.wildcards.bout == "walking":
        walks = [Gait.read(path).walking for path in job.input.get("gait", [])]
        bout, reason = bouts.walking(poses, sure, walks[0] if walks else None), bouts.NO_WALKING
    else:
        bout, reason = bouts.head_grooming(poses, sure), bouts.NO_GROOMING
    if bout is None:
        picture = style.picture(skipped.draw(f"Movie of {job.wildcards.bout}", reason))
        made = [picture] * round(shown)  # a second
    else:
        shown = movie.rate(PLAYBACK, poses.fps, shown)
        rows = bout.rows.start, bout.rows.stop
        part = maps.stretch(job.input.crops, job.input.model, prediction, *rows)
        row = movie.Row(poses.recording, part.images, part.skeleton)
        made = movie.frames([row], part.frame, part.fps, shown, sure)
    video.write_video(job.output[0], made, shown)
