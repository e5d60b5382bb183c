"""Map of pixels: closed forms, scikit-image's Radon transform, planted modes and labelings."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text
from skimage.transform import radon
from sklearn.decomposition import PCA
from sklearn.metrics import homogeneity_score, normalized_mutual_info_score

from leap_core import behavior, config
from leap_core.behavior import comparison, pixels
from leap_core.containers import (
    Behavior,
    BehaviorMap,
    MapComparison,
    PixelBasis,
    Truth,
    create_crops,
    open_crops,
)
from leap_core.errors import UserError
from leap_core.figures.paper import figS6

FPS = 100.0
SIZE = 75
SETTINGS = config.Pixels(side=25, angles=30, keep=400, modes=6, per_recording=300)
SMALL = config.Behavior(per_recording=400, total=300, sigma=1.5, exaggeration=4, bins=201)


def blob(x, y, width, size=SIZE):
    """Gaussian of height 1 at (x, y) px from the middle."""
    at = np.arange(size) - (size - 1) / 2
    return np.exp(-((at - x) ** 2 + (at[:, None] - y) ** 2) / (2 * width**2))


def write(path, images, valid=None, fps=FPS, name=None):
    """Crops file of images (frame, y, x) or (frame, y, x, channel), rounded to bytes."""
    images = np.asarray(images)
    images = np.rint(images if images.ndim == 4 else images[..., None]).astype(np.uint8)
    count = len(images)
    valid = np.ones(count, bool) if valid is None else valid
    with create_crops(path, images.shape[1:]) as out:
        out.append(images, np.arange(count), valid, np.zeros((count, 2)), np.zeros(count))
        out.set(recording=name or path.stem, fps=fps)
    return path


def limbs(frames=600, seed=0):
    """A body with three spots that brighten and fade: images and their time series."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(frames, 3)) * [1.0, 0.6, 0.35]
    # Each spot has a shadow of equal weight: brightness and, to first order, contrast stay.
    spots = [blob(x, y, 4) - blob(x, -y, 4) for x, y in ((-15, 14), (4, 18), (20, 10))]
    images = 100 * blob(0, 0, 14) + 40 + 12 * np.tensordot(series, spots, axes=1)
    return images, series


# Radon transform


@pytest.mark.filterwarnings("ignore:Radon transform")
def test_radon_matrix_is_scikit_images_transform():
    """Odd sides: scikit-image turns about pixel side // 2, which is the middle there."""
    side, angles = 49, 36
    image = blob(6, -9, 3, side) + 0.5 * blob(-10, 3, 5, side)
    image[~pixels.disc(side)] = 0
    # Its angles run the other way: there y points up.
    theirs = radon(image, -180 / angles * np.arange(angles), circle=True)
    ours = (pixels.radon_matrix(side, angles) @ image.ravel()).reshape(angles, side)
    assert np.abs(ours - theirs.T).max() < 1e-9 * theirs.max()


@pytest.mark.parametrize("side", [48, 49])
def test_radon_transform_of_a_gaussian_is_a_gaussian(side):
    x, y, width, angles = 5.0, -7.0, 3.0, 45
    found = pixels.radon_matrix(side, angles) @ blob(x, y, width, side).ravel()
    turn = np.pi * np.arange(angles)[:, None] / angles
    offset = np.arange(side) - (side - 1) / 2 - (x * np.cos(turn) + y * np.sin(turn))
    # Bilinear interpolation widens it, by at most a quarter px^2 along and across the line.
    truth = width * np.sqrt(2 * np.pi) * np.exp(-(offset**2) / (2 * width**2))
    assert np.abs(found.reshape(angles, side) - truth).max() < 0.02 * truth.max()


# Basis


@pytest.mark.filterwarnings("ignore:Radon transform")
def test_basis_is_the_pca_of_radon_transforms(tmp_path):
    """The same from images block by block: scikit-image's Radon transform, scikit-learn's PCA."""
    images, _ = limbs(300)
    path = write(tmp_path / "a.h5", images)
    basis = behavior.pixel_basis([path], SETTINGS)
    with open_crops(path) as crops:
        small = crops.images[()].astype(float).reshape(300, 25, 3, 25, 3).mean(axis=(2, 4))
        scores, seen = pixels.scores(crops, basis)
    inside = pixels.disc(25)
    small[:, ~inside] = 0
    rows = small[:, inside]
    small[:, inside] = (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
    theta = -180 / 30 * np.arange(30)
    rows = np.array([radon(s, theta, circle=True).T.ravel() for s in small])
    assert np.allclose(basis.variance.ravel(), rows.var(axis=0), atol=1e-4 * rows.var(axis=0).max())
    least = rows.var(axis=0)[basis.kept].min()
    dropped = np.delete(rows.var(axis=0), basis.kept).max()
    assert len(basis.kept) == 400 and least > dropped - 1e-4 * rows.var(axis=0).max()
    theirs = PCA(3, svd_solver="full").fit(rows[:, basis.kept])
    assert np.allclose(basis.explained[:3], theirs.explained_variance_ratio_, rtol=1e-3)
    expected = theirs.transform(rows[:, basis.kept])
    expected *= np.sign((expected * scores[:, :3]).sum(axis=0))
    assert seen.all() and np.abs(scores[:, :3] - expected).max() < 1e-3 * expected.std()
    assert basis.spread == pytest.approx(expected[:, 0].std(), rel=1e-3)


def test_filters_are_back_projections(tmp_path):
    basis = behavior.pixel_basis([write(tmp_path / "a.h5", limbs(200)[0])], SETTINGS)
    dense = pixels.radon_matrix(25, 30).toarray()[basis.kept]
    back = (basis.components @ dense).reshape(-1, 25, 25) * pixels.disc(25)
    assert np.allclose(basis.filters, back, atol=1e-5)


def test_planted_modes_are_recovered(tmp_path):
    paths, series = [], []
    for seed in (1, 2):
        images, mine = limbs(500, seed)
        paths.append(write(tmp_path / f"{seed}.h5", images))
        series.append(mine)
    basis = behavior.pixel_basis(paths, replace(SETTINGS, per_recording=250))
    assert basis.frames == 500
    assert basis.explained[:3].sum() > 0.95 and basis.explained[3:].max() < 0.02
    spots = [blob(x, y, 4) - blob(x, -y, 4) for x, y in ((-15, 14), (4, 18), (20, 10))]
    for path, mine in zip(paths, series, strict=True):
        found = behavior.pixel_channels(path, basis, SMALL)
        assert found.channels[0] == "mode 1" and found.usable.all() and found.dropped == []
        for mode in range(3):
            r = np.corrcoef(found.x[:, mode], mine[:, mode])[0, 1]
            assert abs(r) > 0.98
            # the picture of a mode is the spot that it follows
            small = spots[mode].reshape(25, 3, 25, 3).mean(axis=(1, 3))
            alike = np.corrcoef(basis.pictures[mode].ravel(), small.ravel())[0, 1]
            assert alike * np.sign(r) > 0.9


def test_memory_holds_sums_only_and_blocks_do_not_matter(tmp_path, monkeypatch):
    path = write(tmp_path / "a.h5", limbs(300)[0])
    whole = behavior.pixel_basis([path], SETTINGS)
    monkeypatch.setattr(pixels, "BLOCK_FRAMES", 7)
    parts = behavior.pixel_basis([path], SETTINGS)
    assert (whole.kept == parts.kept).all()
    assert np.allclose(whole.explained, parts.explained, rtol=1e-4)
    one = behavior.pixel_channels(path, whole, SMALL).x
    assert np.abs(one[:, :3] - behavior.pixel_channels(path, parts, SMALL).x[:, :3]).max() < 1e-2


def test_equal_bytes_on_rerun(tmp_path):
    path = write(tmp_path / "a.h5", limbs(200)[0])
    for name in ("one", "two"):
        basis = behavior.pixel_basis([path], SETTINGS)
        basis.write(tmp_path / name / "basis.h5")
        read = PixelBasis.read(tmp_path / name / "basis.h5")
        behavior.pixel_channels(path, read, SMALL).write(tmp_path / name / "channels.h5")
    for kind in ("basis.h5", "channels.h5"):
        assert (tmp_path / "one" / kind).read_bytes() == (tmp_path / "two" / kind).read_bytes()


def test_fewer_modes_than_wanted_are_noted(tmp_path):
    """Five frames span four dimensions."""
    path = write(tmp_path / "a.h5", limbs(5)[0])
    basis = behavior.pixel_basis([path], SETTINGS)
    assert len(basis.explained) == 4 and basis.note == "4 of 6 modes exist"
    assert basis.explained.sum() == pytest.approx(1)


def test_what_cannot_give_a_basis_is_named(tmp_path):
    images, _ = limbs(60)
    good = write(tmp_path / "good.h5", images)
    wide = write(tmp_path / "wide.h5", images[:, :60, :60])
    with pytest.raises(UserError, match="one `crop.size`"):
        behavior.pixel_basis([good, wide], SETTINGS)
    oblong = write(tmp_path / "oblong.h5", images[:, :60])
    with pytest.raises(UserError, match="needs square ones"):
        behavior.pixel_basis([oblong], SETTINGS)
    with pytest.raises(UserError, match="no recordings"):
        behavior.pixel_basis([], SETTINGS)
    lost = write(tmp_path / "lost.h5", images, np.zeros(60, bool))
    with pytest.raises(UserError, match="no valid frame with an animal in .*lost.h5"):
        behavior.pixel_basis([lost], SETTINGS)
    still = write(tmp_path / "still.h5", np.repeat(images[:1], 60, axis=0))
    with pytest.raises(UserError, match="no pixel of any crop changes"):
        behavior.pixel_basis([still], SETTINGS)


# Channels


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Images of even grey levels up to 120, their file and their basis."""
    folder = tmp_path_factory.mktemp("film")
    images, _ = limbs(400, 3)
    images = 2 * np.rint(images / 4)
    path = write(folder / "film.h5", images)
    return images, path, behavior.pixel_basis([path], SETTINGS)


def test_flicker_of_the_light_is_no_movement(tmp_path, film):
    images, path, basis = film
    light = images.copy()
    light[50:60] *= 2
    light[100] /= 2
    light[150:] += 9
    found = behavior.pixel_channels(write(tmp_path / "f.h5", light), basis, SMALL)
    steady = behavior.pixel_channels(path, basis, SMALL)
    assert np.abs(found.x - steady.x).max() < 1e-3 and found.usable.all()


def test_colour_counts_as_its_mean(tmp_path, film):
    images, path, basis = film
    colour = np.stack([images - 4, images, images + 4], axis=-1)
    found = behavior.pixel_channels(write(tmp_path / "c.h5", colour), basis, SMALL)
    assert np.abs(found.x - behavior.pixel_channels(path, basis, SMALL).x).max() < 1e-3


def test_short_gaps_are_bridged_and_long_ones_are_not_usable(tmp_path, film):
    images, path, basis = film
    broken = images.copy()
    valid = np.ones(len(images), bool)
    valid[100:110] = False  # 0.1 s: bridged
    valid[200:211] = False  # longer
    broken[300] = 0  # black
    broken[valid == 0] = 255 - broken[valid == 0]
    found = behavior.pixel_channels(write(tmp_path / "b.h5", broken, valid), basis, SMALL)
    assert not found.usable[200:211].any() and found.usable.sum() == len(images) - 11
    assert np.isfinite(found.x).all()
    for first, last in ((99, 110), (199, 211), (299, 301)):
        t = np.linspace(0, 1, last - first + 1)[:, None]
        line = (1 - t) * found.x[first] + t * found.x[last]
        assert np.abs(found.x[first : last + 1] - line).max() < 1e-5
    assert "11 of 400 frames left out: no picture of the animal for longer than 0.1 s" in found.note
    whole = behavior.pixel_channels(path, basis, SMALL)
    kept = np.flatnonzero(valid & (np.arange(len(valid)) != 300))
    moved = found.x[kept] - whole.x[kept]
    assert np.ptp(moved, axis=0).max() < 1e-4  # the mean of the others is all that changed


def test_mostly_missing_or_still_recordings_keep_their_channels(tmp_path, film):
    images, _, basis = film
    valid = np.arange(len(images)) % 5 < 2
    found = behavior.pixel_channels(write(tmp_path / "m.h5", images, valid), basis, SMALL)
    assert not found.usable.any() and not found.x.any() and len(found.dropped) == 6
    still = np.repeat(images[:1], 50, axis=0)
    found = behavior.pixel_channels(write(tmp_path / "s.h5", still), basis, SMALL)
    assert not found.usable.any() and not found.x.any()
    assert found.channels == [f"mode {k + 1}" for k in range(6)] and "no frame" in found.note


def test_modes_keep_their_proportions_unless_z_scored(film):
    _, path, basis = film
    plain = behavior.pixel_channels(path, basis, SMALL).x
    scored = behavior.pixel_channels(path, basis, SMALL, zscore=True).x
    assert np.allclose(scored.std(axis=0), 1, atol=1e-3)
    spread = np.sqrt(basis.explained / basis.explained[0])
    assert np.allclose(plain[:, :3].std(axis=0), spread[:3], rtol=0.1)
    assert np.allclose(plain / plain.std(axis=0), scored, atol=1e-3)


def test_what_the_basis_does_not_fit_is_named(tmp_path, film):
    images, _, basis = film
    small = write(tmp_path / "small.h5", images[:, :60, :60])
    with pytest.raises(UserError, match="crops are 60 x 60 px, those of the pixel modes 75"):
        behavior.pixel_channels(small, basis, SMALL)
    with pytest.raises(UserError, match="slow: unknown frame rate"):
        path = write(tmp_path / "slow.h5", images, fps=np.nan)
        behavior.pixel_channels(path, basis, SMALL)


# From pixels to regions


@pytest.mark.slow
def test_map_of_pixels_separates_movements(tmp_path):
    """Two animals that move one pair of spots at a time, each pair at its own rate."""
    settings = replace(SMALL, per_recording=300, total=200)
    spots = [blob(x, y, 4) - blob(x, -y, 4) for x, y in ((-15, 14), (4, 18), (20, 10))]
    paths, truths = [], []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        truth = np.repeat(rng.permutation(3), 300)
        time = np.arange(len(truth)) / FPS
        wave = np.sin(2 * np.pi * np.outer(time, (9.0, 5.0, 2.0)))
        wave *= truth[:, None] == np.arange(3)
        images = 100 * blob(0, 0, 14) + 40 + 25 * np.tensordot(wave, spots, axes=1)
        paths.append(write(tmp_path / f"{seed}.h5", images + rng.normal(0, 2, images.shape)))
        truths.append(truth)
    basis = behavior.pixel_basis(paths, SETTINGS)
    channels = [behavior.pixel_channels(path, basis, settings) for path in paths]
    samples = [behavior.sample(c, settings, 0, 100) for c in channels]
    embedding = behavior.embed(samples, settings, 0)
    found = [behavior.project(c, embedding, settings) for c in channels]
    area = behavior.build_map(embedding, found, settings)
    region = np.concatenate([behavior.assign(b, area).region for b in found])
    inside = region > 0
    assert inside.mean() > 0.8
    assert homogeneity_score(np.concatenate(truths)[inside], region[inside]) > 0.9


# Comparison


def make_map(regions, density=None):
    """A map of square bins of 1 unit with so many regions; only its density matters."""
    edges = np.linspace(-20, 20, 41)
    labels = np.zeros((40, 40), int)
    for k in range(regions):
        labels[5:15, 3 * k : 3 * k + 2] = k + 1
    density = np.full((40, 40), 1 / 1600) if density is None else density
    return BehaviorMap(
        density=density,
        labels=labels,
        edges_x=edges,
        edges_y=edges,
        peak=np.zeros((regions, 2)),
        occupancy=np.full(regions, 1 / max(regions, 1)),
        spectrum=np.zeros((regions, 1, 2)),
        points=np.ones(regions),
        channels=["mode 1"],
        frequencies=[1.0, 2.0],
    )


def labeled(region, name="a", fps=10.0):
    region = np.asarray(region)
    count = len(region)
    return Behavior(
        z=np.zeros((count, 2)),
        error=np.zeros(count),
        far=np.zeros(count, bool),
        region=region,
        frame=np.arange(count),
        recording=name,
        fps=fps,
    )


def compared(pixel, pose, truths=None):
    counts = [max(int(np.max(r)), 0) for r in (pixel, pose)]
    maps = [make_map(n) for n in counts]
    return behavior.compare(maps[1], maps[0], [labeled(pose)], [labeled(pixel)], truths)


def opened(result):
    return result.measures["pixels"]["left_open"], result.measures["poses"]["left_open"]


def test_identical_labelings_leave_nothing_open():
    region = np.repeat([1, 2, 3], [5, 3, 2])
    result = compared(region, region)
    assert opened(result) == (0, 0)
    assert np.allclose(result.joint, np.diag([0.5, 0.3, 0.2]))
    renamed = np.array([0, 3, 1, 2])[region]
    result = compared(renamed, region)
    assert opened(result) == (0, 0)
    shown = result.joint[result.pixel_order - 1][:, result.pose_order - 1]
    assert np.allclose(shown, np.diag([0.5, 0.3, 0.2]))


def test_independent_labelings_leave_all_open():
    pixel, pose = (m.ravel() + 1 for m in np.indices((4, 6)))
    assert np.allclose(opened(compared(np.tile(pixel, 3), np.tile(pose, 3))), 1)


def test_a_refinement_leaves_only_the_finer_one_open():
    """Each pose region halved: H(pixels) = ln 4, H(pixels | poses) = ln 2."""
    pixel = np.repeat([1, 2, 3, 4], 25)
    pose = np.repeat([1, 2], 50)
    assert np.allclose(opened(compared(pixel, pose)), (0.5, 0))
    assert np.allclose(opened(compared(pose, pixel)), (0, 0.5))


def test_one_region_has_no_entropy_to_leave_open():
    pixel, pose = np.ones(6, int), np.repeat([1, 2], 3)
    first, second = opened(compared(pixel, pose))
    assert np.isnan(first) and second == pytest.approx(1)


def test_frames_between_regions_or_without_data_are_counted_apart():
    pixel = np.array([1, 1, 0, 1, 2, 2, 2, 2, -1, 0])
    pose = np.array([1, 1, 1, 0, 2, 2, 2, 2, 2, -1])
    result = compared(pixel, pose)
    assert (result.frames, result.projected) == (6, 8)
    assert np.allclose(result.joint, np.diag([2 / 6, 4 / 6]))
    mine = result.measures["pixels"]
    assert mine["on_map"] == pytest.approx(0.9) and mine["inside"] == pytest.approx(7 / 9)


def test_area_of_uniform_and_gaussian_densities():
    density = np.zeros((40, 40))
    density[:20, :10] = 1 / 200
    assert comparison.occupied_area(make_map(1, density)) == pytest.approx(200 / 1600)
    # differential entropy of a Gaussian: 1 + ln(2 pi sigma^2)
    gauss = blob(0, 0, 3, 40) / (2 * np.pi * 9)
    area = comparison.occupied_area(make_map(1, gauss))
    assert area == pytest.approx(np.e * 2 * np.pi * 9 / 1600, rel=1e-3)


def test_dwell_is_the_visit_of_the_median_frame():
    """Visits of 30, 10 and ten of 1 frame; between them none: 30 of 50 frames are in the first."""
    region = np.concatenate([np.full(30, 1), np.full(10, 2), np.tile([3, 0], 10)])
    assert comparison.dwell([labeled(region)]) == pytest.approx(3.0)
    assert comparison.dwell([labeled(np.full(4, 1)), labeled(np.full(4, 1), "b")]) == 0.4
    assert np.isnan(comparison.dwell([labeled([0, 0, -1])]))


def test_agreement_with_the_true_behavior_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    real = np.repeat(rng.integers(0, 4, 60), 20)
    pose = np.where(rng.random(1200) < 0.8, real + 1, rng.integers(0, 5, 1200))
    pixel = np.where(rng.random(1200) < 0.5, real // 2 + 1, rng.integers(0, 3, 1200))
    pose[:30] = -1
    truth = Truth(
        positions=np.zeros((1200, 1, 2)),
        centroid=np.zeros((1200, 2)),
        heading=np.zeros(1200),
        forward_velocity=np.zeros(1200),
        stance=np.zeros((1200, 1)),
        gait=np.zeros(1200),
        behavior=real,
        behaviors=list("abcd"),
    )
    result = compared(pixel, pose, {"a": truth})
    for side, region in (("pixels", pixel), ("poses", pose)):
        mine = result.measures[side]
        expected = normalized_mutual_info_score(real[30:], region[30:])
        assert mine["behavior_nmi"] == pytest.approx(expected)
        expected = 1 - homogeneity_score(real[30:], region[30:])
        assert mine["behavior_left_open"] == pytest.approx(expected)
    shares = [np.mean((pixel[30:] == 1) & (real[30:] == k)) for k in range(4)]
    assert np.allclose(result.pixel_behavior[0], shares)
    unknown = compared(pixel, pose)
    assert unknown.pixel_behavior is None and np.isnan(unknown.measures["poses"]["behavior_nmi"])


def test_recordings_that_do_not_match_are_named():
    map = make_map(2)
    for other in (labeled([1, 2], "b"), labeled([1, 2, 2], "a")):
        with pytest.raises(UserError, match="recordings or their lengths differ"):
            behavior.compare(map, map, [labeled([1, 2])], [other])


def test_comparison_file_round_trip(tmp_path):
    result = compared(np.repeat([1, 2, 3], 4), np.repeat([1, 2], 6))
    result.write(tmp_path / "c.h5")
    back = MapComparison.read(tmp_path / "c.h5")
    assert (back.joint == result.joint).all() and back.pixel_behavior is None
    assert back.measures["pixels"]["regions"] == 3
    assert back.measures["poses"]["left_open"] == result.measures["poses"]["left_open"]


# Figure


def texts(fig):
    return {text.get_text() for text in fig.findobj(Text)}


def test_figure_shows_the_numbers_and_the_joint_distribution(film):
    rng = np.random.default_rng(0)
    pose = rng.integers(0, 4, 500)
    pixel = np.where(rng.random(500) < 0.7, pose, rng.integers(0, 6, 500))
    pixel_map, pose_map = make_map(5), make_map(3)
    result = behavior.compare(pose_map, pixel_map, [labeled(pose)], [labeled(pixel)])
    fig = figS6.draw(pixel_map, pose_map, result, film[2])
    shown, mine = texts(fig), result.measures["pixels"]
    assert {"pixels: 5 regions", "poses: 3 regions", f"{mine['left_open']:.1%}"} <= shown
    assert f"1: {film[2].explained[0]:.0%}" in shown
    assert "NMI with the true behavior" not in shown
    picture = next(ax for ax in fig.axes if ax.get_xlabel() == "region, poses").images[0]
    for row, k in enumerate(result.pixel_order):
        for column, m in enumerate(result.pose_order):
            both = (pixel == k) & (pose == m)
            expected = 100 * both.sum() / ((pixel > 0) & (pose > 0)).sum()
            assert picture.get_array()[row, column] == pytest.approx(expected)


def test_figure_says_when_there_is_nothing_to_compare(film):
    maps = make_map(0), make_map(1)
    nothing = behavior.compare(*maps, [labeled([0, -1])], [labeled([0, 1])])
    shown = texts(figS6.draw(maps[1], maps[0], nothing, film[2]))
    assert "no frame lies in regions of both maps" in shown
