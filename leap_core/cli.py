"""The ``leap`` command.  Bad input ends in one line on stderr and exit status 2."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from leap_core import checks, config, environment, hdf5, provenance, skeleton
from leap_core.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the ``leap`` command; returns the exit status."""
    environment.apply()
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leap", description="From raw video to poses.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, help):
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    command("doctor", _doctor, "check versions, device, a real convolution and a real decode")

    sub = command("import-labels", _import_labels, "read labels of any supported format")
    sub.add_argument("source", type=Path, help="label file")
    sub.add_argument("--config", type=Path, help="dataset YAML: skeleton, alignment, exclusions")
    sub.add_argument(
        "--skeleton", type=Path, help="skeleton YAML (else the config's or the file's)"
    )
    sub.add_argument("-o", "--output", type=Path, required=True, help="labels HDF5 to write")

    sub = command("export-frames", _export_frames, "write sampled frames as PNG, for labeling")
    sub.add_argument("sample", type=Path, help="sampling/frames.h5 of a dataset")
    sub.add_argument("-o", "--output", type=Path, required=True, help="folder to write")

    sub = command("predict", _predict, "predict poses of crops, labeled images or a video")
    sub.add_argument("input", type=Path, help="crops or labels HDF5, or a video")
    sub.add_argument("--model", type=Path, required=True, help="best.keras of a trained run")
    sub.add_argument("-o", "--output", type=Path, required=True, help="poses HDF5 to write")
    sub.add_argument(
        "--config", type=Path, help="dataset YAML: track and crop the video as it says first"
    )

    sub.add_argument("--animal", type=int, default=0, help="of a video, from 0 (default 0)")
    sub.add_argument(
        "--masked",
        action="store_true",
        help="of a video: without its background, for a network that learned from such images",
    )

    sub = command("track", _track, "find the animals and their headings in a video")
    sub.add_argument("video", type=Path, help="video, of the config or not")
    sub.add_argument("--config", type=Path, required=True, help="dataset YAML: section track")
    sub.add_argument("-o", "--output", type=Path, required=True, help="track HDF5 to write")
    sub.add_argument("--picture", type=Path, help="picture of the track (.png, .pdf, .svg)")

    sub = command("movie", _movie, "movie of crops: raw, confidence maps, tracked")
    sub.add_argument("crops", type=Path, help="crops HDF5 of one recording")
    sub.add_argument("--model", type=Path, required=True, help="best.keras of a trained run")
    sub.add_argument("-o", "--output", type=Path, required=True, help="movie (.mp4) to write")
    sub.add_argument("--start", type=int, default=0, help="first frame (default 0)")
    sub.add_argument("--stop", type=int, help="frame after the last (default 200 frames on)")
    sub.add_argument("--playback", type=float, default=0.2, help="1 = real time (default 0.2)")
    sub.add_argument("--with", dest="crops2", type=Path, help="second row: crops (else the same)")
    sub.add_argument("--model2", type=Path, help="second row: best.keras (else the same)")
    sub.add_argument("--names", nargs=2, metavar=("NAME", "NAME2"), help="names of the two rows")

    sub = command("import-poses", _import_poses, "read poses that another tool tracked")
    sub.add_argument("source", type=Path, help="DeepLabCut, SLEAP or array file")
    sub.add_argument("--format", choices=["dlc", "sleap", "array"], required=True)
    sub.add_argument("--skeleton", type=Path, required=True, help="skeleton YAML")
    sub.add_argument("--fps", type=float, help="frames per second (else the file's)")
    sub.add_argument("--px-per-mm", type=float, help="scale of the coordinates")
    sub.add_argument(
        "--egocentric",
        action=argparse.BooleanOptionalAction,
        help="coordinates of crops around the animal: no path (else decided by its movement)",
    )
    sub.add_argument("--animals", type=int, default=1, help="animals in the file (default 1)")
    sub.add_argument("--animal", type=int, default=0, help="which of them, from 0 (default 0)")
    sub.add_argument("-o", "--output", type=Path, required=True, help="poses HDF5 to write")

    sub = command("evaluate", _evaluate, "compare a model's predictions with labels")
    sub.add_argument("--model", type=Path, required=True, help="best.keras of a trained run")
    sub.add_argument("--labels", type=Path, required=True, help="labels HDF5")
    sub.add_argument("-o", "--output", type=Path, help="metrics JSON to write")

    sub = command("gait", _gait, "swing, stance, gait modes and their tables from poses")
    sub.add_argument("poses", type=Path, help="poses HDF5 of one recording")
    sub.add_argument("-o", "--output", type=Path, required=True, help="gait HDF5 to write")
    sub.add_argument("--config", type=Path, help="dataset YAML (else every setting's default)")
    sub.add_argument("--model", type=Path, help="gait model HDF5 (else fitted to these poses)")
    sub.add_argument("--fps", type=float, help="frames per second of poses that do not say it")
    sub.add_argument("--csv", action="store_true", help="tables as CSV too")

    sub = command("behavior", _behavior, "place one more recording on a behavior map")
    sub.add_argument("poses", type=Path, help="poses HDF5 of one recording")
    sub.add_argument(
        "--map", type=Path, required=True, help="folder of embedding.h5 and map.h5, or map.h5"
    )
    sub.add_argument("--config", type=Path, required=True, help="dataset YAML of the map")
    sub.add_argument("-o", "--output", type=Path, required=True, help="behavior HDF5 to write")

    sub = command("synth", _synth, "render a synthetic fly: a video and its truth")
    sub.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    sub.add_argument("--seed", type=int, default=0, help="another seed, another fly (default 0)")
    sub.add_argument("--frames", type=int, help="how many, at 100 frames/s")
    sub.add_argument(
        "--camera", choices=["arena", "closed_loop"], default="arena", help="default arena"
    )
    sub.add_argument("--size", type=int, help="side of the image, px (closed_loop: 200)")
    sub.add_argument("--skeleton", type=Path, default=Path("config/skeletons/fly32.yaml"))

    sub = command("verify", _verify, "check every result against its record, inputs and code")
    sub.add_argument("results", type=Path, help="results/<dataset>")

    sub = command("provenance", _provenance, "tell how a result file came to be")
    sub.add_argument("file", type=Path, help="a file below results/, or a copy of one")
    sub.add_argument("--results", type=Path, help="results/<dataset> in which a copy was made")

    command("schema", _schema, "print the JSON schema of config files")

    sub = command("reference", _reference, "print a generated page of the docs")
    sub.add_argument("page", choices=["config", "formats"])
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from leap_core import doctor

    findings = doctor.examine()
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'FAIL'}  {finding.name}: {finding.found}")
        if not finding.good:
            print(f"      -> {finding.remedy}")
    return 0 if all(f.good for f in findings) else 1


def _import_labels(options: argparse.Namespace) -> None:
    from leap_core import labels

    settings = config.read(options.config) if options.config else None
    chosen = options.skeleton or (Path(settings.skeleton) if settings else None)
    read = [options.source, options.config, chosen]
    checks.check_targets(
        [options.output],
        [*read, config.find_source(settings.labels.exclusions) if settings else None],
    )
    wanted = skeleton.read(chosen) if chosen else None
    source = labels.find_source(settings.labels, options.source) if settings else None
    if settings and settings.labels.exclusions and not source:
        print(
            f"note: {options.source} is no label source of {options.config}: only exclusions "
            "for any file apply",
            file=sys.stderr,
        )
    crop = settings.crop if settings else None
    label_settings = settings.labels if settings else None
    result, report = labels.import_file(options.source, wanted, source, label_settings, crop)
    print(labels.format_report(report))
    section = config.to_dict(settings.labels) if settings else None
    result.write(options.output, provenance.record(section, [options.source]))


def _export_frames(options: argparse.Namespace) -> None:
    from leap_core import sampling
    from leap_core.containers import Sample

    checks.check_targets([options.output / "frames.csv"], [options.sample])
    count = sampling.export_frames(Sample.read(options.sample), options.output)
    print(f"{count} images and frames.csv in {options.output}")


def _predict(options: argparse.Namespace) -> None:
    import h5py

    from leap_core import cli_video
    from leap_core.containers import Crops, Labels
    from leap_core.pose import inference, model, stage

    settings = config.read(options.config) if options.config else None
    prediction = settings.prediction if settings else config.Prediction()
    read = [options.input, options.config, *_model_files(options.model)]
    if settings:
        video = cli_video.of_config(settings, options.input)
        read += [settings.skeleton, *cli_video.files_of(video)]
    checks.check_targets([options.output], read)
    card = model.read_card(options.model)
    if settings:
        wanted = skeleton.read(settings.skeleton)
        model.check_skeleton(card, wanted, options.model, options.config)
    if not options.input.exists():
        raise UserError(f"{options.input}: no such file; name crops, labels or a video")
    if h5py.is_hdf5(options.input):
        kind = hdf5.kind(options.input)
        if kind == Labels.FORMAT:
            labels = Labels.read(options.input)
            poses = stage.predict_labels(labels, options.model, prediction, options.input)
        elif kind == Crops.FORMAT:
            poses = inference.predict_crops(options.input, options.model, prediction)
        else:
            raise UserError(
                f"{options.input}: format {kind} cannot be predicted; name crops "
                f"({Crops.FORMAT}), labels ({Labels.FORMAT}) or a video"
            )
    else:
        options.output.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=options.output.absolute().parent) as folder:
            crops = Path(folder) / "crops.h5"
            _crop_video(options, settings, crops)
            poses = inference.predict_crops(crops, options.model, prediction)
    section = config.to_dict(settings) if settings else None
    poses.write(options.output, provenance.record(section, [options.input, options.model]))


def _track(options: argparse.Namespace) -> None:
    from leap_core import cli_video

    cli_video.run_track(options)


def _movie(options: argparse.Namespace) -> None:
    from leap_core import cli_movie

    cli_movie.run(options)


def _import_poses(options: argparse.Namespace) -> None:
    from leap_core import tracked

    if not 0 <= options.animal < options.animals:
        raise UserError(
            f"--animal: {options.animal} is none of {options.animals} animals, counted from 0"
        )
    checks.check_positive(fps=options.fps, px_per_mm=options.px_per_mm)
    checks.check_targets([options.output], [options.source, options.skeleton])
    film = {"id": "poses", "path": str(options.source), "poses": options.format}
    names = ("fps", "px_per_mm", "animals", "egocentric")
    given = {name: getattr(options, name) for name in names}
    settings = config.from_dict(
        {
            "dataset": "poses",
            "skeleton": str(options.skeleton),
            "videos": [film | {key: value for key, value in given.items() if value is not None}],
        },
        "leap import-poses",
    )
    limit = settings.prediction.min_confidence
    poses = tracked.import_file(
        options.source,
        settings.videos[0],
        options.animal,
        options.output.stem,
        skeleton.read(options.skeleton),
        settings.crop.size,
        settings.behavior.max_gap_s,
        limit,
    )
    print(tracked.summary(poses, limit, settings.videos[0].egocentric))
    section = config.to_dict(settings.videos[0])
    poses.write(options.output, provenance.record(section, [options.source, options.skeleton]))


def _model_files(model: Path) -> tuple[Path, Path]:
    """A trained network and its description."""
    return model, model.with_suffix(".json")


def _crop_video(options: argparse.Namespace, settings: config.Config | None, out: Path) -> None:
    """Track and crop a video as the config says; without config its frames are the crops."""
    from leap_core import cli_video, preprocess
    from leap_core.pose import model

    path = options.input
    if settings is None:
        crop_settings = config.Crop(size=model.read_card(options.model).image_size)
        track = preprocess.track(path, config.Track(recipe="precropped"))
        if (track.width, track.height) != (crop_settings.size,) * 2:
            raise UserError(
                f"{path}: frames are {track.width}x{track.height} px, but {options.model} was "
                f"trained on {crop_settings.size}x{crop_settings.size} crops; give --config to "
                "track and crop"
            )
    else:
        crop_settings = settings.crop
        track = cli_video.track(path, settings)
    if options.masked:
        crop_settings = replace(crop_settings, background="remove")
    preprocess.crop(path, track, options.animal, crop_settings, path.stem, out)


def _evaluate(options: argparse.Namespace) -> None:
    from leap_core.containers import Labels
    from leap_core.pose import reporting, stage

    checks.check_targets([options.output], [options.labels, *_model_files(options.model)])
    metrics, _ = stage.evaluate(
        Labels.read(options.labels), options.model, config.Prediction(), options.labels
    )
    if options.output:
        hdf5.write_json(options.output, metrics)
    print(reporting.format_metrics(metrics))


def _gait(options: argparse.Namespace) -> None:
    from leap_core import cli_gait

    cli_gait.run(options)


def _behavior(options: argparse.Namespace) -> None:
    from leap_core import behavior
    from leap_core.containers import BehaviorMap, Embedding, Poses

    settings = config.read(options.config)
    inputs = [options.poses, *behavior.map_files(options.map)]
    checks.check_targets([options.output], [*inputs, options.config, settings.skeleton])
    poses, embedding, area = (
        kind.read(path) for kind, path in zip((Poses, Embedding, BehaviorMap), inputs, strict=True)
    )
    result = behavior.add(
        poses, embedding, area, settings.behavior, settings.prediction.min_confidence
    )
    section = {key: config.to_dict(getattr(settings, key)) for key in ("behavior", "prediction")}
    result.write(options.output, provenance.record(section, inputs))
    print(behavior.summary(result))


def _synth(options: argparse.Namespace) -> None:
    from leap_core import synthetic

    if options.seed < 0:
        raise UserError(f"--seed: expected 0 or more, got {options.seed}; choose another")
    size = 200 if options.size is None and options.camera == "closed_loop" else options.size
    given = {"camera": options.camera, "frames": options.frames, "size": size}
    settings = config.from_dict(
        {
            "dataset": "synth",
            "skeleton": str(options.skeleton),
            "videos": [{"id": "fly", "synthetic": options.seed}],
            "synthetic": {key: value for key, value in given.items() if value is not None},
        },
        "leap synth",
    )
    files = [options.output / name for name in ("fly.mp4", "fly.truth.h5", "fly.camera.csv")]
    follows = options.camera == "closed_loop"
    checks.check_targets(files[: 2 + follows], [options.skeleton])
    section = config.to_dict(settings.synthetic)
    parts = skeleton.read(options.skeleton)
    synthetic.render(
        *files[:2],
        options.seed,
        settings.synthetic,
        parts,
        provenance.record(section, [options.skeleton], seed=options.seed),
        files[2] if follows else None,
    )
    print(" and ".join(str(file) for file in files[: 2 + follows]))


def _verify(options: argparse.Namespace) -> int:
    from leap_core import verify

    verdict = verify.verify(options.results)
    print(verify.report(verdict))
    return 1 if verdict.problems else 0


def _provenance(options: argparse.Namespace) -> None:
    from leap_core import verify

    print(verify.tell(options.file, options.results))


def _schema(options: argparse.Namespace) -> None:
    print(json.dumps(config.schema(), indent=2, sort_keys=False))


def _reference(options: argparse.Namespace) -> None:
    from leap_core import reference

    print(reference.PAGES[options.page](), end="")


if __name__ == "__main__":
    sys.exit(main())
