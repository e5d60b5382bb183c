"""Movies: every panel shows the frame, the place and the height that were put in."""

import av
import numpy as np
import pytest

from leap_core import cli, config
from leap_core.containers import Crops
from leap_core.errors import UserError
from leap_core.figures import movie
from leap_core.pose import calibration, inference, maps, model, networks
from leap_core.skeleton import Skeleton

SIDE, ROWS, BLOCK = 64, 12, 8  # px, frames, side of a dot
STEP = 9  # grey levels from one frame's ground to the next
GAIN = (2.0, 0.5)  # map of each part, times the grey level
PARTS = Skeleton(parts=("nose", "tail"), edges=((0, 1),), swap=(0, 1))


def dot(row: int) -> tuple[int, int]:
    """Top left corner (y, x) of the frame's white square."""
    return 16, BLOCK * (row % 8)


def pictures() -> np.ndarray:
    """A white square that moves over a ground whose grey level is 9 times the row's number."""
    images = np.tile(STEP * np.arange(ROWS)[:, None, None], (1, SIDE, SIDE))
    for row in range(ROWS):
        y, x = dot(row)
        images[row, y : y + BLOCK, x : x + BLOCK] = 255
    return images[..., None]


def write_crops(path, images, first=100):
    count = len(images)
    valid = np.arange(count) != 10
    Crops(images, first + np.arange(count), valid, np.zeros((count, 2)), np.zeros(count), "fly",
          fps=50.0).write(path)  # fmt: skip
    return path


def write_model(path, gain=GAIN, states=("learned", "learned")):
    """A network whose maps are the image: blocks of 4 x 4 px, their maximum, times the gain."""
    network = networks.build("leap_cnn", len(gain), 4, "float32")
    for layer in network.layers:
        if not layer.weights:
            continue
        kernel = np.zeros(layer.kernel.shape, np.float32)
        if "Transpose" in type(layer).__name__:  # (y, x, out, in): each pixel becomes 2 x 2
            last = layer.name == network.layers[-1].name
            kernel[:2, :2, :, 0] = gain if last else np.arange(kernel.shape[2]) == 0
        else:
            kernel[1, 1, 0, 0] = 1
        layer.set_weights([kernel, np.zeros(layer.bias.shape, np.float32)])
    parts = [{"part": p, "state": s} for p, s in zip(PARTS.parts, states, strict=True)]
    card = model.ModelCard(PARTS, "leap_cnn", 4, 0.5, SIDE, 5.0, 0, 0.0, parts=parts)
    path.parent.mkdir(exist_ok=True)
    model.write(network, card, path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("movie")
    return write_crops(folder / "crops.h5", pictures()), write_model(folder / "best.keras")


def test_projections_are_the_highest_map_at_every_pixel_of_the_crop(files, tmp_path):
    settings = config.Prediction(batch_size=3)
    part = maps.stretch(*files, settings, 4, ROWS)
    assert part.frame.tolist() == list(range(104, 112)) and part.shape == (SIDE, SIDE)
    seen = list(part.images)
    assert len(seen) == 8
    known = calibration.of_model(files[1], model.read_card(files[1]), settings)
    sure = known.probability(np.array(GAIN))
    assert sure[1] < sure[0] < 1
    for row, one in zip(range(4, ROWS), seen, strict=True):
        np.testing.assert_array_equal(one.image, pictures()[row, ..., 0])
        if row == 10:  # not valid
            assert np.isnan(one.positions).all() and np.isnan(one.confidence).all()
            assert not one.projection.any()
            continue
        y, x = dot(row)
        inside = one.projection[y + 1 : y + BLOCK - 1, x + 1 : x + BLOCK - 1]
        assert (inside == 1).all()  # of 2: clipped
        np.testing.assert_allclose(one.projection[40:], GAIN[0] * STEP * row / 255, atol=0.01)
        np.testing.assert_allclose(one.confidence, sure, rtol=0.02)
        assert ((one.positions >= (x, y)) & (one.positions < (x + BLOCK, y + BLOCK))).all()
    unknown = write_model(tmp_path / "best.keras", states=("unlabeled", "learned"))
    [one] = maps.stretch(files[0], unknown, settings, 7, 8).images
    np.testing.assert_allclose(one.projection[40:], GAIN[1] * STEP * 7 / 255, atol=0.01)
    np.testing.assert_allclose(one.confidence, (0, sure[1]), rtol=0.02)


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_positions_are_those_of_the_prediction(name, tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (5, 128, 128, 1))
    crops = write_crops(tmp_path / "crops.h5", images)
    card = model.ModelCard(PARTS, name, 4, 0.5, 128, 5.0, 0, 0.0)
    model.write(networks.build(name, 2, 4, "float32"), card, tmp_path / "best.keras")
    settings = config.Prediction(batch_size=4)
    whole = inference.predict_crops(crops, tmp_path / "best.keras", settings)
    seen = list(maps.stretch(crops, tmp_path / "best.keras", settings, 1, 4).images)
    for key in ("positions", "confidence"):
        found = [getattr(one, key) for one in seen]
        np.testing.assert_allclose(found, getattr(whole, key)[1:4], rtol=1e-4, atol=1e-4)
    predict, _ = inference.load(tmp_path / "best.keras", settings, calibrated=False)
    _, heights = predict(images[1:4].astype(np.uint8))
    height = [one.projection.max() for one in seen]
    assert np.all(height <= np.clip(heights.max(axis=1), 0, 1) + 1e-4)


def decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [f.to_ndarray(format="rgb24") for f in container.decode(stream)], stream.average_rate


def panel(frame, row: int, column: int) -> np.ndarray:
    """64 px are shown six times larger, below a strip of 26 px, with gaps of 4 px."""
    y, x = 26 + row * 410, 4 + column * 388
    return frame[y : y + 384, x : x + 384].astype(int)


def centre(mask) -> np.ndarray:
    """Mean place (y, x) of the true pixels, px of the crop."""
    return (np.argwhere(mask).mean(axis=0) + 0.5) / 6 - 0.5


def test_the_movie_shows_each_frame_with_its_maps_and_parts_in_place(files, tmp_path):
    made = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for path in made:
        wanted = ("--start", "3", "--stop", "9", "--playback", "0.5", "-o", path)
        assert cli.main([str(a) for a in ("movie", files[0], "--model", files[1], *wanted)]) == 0
    assert made[0].read_bytes() == made[1].read_bytes()
    shown, rate = decoded(made[0])
    assert len(shown) == 6 and rate == 25 and shown[0].shape == (436, 1168, 3)
    for row, frame in zip(range(3, 9), shown, strict=True):
        raw, heat, tracked = (panel(frame, 0, k) for k in range(3))
        assert round(raw[240:].mean() / STEP) == row
        assert round(tracked[240:].mean() / STEP) == row
        middle = np.add(dot(row), (BLOCK - 1) / 2)
        np.testing.assert_allclose(centre(raw.sum(axis=2) > 600), middle, atol=0.3)
        np.testing.assert_allclose(centre(heat[..., 1] > 200), middle, atol=0.5)
        coloured = np.ptp(tracked, axis=2) > 90
        away = centre(coloured) - dot(row)
        assert ((away > 0) & (away < BLOCK)).all()
        assert np.ptp(raw, axis=2).max() < 60


def test_a_second_row_shows_other_crops_and_another_network(files, tmp_path):
    inverse = write_crops(tmp_path / "masked.h5", 255 - pictures())
    dark = write_model(tmp_path / "dim" / "best.keras", (0.1, 0.1))
    out = tmp_path / "rows.mp4"
    rows = ("--with", inverse, "--model2", dark, "-o", out)
    assert cli.main([str(a) for a in ("movie", files[0], "--model", files[1], *rows)]) == 0
    shown, _ = decoded(out)
    assert len(shown) == ROWS and shown[0].shape == (846, 1168, 3)
    upper, lower = (panel(shown[5], k, 0)[240:].mean() for k in range(2))
    np.testing.assert_allclose([upper, lower], [5 * STEP, 255 - 5 * STEP], atol=2)
    assert panel(shown[5], 0, 1).max() > 200 > 100 > panel(shown[5], 1, 1).max()


def test_frames_and_rows_that_do_not_fit_are_told_in_one_line(files, tmp_path, capsys):
    crops, trained = files
    later = write_crops(tmp_path / "later.h5", pictures(), first=500)
    small = write_crops(tmp_path / "small.h5", pictures()[:, :32, :32])
    out = tmp_path / "movie.mp4"
    for arguments, message in (
        (("--start", "5", "--stop", "13"), "no frames 5 to 13: it holds 12"),
        (("--start", "12"), "no frames 12 to 12"),
        (("--start", "-1"), "no frames -1"),
        (("--start", "5", "--stop", "5"), "no frames 5 to 5"),
        (("--playback", "0"), "--playback: expected a number above 0"),
        (("--names", "a", "b"), "--with or --model2"),
        (("--with", later), "later.h5: holds other frames of its video"),
        (("--with", small), "small.h5: images are 32x32"),
        (("--model2", tmp_path / "none.keras"), "none.keras: no such model"),
        (("-o", tmp_path / "movie.gif"), "movie.gif: movies are written as .mp4"),
    ):
        command = ("movie", crops, "--model", trained, "-o", out, *arguments)
        assert cli.main([str(a) for a in command]) == 2
        lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error: ")]
        assert len(lines) == 1 and message in lines[0], lines
    assert not out.exists()


@pytest.mark.parametrize(
    ("movies", "message"),
    [
        ([("fly2", 0, 5)], "names 'fly2', which is no recording; recordings are fly1"),
        ([("fly1", 5, 5)], "'fly1' from 5 to 5 holds no frame"),
        ([("fly1", 0, 5), ("fly1", 0, 5)], "'fly1_0-5' is there twice"),
        ([("fly1", -1, 5)], "figures.movies.0.start"),
    ],
)
def test_a_config_asks_only_for_movies_that_can_be(movies, message):
    keys = ("recording", "start", "stop")
    value = {
        "dataset": "x",
        "skeleton": "fly.yaml",
        "videos": [{"id": "fly1", "synthetic": 1}],
        "figures": {"movies": [dict(zip(keys, movie, strict=True)) for movie in movies]},
    }
    with pytest.raises(UserError) as caught:
        config.from_dict(value)
    assert message in str(caught.value)


# ---------------------------------------------------------------- drawing


def test_the_skeleton_lies_over_the_image_and_unsure_parts_are_hollow():
    images = np.full((5, 32, 48), 100, np.uint8)
    points = np.tile([[10.0, 8], [30, 20]], (5, 1, 1))
    sure = np.tile([0.9, 0.05], (5, 1))
    sure[1] = 0.9
    points[2] = np.nan
    made = list(movie.overlay(iter(images), points, sure, PARTS, 0.2))
    assert {f.shape for f in made} == {(64, 96, 3)} and made[0].dtype == np.uint8
    assert (made[2] == 100).all()
    changed = (made[0] != 100).any(axis=2)
    rows, columns = np.nonzero(changed[:34])
    # part (10, 8): the centre of its pixel lies at 2 * 10 + 0.5 in the enlarged image
    np.testing.assert_allclose([columns.mean(), rows.mean()], [20.5, 16.5], atol=0.3)
    assert changed[16, 20] and not changed[40, 60]  # solid and hollow
    assert changed[37:44, 57:64].any()
    middle = (made[1][26:32, 36:46] != 100).any()
    assert middle and not (made[0][26:32, 36:46] != 100).any()  # edge only when sure


def test_other_numbers_of_images_and_poses_are_refused():
    image, points = np.zeros((8, 8), np.uint8), np.zeros((2, 2))
    with pytest.raises(ValueError):
        list(movie.overlay([image] * 3, np.stack([points] * 2), np.ones((2, 2)), PARTS, 0.2))
    seen = (image, np.zeros((8, 8)), points, np.ones(2))
    with pytest.raises(ValueError):
        list(movie.frames([movie.Row("", [seen] * 3, PARTS)], np.arange(2), 50.0, 10.0, 0.2))


def test_without_a_frame_rate_the_frames_number_stands_for_the_time():
    seen = (np.zeros((64, 64), np.uint8), np.zeros((64, 64)), np.zeros((2, 2)), np.ones(2))
    row = movie.Row("", [seen] * 2, PARTS)
    known, unknown = (
        list(movie.frames([row], np.array([7, 8]), fps, 10.0, 0.2)) for fps in (50.0, np.nan)
    )
    foot = slice(410, 436)
    assert (known[0][foot, 780:] != unknown[0][foot, 780:]).any()  # speed of playback
    assert (unknown[0][foot, :392] != unknown[1][foot, :392]).any()
    assert len(np.unique(unknown[0][foot, 780:].reshape(-1, 3), axis=0)) == 1
