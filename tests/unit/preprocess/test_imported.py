"""Tracks of other programs: read to a hundredth of a pixel, and no wrong convention passes."""

import cv2
import h5py
import numpy as np
import pytest
from fixtures import other_tracks
from fixtures.scenes import degrees
from fixtures.tracks import dlc_table

from leap_core import config, containers, synthetic
from leap_core.errors import UserError
from leap_core.io import video
from leap_core.preprocess import given_track, track_footage, tracking
from leap_core.preprocess.given_track import Given
from leap_core.preprocess.recipe import Task

FRAMES, SIDE = 160, 320
PX_PER_CM = 350.0  # of synthetic flies


@pytest.fixture(scope="module")
def fly(tmp_path_factory, fly32):
    """A synthetic fly: its video, places (1, frame, xy) and headings (1, frame)."""
    folder = tmp_path_factory.mktemp("fly")
    settings = config.Synthetic(frames=FRAMES, size=SIDE)
    synthetic.render(folder / "fly.mp4", folder / "fly.h5", 4, settings, fly32)
    truth = containers.Truth.read(folder / "fly.h5")
    return (
        folder / "fly.mp4",
        truth.centroid[None].astype(float),
        truth.heading[None].astype(float),
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two drawn animals that walk in circles, a faint tail behind each; as for ``fly``."""
    time = np.arange(100)
    pace = time + 5 * np.sin(0.15 * time)  # faster and slower
    turn = np.stack([0.5 + 0.04 * pace, 2.0 - 0.05 * pace])
    middle = np.array([[90.0, 80], [230, 150]])[:, None]
    places = middle + 45 * np.stack([np.sin(turn), -np.cos(turn)], -1) * [[[1, 1]], [[-1, -1]]]
    heading = turn.copy()
    rng = np.random.default_rng(3)
    floor = rng.normal(20, 2, (240, 320))
    frames = []
    for k in time:
        image = np.zeros((240, 320), np.uint8)
        for xy, angle in zip(places[:, k], heading[:, k], strict=True):
            back = xy - 16 * np.array([np.cos(angle), np.sin(angle)])
            for center, size, level in ((back, (20, 8), 60), (xy, (30, 13), 190)):
                ends = (center[0], center[1]), size, np.degrees(angle)
                cv2.ellipse(image, ends, level, -1, cv2.LINE_AA)
        frames.append(np.clip(floor + image, 0, 255).astype(np.uint8))
    path = tmp_path_factory.mktemp("pair") / "pair.mp4"
    video.write_video(path, frames, fps=50, crf=4)
    return path, places, heading


def track(film, *paths, animals=1, px_per_mm=None, **declared):
    given = Given(paths, **declared)
    return tracking.track(film, config.Track(), animals, px_per_mm=px_per_mm, given=given)


def assert_same(found, places, heading):
    """As the truth, to 0.01 px and 0.1 degree."""
    assert found.valid.all() and found.recipe == "file"
    np.testing.assert_allclose(found.centroid, places, atol=0.01)
    assert degrees(found.heading - heading).max() < 0.1
    assert found.quality.min() > 0.5


SINGLE = {
    "trx v5": lambda f, xy, h: other_tracks.trx_v5(f / "trx.mat", xy, h),
    "trx v7.3": lambda f, xy, h: other_tracks.trx_v73(f / "trx.mat", xy, h),
    "flytracker": lambda f, xy, h: other_tracks.flytracker(f / "fly-track.mat", xy, h),
    "ctrax": lambda f, xy, h: other_tracks.ctrax(f / "ctrax.mat", xy, h, SIDE),
    "trex": lambda f, xy, h: other_tracks.trex(f, xy, h, PX_PER_CM),
    "csv": lambda f, xy, h: other_tracks.plain_csv(f / "fly.csv", xy, h),
    "animalta, head and tail": lambda f, xy, h: other_tracks.animalta_ends(f / "a.csv", xy, h),
    "fasttrack": lambda f, xy, h: other_tracks.fasttrack(f / "tracking.txt", xy, h),
    "bonsai": lambda f, xy, h: other_tracks.bonsai(f / "b.csv", xy, h),
    "ethovision": lambda f, xy, h: other_tracks.ethovision(
        f / "e.txt", xy[0], h[0], (SIDE, SIDE), PX_PER_CM
    ),
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_fly_with_its_heading(name, fly, tmp_path, capfd):
    film, places, heading = fly
    path = SINGLE[name](tmp_path, places, heading)
    assert_same(track(film, path, px_per_mm=PX_PER_CM / 10), places, heading)
    assert "WARNING" not in capfd.readouterr().err


@pytest.mark.parametrize("kind", ["h5", "csv"])
def test_where_no_heading_is_ours_is_found_at_the_given_place(kind, fly, tmp_path):
    film, places, heading = fly
    write = getattr(other_tracks, f"idtracker_{kind}")
    found = track(film, write(tmp_path / f"trajectories.{kind}", places))
    np.testing.assert_allclose(found.centroid, places, atol=0.01)
    assert np.median(degrees(found.heading - heading)) < 1 and found.valid.all()
    assert degrees(found.heading - heading).max() < 5  # the head's end is right too


def mirrored(places, side):
    return np.stack([places[..., 0], side - 1 - places[..., 1]], -1)


def test_a_wrong_convention_is_refused_with_the_right_one(fly, tmp_path):
    film, places, heading = fly
    path = tmp_path / "track.csv"
    upside = mirrored(places, SIDE)
    for xy, angle, declared, words in (
        (upside, -heading, {}, "set `track_y: up` for"),
        (places, heading, {"y": "up"}, "set `track_y: down` for"),
        (places, -heading, {}, "set `track_angle: counterclockwise` for"),
        (upside, heading, {"y": "up"}, "set `track_angle: clockwise` for"),
        (places / PX_PER_CM, heading, {"px_per_mm": 35.0}, "set `track_scale: 350` for"),
        (places, heading, {"scale": 35.0}, "set `track_scale: 1` for"),
        (upside / 10, -heading, {"px_per_mm": 10.0}, "`track_y: up` and `track_scale: 10`"),
    ):
        other_tracks.plain_csv(path, xy, angle, degrees=False)
        with pytest.raises(UserError, match=words) as error:
            track(film, path, **declared)
        assert "track.csv: read as" in str(error.value) and "\n" not in str(error.value)
    other_tracks.plain_csv(path, upside, -heading)
    assert_same(track(film, path, y="up"), places, heading)


@pytest.fixture(scope="module")
def footage(fly):
    """What the footage of ``fly`` shows, looked at once."""
    return track_footage.look(Task(fly[0], video.probe(fly[0]), config.Track(), 1, 100.0))


def of_ethovision(path, places, heading):
    return other_tracks.ethovision(path, places[0], heading[0], (SIDE, SIDE), PX_PER_CM)


@pytest.mark.parametrize(
    ("program", "y", "angle"),
    [
        ("animalta_ends", "up", None),
        ("fasttrack", "up", "clockwise"),
        ("bonsai", "up", "counterclockwise"),
        ("ethovision", "down", "clockwise"),
    ],
)
def test_each_convention_of_a_program_is_checked(program, y, angle, fly, footage, tmp_path):
    """y, the sense of angles, an offset, and another unit: each told with the key to set."""
    _, places, heading = fly
    ethovision = program == "ethovision"
    write = of_ethovision if ethovision else getattr(other_tracks, program)
    away = np.array([70, 45.5])

    def told(places, heading):
        path = write(tmp_path / "track.txt", places, heading)
        given = Given((path,))
        raw = given_track.read(given)
        with pytest.raises(UserError) as error:
            track_footage.settle(path, raw, given, footage, PX_PER_CM / 10)
        return str(error.value).rpartition("; set ")[2]

    assert told(mirrored(places, SIDE), -heading).startswith(f"`track_y: {y}` for")
    corner = told(places - away, heading)
    assert corner.startswith("`track_corner: ")
    np.testing.assert_allclose(
        [float(x) for x in corner.split("`")[1][13:].split(",")], away, atol=4
    )
    # cm where it says px, mm where it says cm
    middle, times, scale = ((SIDE - 1) / 2, 10, 35) if ethovision else (0, 1 / PX_PER_CM, 350)
    other_unit = told((places - middle) * times + middle, heading)
    assert other_unit.startswith(f"`track_scale: {scale}` for")
    if angle is not None:
        assert told(places, -heading) == f"`track_angle: {angle}` for this video"


def test_px_for_cm_and_no_scale_of_an_export_from_ethovision(fly, footage, tmp_path):
    """Its places count from the image's middle, so that a scale can be told from there too."""
    _, places, heading = fly
    path = tmp_path / "track.txt"
    for px_per_cm, px_per_mm, words in (
        (1.0, 35.0, "read as .* set `track_scale: 1` for"),
        (PX_PER_CM, None, "how many px a cm is, is not known, as `track_scale: 3[45]"),
    ):
        other_tracks.ethovision(path, places[0], heading[0], (SIDE, SIDE), px_per_cm)
        given = Given((path,))
        with pytest.raises(UserError, match=words):
            track_footage.settle(path, given_track.read(given), given, footage, px_per_mm)


def test_a_track_of_every_second_frame_is_refused(fly, tmp_path):
    film, places, heading = fly
    path = other_tracks.animalta(tmp_path / "track.csv", places[:, ::2], fps=5.0)
    with pytest.raises(UserError, match="has 5 places a second, the video 10 frames; track every"):
        given_track.check_rate(path, given_track.read(Given((path,))), FRAMES, 10.0)
    size = (SIDE, SIDE)
    path = other_tracks.ethovision(path, places[0, ::2], heading[0, ::2], size, 350, fps=50.0)
    with pytest.raises(UserError, match="has 50 places a second, the video 100 frames"):
        track(film, path, px_per_mm=35.0)


def test_places_from_the_corner_of_an_arena_are_told_where_it_is(fly, tmp_path):
    """ToxTrac counts from its arena; so do poses of a cropped video."""
    film, places, heading = fly
    path = other_tracks.toxtrac(tmp_path / "Tracking_0.txt", places - [70, 45.5])
    with pytest.raises(UserError, match="set `track_corner: ") as error:
        track(film, path)
    told = str(error.value).rpartition("track_corner: ")[2].split("`")[0]
    np.testing.assert_allclose([float(cell) for cell in told.split(",")], [70, 45.5], atol=4)
    found = track(film, path, corner="70, 45.5")
    np.testing.assert_allclose(found.centroid, places, atol=0.01)


def test_px_of_a_cm_that_nothing_states_are_told_by_the_footage(fly, tmp_path):
    film, places, heading = fly
    path = other_tracks.trex(tmp_path, places, heading, PX_PER_CM)
    with pytest.raises(UserError, match="how many px a cm is, is not known") as error:
        track(film, path)
    told = float(str(error.value).rpartition("track_scale: ")[2].split("`")[0])
    assert abs(told / PX_PER_CM - 1) < 0.03
    other_tracks.trex(tmp_path, places, heading, PX_PER_CM, note_scale=True)
    assert_same(track(film, path), places, heading)


def test_frames_that_are_counted_from_another_number_are_told(fly, tmp_path):
    film, places, heading = fly
    path = other_tracks.plain_csv(tmp_path / "one.csv", places, heading, counts_from=1)
    with pytest.raises(UserError, match="its frames are 1 to 160, .*; set `track_from: 1`"):
        track(film, path)
    assert_same(track(film, path, counts_from=1), places, heading)
    other_tracks.plain_csv(path, places, heading)
    with pytest.raises(UserError, match="its first frame is 0, .*; set `track_from: 0`"):
        track(film, path, counts_from=1)


def test_places_that_count_from_one_or_come_late_are_told(fly, pair, tmp_path, capfd):
    film, places, heading = fly
    path = tmp_path / "late.csv"
    track(film, other_tracks.plain_csv(path, places + 1, heading))
    assert "as if it counted from 1; is `track_from: 1` right?" in capfd.readouterr().err
    film, places, heading = pair
    track(film, other_tracks.plain_csv(path, places, heading), animals=2)
    assert "WARNING" not in capfd.readouterr().err
    track(film, other_tracks.plain_csv(path, places[:, 2:], heading[:, 2:]), animals=2)
    told = capfd.readouterr().err
    assert "goes from frame 0 to 97, the video from 0 to 99" in told
    assert "frames later: is it the track of this video" in told


def test_a_heading_to_the_tail_is_told_and_unsure(fly, tmp_path, capfd):
    film, places, heading = fly
    found = track(film, other_tracks.trx_v5(tmp_path / "t.mat", places, heading + np.pi))
    assert "its heading points to the tail in" in capfd.readouterr().err
    assert np.median(found.quality) < 0.5
    np.testing.assert_allclose(found.centroid, places, atol=0.01)


def test_a_tie_keeps_what_is_declared_and_says_so(tmp_path, capfd):
    """An animal that walks along the middle of the image lies on itself either way up."""
    places = np.stack([np.linspace(40, 260, 60), np.full(60, 79.5)], -1)[None]
    frames = []
    for xy in places[0]:
        image = np.full((160, 300), 15, np.uint8)
        cv2.ellipse(image, ((xy[0], xy[1]), (40, 18), 0), 200, -1)
        frames.append(image)
    film = tmp_path / "middle.mp4"
    video.write_video(film, frames, fps=25, crf=4)
    path = other_tracks.plain_csv(tmp_path / "track.csv", places, np.zeros((1, 60)))
    for y in ("down", "up"):
        found = track(film, path, y=y)
        np.testing.assert_allclose(found.centroid, places, atol=0.01)
        said = capfd.readouterr().err
        assert f"`track_y: {y}` is kept" in said and "which way angles grow" in said


def test_a_track_of_another_video_is_told(fly, pair, tmp_path, capfd):
    places = np.random.default_rng(0).uniform(250, 310, (1, FRAMES, 2))
    track(fly[0], other_tracks.plain_csv(tmp_path / "t.csv", places, np.zeros((1, FRAMES))))
    assert "under no other reading clearly more; is it the track of this" in capfd.readouterr().err


PAIRS = {
    "trx v5": lambda f, xy, h: [other_tracks.trx_v5(f / "trx.mat", xy, h)],
    "trx v7.3": lambda f, xy, h: [other_tracks.trx_v73(f / "trx.mat", xy, h)],
    "flytracker": lambda f, xy, h: [other_tracks.flytracker(f / "t.mat", xy, h)],
    "ctrax": lambda f, xy, h: [other_tracks.ctrax(f / "t.mat", xy, h, 240)],
    "trex": lambda f, xy, h: (
        [other_tracks.trex(f, xy, h, 20, stem="v_id", note_scale=True), f / "v_id1.npz"]
    ),
    "csv": lambda f, xy, h: [other_tracks.plain_csv(f / "pair.csv", xy, h, degrees=False)],
    "fasttrack": lambda f, xy, h: [other_tracks.fasttrack(f / "tracking.txt", xy, h)],
    "bonsai": lambda f, xy, h: [other_tracks.bonsai(f / "b.csv", xy, h, " ")],
    "ethovision": lambda f, xy, h: [
        other_tracks.ethovision(
            f / f"{k}.txt", xy[k], h[k], (320, 240), 1, unit="pixels", turn="", encoding=code
        )
        for k, code in enumerate(("utf-16", "cp1252"))
    ],
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_animals_in_the_order_of_the_file_one_lost_for_a_while(name, pair, tmp_path):
    film, places, heading = pair
    places, heading = places.copy(), heading.copy()
    places[1, 40:60], places[1, :7] = np.nan, np.nan
    heading[1, 40:60], heading[1, :7] = np.nan, np.nan
    paths = PAIRS[name](tmp_path, places, heading)
    found = track(film, *paths, animals=2)
    there = np.isfinite(places[..., 0])
    np.testing.assert_array_equal(found.valid, there)
    np.testing.assert_allclose(found.centroid, places, atol=0.01)
    assert degrees(found.heading - heading)[there].max() < 0.1


def test_animals_that_appear_later(pair, tmp_path):
    film, places, heading = pair
    path = other_tracks.trx_v5(tmp_path / "trx.mat", places, heading, first=[30, 4])
    found = track(film, path, animals=2)
    assert (~found.valid).sum(1).tolist() == [30, 4] and found.valid[:, 30:].all()
    np.testing.assert_allclose(found.centroid[1, 4:], places[1, 4:], atol=0.01)


def test_two_animals_without_headings(pair, tmp_path):
    film, places, heading = pair
    found = track(film, other_tracks.idtracker_h5(tmp_path / "t.h5", places), animals=2)
    assert found.valid.all()
    assert degrees(found.heading - heading).max() < 5
    # theta of 0 throughout is none
    same = track(
        film, other_tracks.trx_v5(tmp_path / "t.mat", places, np.zeros_like(heading)), animals=2
    )
    np.testing.assert_allclose(same.heading, found.heading, atol=1e-5)


@pytest.mark.parametrize("program", ["dlc", "sleap"])
def test_poses_of_two_parts(program, fly, tmp_path):
    film, places, heading = fly
    places, heading = places[0], heading[0]
    ahead = 14 * np.stack([np.cos(heading), np.sin(heading)], -1)
    parts = np.stack([places + ahead, places + 3, places - ahead], 1)
    if program == "dlc":
        path, sure = tmp_path / "poses.csv", np.ones(parts.shape[:2])
        sure[20:30, 0] = 0.1  # of the head alone
        dlc_table(parts, sure, parts=("nose", "back", "tail")).to_csv(path)
    else:
        path = tmp_path / "poses.analysis.h5"
        with h5py.File(path, "w") as file:
            parts[20:30, 2] = np.nan
            file["tracks"] = parts.transpose(2, 1, 0)[None]
            file["point_scores"] = np.ones((1, 3, len(places)))
            file["node_names"] = np.array(["nose", "back", "tail"], "S")
            file["track_names"] = np.array(["one"], "S")
    found = track(film, path, parts="tail, nose")
    there = found.valid[0]
    assert there.tolist() == [not 20 <= k < 30 for k in range(FRAMES)]
    np.testing.assert_allclose(found.centroid[0, there], places[there], atol=0.01)
    assert degrees(found.heading[0] - heading)[there].max() < 0.1
    with pytest.raises(UserError, match="There are nose, back, tail; set `track_parts`"):
        track(film, path)


def test_another_number_of_animals_is_refused(pair, tmp_path):
    film, places, heading = pair
    path = other_tracks.plain_csv(tmp_path / "pair.csv", places, heading)
    with pytest.raises(UserError, match=r"holds 2 tracks \(0: frames 0 to 99; 1: .*`animals: 2`"):
        track(film, path)
    path = other_tracks.trex(tmp_path, places, heading, 20)
    with pytest.raises(UserError, match="name the first of files that end in _fish0.npz"):
        track(film, path, animals=2)


def test_files_that_are_no_tracks_are_refused(pair, tmp_path):
    np.save(tmp_path / "t.npy", np.array({"trajectories": 1}, object), allow_pickle=True)
    (tmp_path / "t.csv").write_text("frame,animal,x,y\n0,a,1,2\n0,a,1,2\n")
    (tmp_path / "u.csv").write_text("frame,animal,x,y\n0,a,1,lost\n")
    (tmp_path / "v.csv").write_text("frame,animal,x,y\n0.5,a,1,2\n")
    (tmp_path / "w.txt").write_text("what is this\n")
    for name, words in (
        ("t.npy", "Python objects.*name trajectories.h5, or trajectories.csv"),
        ("t.csv", "animal a is there twice in frame 0"),
        ("u.csv", "row 0 .*`y` is 'lost', no number"),
        ("v.csv", "0.5 is no number of a frame"),
        ("w.txt", "no track of a known format"),
        ("none.csv", "no such track; correct `track_file`"),
    ):
        with pytest.raises(UserError, match=f"{name}: .*{words}"):
            given_track.read(Given((tmp_path / name,)))
    path = other_tracks.idtracker_h5(tmp_path / "t.h5", pair[1])
    with pytest.raises(UserError, match="this is idtracker, not trx; say `track_format: auto`"):
        given_track.read(Given((path,), "trx"))
