"""What the audit keeps of a video, and that tracking from it is as if the video were read anew."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from fixtures import footage_kinds, other_tracks
from fixtures.damage import spoiled

from leap_core import config, containers, synthetic
from leap_core.errors import UserError
from leap_core.io import atomic, video
from leap_core.preprocess import auditing, tracking
from leap_core.preprocess.given_track import Given

FRAMES, SIDE = 130, 288


@pytest.fixture(scope="module")
def fly(tmp_path_factory, fly32):
    """A synthetic fly in an arena: its video, and its truth."""
    folder = tmp_path_factory.mktemp("fly")
    settings = config.Synthetic(frames=FRAMES, size=SIDE)
    synthetic.render(folder / "fly.mp4", folder / "fly.h5", 4, settings, fly32)
    return folder / "fly.mp4", containers.Truth.read(folder / "fly.h5")


def images_of(path):
    return [image for _, image in video.read_frames(path)]


def audited(path, folder):
    """What an audit leaves on the disk."""
    found = auditing.examine(path)
    atomic.write_json(folder / "audit.json", found.report)
    found.stills.write(folder / "audit.h5")
    return auditing.read(folder / "audit.json", folder / "audit.h5")


def assert_the_same_track(path, folder, recipe, **known):
    """Twice tracked, with the audit and without; returns the track."""
    settings = config.Track(recipe=recipe)
    alone = tracking.track(path, settings, **known)
    after = tracking.track(path, settings, audited=audited(path, folder), **known)
    for item in fields(containers.Track):
        np.testing.assert_array_equal(
            getattr(after, item.name), getattr(alone, item.name), item.name
        )
    return alone


def damaged(fly, folder):
    """Data of frame 60 on is lost, with a still among it."""
    return spoiled(fly, {60, 61, 62, 63})


def stack(fly, folder):
    return footage_kinds.tiff(folder / "a.tif", images_of(fly))


def images(fly, folder):
    """One is missing and one is damaged, both stills."""
    made = footage_kinds.numbered(folder / "images", images_of(fly))
    (made / "img_0006.png").unlink()
    (made / "img_0012.png").write_bytes(b"\x89PNG no more")
    return made


FOOTAGE = {"film": lambda fly, _: fly, "damaged": damaged, "stack": stack, "images": images}


@pytest.mark.parametrize("kind", FOOTAGE)
def test_frames_at_a_stride_are_kept(kind, fly, tmp_path):
    path = FOOTAGE[kind](fly[0], tmp_path)
    kept = audited(path, tmp_path).stills
    frames = images_of(path)
    there = [k for k in range(0, FRAMES, 3) if frames[k] is not None]
    assert kept.frame.tolist() == there
    assert (len(there) < len(range(0, FRAMES, 3))) == (kind in ("damaged", "images"))
    np.testing.assert_array_equal(kept.images, np.stack([frames[k] for k in there]))


@pytest.mark.parametrize("recipe", ["mesh", "moments", "precropped"])
@pytest.mark.parametrize("kind", FOOTAGE)
def test_the_same_track(kind, recipe, fly, tmp_path):
    path = FOOTAGE[kind](fly[0], tmp_path)
    track = assert_the_same_track(path, tmp_path, recipe, fps=100)
    decoded = [image is not None for image in images_of(path)]
    if recipe == "precropped":
        assert track.valid[0].tolist() == decoded
    else:
        assert track.valid[0].sum() > 0.9 * np.sum(decoded)


def test_the_same_track_of_boxes_and_of_another_programs_file(fly, tmp_path, fly32):
    settings = config.Synthetic(frames=80, size=200, camera="closed_loop")
    box = tmp_path / "box.mp4"
    synthetic.render(box, tmp_path / "b.h5", 5, settings, fly32, None, tmp_path / "camera.csv")
    camera = tmp_path / "camera.csv"
    assert assert_the_same_track(box, tmp_path, "radon", camera_path=camera).valid.all()
    path, truth = fly
    places = truth.centroid[None].astype(float)
    given = Given((other_tracks.plain_csv(tmp_path / "fly.csv", places, truth.heading[None]),))
    track = assert_the_same_track(path, tmp_path, "mesh", given=given)
    np.testing.assert_allclose(track.centroid, places, atol=0.01)


def test_a_readable_frame_stands_in_for_stills(fly, tmp_path):
    """Every third image is lost: those that would have been taken."""
    path = footage_kinds.numbered(tmp_path / "images", images_of(fly[0]))
    for k in range(0, FRAMES, 3):
        (path / f"img_{k:04}.png").write_bytes(b"\x89PNG no more")
    kept = audited(path, tmp_path).stills
    assert kept.frame.tolist() == [1]
    assert_the_same_track(path, tmp_path, "moments", fps=100)


def test_the_floor_is_that_of_the_stills(fly, tmp_path):
    """Brighter stills, brighter floor: the video is not asked again."""
    found = audited(fly[0], tmp_path)
    plain = tracking.track(fly[0], config.Track(recipe="mesh"), audited=found)
    lit = replace(found.stills, images=np.minimum(found.stills.images, 245) + 10)
    brighter = replace(found, stills=lit)
    other = tracking.track(fly[0], config.Track(recipe="mesh"), audited=brighter)
    assert np.median(other.background) - np.median(plain.background) == 10


@pytest.mark.parametrize("change", [{"frames": FRAMES - 1}, {"width": SIDE + 2}])
def test_the_audit_of_another_video_is_refused(change, fly, tmp_path):
    found = audited(fly[0], tmp_path)
    report = found.report | change
    words = f"its audit is that of {report['frames']} frames of {report['width']} x {SIDE} px"
    with pytest.raises(UserError, match=words):
        tracking.track(fly[0], config.Track(), audited=replace(found, report=report))


def test_a_damaged_report_is_named(fly, tmp_path):
    audited(fly[0], tmp_path)
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(json.loads(path.read_text()))[:50])
    with pytest.raises(UserError, match="audit.json: not a readable audit .*; make it again"):
        auditing.read(path, tmp_path / "audit.h5")
