"""The ``leap predict`` command."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from leap_core import config, skeleton
from leap_core.cli import checks
from leap_core.cli.video import files_of, of_config, track_as_config
from leap_core.errors import UserError
from leap_core.io import hdf5
from leap_core.provenance import hashes

HELP = "predict poses of crops, labeled images or a video"

NO_FORMAT = "none"  # of an HDF5 file of another program: a stack of images, if anything


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after ``leap predict``."""
    parser.add_argument("input", type=Path, help="crops or labels HDF5, or a video")
    parser.add_argument("--model", type=Path, required=True, help="best.keras of a trained run")
    parser.add_argument("-o", "--output", type=Path, required=True, help="poses HDF5 to write")
    parser.add_argument(
        "--config", type=Path, help="dataset YAML: track and crop the video as it says first"
    )
    parser.add_argument("--animal", type=int, default=0, help="of a video, from 0 (default 0)")
    parser.add_argument(
        "--masked",
        action="store_true",
        help="of a video: without its background, for a network that learned from such images",
    )


def run(options: argparse.Namespace) -> None:
    """Predict, after tracking and cropping where the input is a video; UserError on bad input."""
    import h5py

    from leap_core.containers import Crops, Labels
    from leap_core.pose import engines, inference, model, runtime
    from leap_core.pose.prediction import predict_labels

    settings = config.read(options.config) if options.config else None
    prediction = settings.prediction if settings else config.Prediction()
    read = [options.input, options.config, *checks.model_files(options.model)]
    if settings:
        video = of_config(settings, options.input)
        read += [settings.skeleton, *files_of(settings, video)]
    checks.check_targets([options.output], read)
    card = model.read_card(options.model)
    if settings:
        wanted = skeleton.read(settings.skeleton)
        model.check_skeleton(card, wanted, options.model, options.config)
    if not options.input.exists():
        raise UserError(f"{options.input}: no such file; name crops, labels or a video")
    if engines.choose(prediction.engine) == "tensorflow":
        runtime.start()
    kind = hdf5.kind(options.input) if h5py.is_hdf5(options.input) else NO_FORMAT
    if kind == Labels.FORMAT:
        labels = Labels.read(options.input)
        poses = predict_labels(labels, options.model, prediction, options.input)
    elif kind == Crops.FORMAT:
        poses = inference.predict_crops(options.input, options.model, prediction)
    elif kind != NO_FORMAT:
        raise UserError(
            f"{options.input}: format {kind} cannot be predicted; name crops "
            f"({Crops.FORMAT}), labels ({Labels.FORMAT}) or a video"
        )
    else:
        poses = _predict_video(options, settings, prediction)
    section = config.to_dict(settings) if settings else None
    poses.write(options.output, hashes.record(section, [options.input, options.model]))


def _predict_video(
    options: argparse.Namespace, settings: config.Config | None, prediction: config.Prediction
):
    """Track a video as the config says and predict its crops; without config its frames are them.

    Crops are cut as the network asks for them.  Those without background are written first, beside
    the output, and removed.
    """
    from leap_core.pose import inference, model
    from leap_core.preprocess import cropping, tracking

    path, bits, dataset = options.input, None, None
    if settings is None:
        crop_settings = config.Crop(size=model.read_card(options.model).image_size)
        track = tracking.track(path, config.Track(recipe="precropped"))
        if (track.width, track.height) != (crop_settings.size,) * 2:
            raise UserError(
                f"{path}: frames are {track.width}x{track.height} px, but {options.model} was "
                f"trained on {crop_settings.size}x{crop_settings.size} crops; give --config to "
                "track and crop"
            )
    else:
        crop_settings, bits = settings.crop, settings.bits
        dataset = of_config(settings, path).dataset
        track = track_as_config(path, settings)
    folder = options.output.absolute().parent
    given = path, track, options.animal
    if not options.masked and crop_settings.background != "remove":
        crops = cropping.unstored(
            *given, crop_settings, path.stem, path, bits=bits, dataset=dataset
        )
        with closing(crops.images):
            return inference.predict_reader(crops, options.model, prediction, source=path)
    folder.mkdir(parents=True, exist_ok=True)
    masked = replace(crop_settings, background="remove", store=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        file = Path(scratch) / "crops.h5"
        cropping.crop(*given, masked, path.stem, file, bits=bits, dataset=dataset)
        return inference.predict_crops(file, options.model, prediction)
