"""Which video a SLEAP project's labels belong to: projects by sleap-io, videos by PyAV."""

import shutil
from fractions import Fraction

import av
import cv2
import h5py
import numpy as np
import pytest
import sleap_io
from fixtures.labels import fails

from leap_core import labels

W, H, FRAMES = 64, 48, 12
BONES = sleap_io.Skeleton(["head", "tail"], edges=[("tail", "head")], name="two")


def picture(k, level=60, width=W, height=H):
    """The frame's number stands in the grey level of its left half, the film's in the right."""
    image = np.full((height, width), level, np.uint8)
    image[:, : width // 2] = 80 + 10 * (k % 16)
    return image


def film(path, level=60, width=W, height=H, times=range(FRAMES)):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=50)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "4", "bf": "0", "g": "4"}
        for k in times:
            frame = av.VideoFrame.from_ndarray(picture(k, level, width, height), format="gray")
            frame.pts, frame.time_base = k, Fraction(1, 50)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return sleap_io.Video.from_filename(str(path))


def frame(video, k, x=5.0):
    one = sleap_io.Instance.from_numpy(np.array([[x, 6], [30, 40.0]]), skeleton=BONES)
    return sleap_io.LabeledFrame(video=video, frame_idx=k, instances=[one])


def save(path, *frames, videos=None, embed=False):
    project = sleap_io.Labels(list(frames))
    for video in videos or []:
        if video not in project.videos:
            project.videos.append(video)
    sleap_io.save_slp(project, str(path), embed=embed, verbose=False)
    return path


def numbers(found):
    return np.rint((found.images[:, 20, 5, 0].astype(float) - 80) / 10).astype(int).tolist()


def test_labels_take_the_frames_that_were_labeled(tmp_path, capsys):
    video = film(tmp_path / "cam.mp4")
    found = labels.read(save(tmp_path / "a.slp", *(frame(video, k) for k in (2, 7, 11))))
    assert found.images.shape == (3, H, W, 1) and numbers(found) == [2, 7, 11]
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    "other, words",
    [
        ({"width": W // 2, "height": H // 2}, ["64 x 48 px", "32 x 24"]),
        ({"width": H, "height": W}, ["64 x 48 px", "48 x 64"]),
        ({"times": range(0, FRAMES, 2)}, ["12 frames", "has 6"]),
        ({"times": range(2 * FRAMES)}, ["12 frames", "has 24"]),
    ],
)
def test_another_film_of_the_same_name_is_refused(tmp_path, other, words):
    path = save(tmp_path / "a.slp", frame(film(tmp_path / "cam.mp4"), 3))
    film(tmp_path / "cam.mp4", **other)
    with fails("a.slp", *words, ".pkg.slp"):
        labels.read(path)


def test_two_videos_are_never_one_file(tmp_path, capsys):
    days = [film(tmp_path / f"old/day{k}/cam.mp4", 40 * k) for k in (1, 2)]
    here = tmp_path / "here"
    here.mkdir()
    path = save(here / "a.slp", frame(days[0], 3), frame(days[1], 3))
    only = save(here / "b.slp", frame(days[1], 3), videos=days)
    shutil.copy(tmp_path / "old/day1/cam.mp4", here)
    for project in (path, only):  # the other one need not be labeled
        with fails("day1/cam.mp4", "day2/cam.mp4", "two videos"):
            labels.read(project)
    (here / "cam.mp4").unlink()
    shutil.move(tmp_path / "old/day1", here)
    shutil.move(tmp_path / "old/day2", here)
    found = labels.read(path)
    np.testing.assert_allclose(found.images[:, 20, -5, 0], [40, 80], atol=3)
    assert found.source.tolist() == found.video.tolist() == ["a/day1/cam", "a/day2/cam"]
    assert not capsys.readouterr().err


def test_labels_of_an_absent_video_are_left_out(tmp_path, capsys):
    one, two = film(tmp_path / "one.mp4", 40), film(tmp_path / "two.mp4", 80)
    path = save(tmp_path / "a.slp", frame(one, 3), frame(two, 5), frame(two, 6))
    (tmp_path / "one.mp4").unlink()
    found = labels.read(path)
    assert numbers(found) == [5, 6] and found.frame.tolist() == [5, 6]
    told = capsys.readouterr().err
    assert told.startswith("WARNING") and "one.mp4" in told and "left out" in told
    (tmp_path / "two.mp4").unlink()
    found = labels.read(path)
    assert found.images.shape == (3, 0, 0, 1)
    assert "come without images" in capsys.readouterr().err


def test_the_projects_name_makes_no_video_its_own(tmp_path, capsys):
    path = save(tmp_path / "project.slp", frame(film(tmp_path / "exp1.mp4"), 3))
    (tmp_path / "exp1.mp4").rename(tmp_path / "project.mp4")
    assert labels.read(path).images.shape == (1, 0, 0, 1)
    told = capsys.readouterr().err
    assert "exp1.mp4 is not beside" in told and "project.mp4" in told


def test_an_old_project_without_size_says_what_it_takes(data, capsys):
    labels.read(data / "videos/fly_single.slp", rows=[5, 6])
    told = capsys.readouterr().err
    assert told.startswith("WARNING") and "single_fly.mp4" in told and "fly_single.mp4" in told


@pytest.mark.parametrize("kind, words", [("mp4", "uneven times"), ("mkv", "lacks 3 frames")])
def test_footage_with_dropped_frames_asks_for_a_package(tmp_path, capsys, kind, words):
    times = [k for k in range(30) if k not in (4, 9, 10)]
    video = film(tmp_path / f"cam.{kind}", times=times)
    labels.read(save(tmp_path / "a.slp", frame(video, 2)))
    told = capsys.readouterr().err
    assert told.startswith("WARNING") and words in told and ".pkg.slp" in told
    assert told.count("\n") == 1


def test_uneven_times_are_told(tmp_path, capsys):
    steps = np.random.default_rng(0).integers(1, 5, 12)
    video = film(tmp_path / "cam.mp4", times=np.cumsum(steps).tolist())
    labels.read(save(tmp_path / "a.slp", frame(video, 2)))
    assert "uneven times" in capsys.readouterr().err


def test_packages_need_no_video(tmp_path, capsys):
    one, two = film(tmp_path / "day1/cam.mp4", 40), film(tmp_path / "day2/cam.mp4", 80)
    path = save(tmp_path / "a.pkg.slp", frame(one, 3), frame(two, 3), embed=True)
    shutil.rmtree(tmp_path / "day1")
    shutil.rmtree(tmp_path / "day2")
    found = labels.read(path)
    assert numbers(found) == [3, 3]
    np.testing.assert_allclose(found.images[:, 20, -5, 0], [40, 80], atol=3)
    assert found.source.tolist() == ["a/day1/cam", "a/day2/cam"]
    assert not capsys.readouterr().err


@pytest.mark.parametrize("embed", [True, False])
def test_crops_of_a_video_say_their_place(tmp_path, capsys, embed):
    whole = film(tmp_path / "cam.mp4")
    crops = [whole.crop((x, 10, x + 24, 34)) for x in (20, 30)]
    path = tmp_path / ("a.pkg.slp" if embed else "a.slp")
    save(path, *(frame(crop, 3 + k) for k, crop in enumerate(crops)), embed=embed)
    found = labels.read(path)
    for k, x in enumerate((20, 30)):
        np.testing.assert_allclose(
            found.images[k, ..., 0], picture(3 + k)[10:34, x : x + 24], atol=4
        )
    np.testing.assert_allclose(found.positions[:, 0], [[5, 6], [5, 6]])
    assert found.source.tolist() == ["a/cam@x20y10", "a/cam@x30y10"]
    told = capsys.readouterr().err
    assert "x = 20, y = 10" in told and "x = 30, y = 10" in told


def test_images_of_a_leap_project_beside_it(tmp_path):
    pictures = np.stack([picture(k) for k in range(5)])
    with h5py.File(tmp_path / "box.h5", "w") as file:
        file["box"] = pictures.transpose(0, 2, 1)[:, None]
    video = sleap_io.Video.from_filename(
        str(tmp_path / "box.h5"), dataset="box", input_format="channels_first"
    )
    path = save(tmp_path / "a.slp", frame(video, 1), frame(video, 4))
    np.testing.assert_array_equal(labels.read(path).images[..., 0], pictures[[1, 4]])
    with h5py.File(tmp_path / "box.h5", "w") as file:
        file["box"] = pictures[:3].transpose(0, 2, 1)[:, None]
    with fails("a.slp", "5 images", "box.h5 has 3"):
        labels.read(path)


def test_images_in_folders_of_one_name_each(tmp_path, capsys):
    for folder, level in (("camA", 40), ("camB", 80)):
        (tmp_path / folder).mkdir()
        for k in range(3):
            cv2.imwrite(str(tmp_path / folder / f"{k}.png"), picture(k, level))
    one, two = (
        sleap_io.Video.from_filename([str(tmp_path / cam / f"{k}.png") for k in range(3)])
        for cam in ("camA", "camB")
    )
    path = save(tmp_path / "a.slp", frame(one, 1), frame(two, 2))
    here = tmp_path / "here"
    here.mkdir()
    shutil.move(path, here)
    shutil.move(tmp_path / "camB", here)
    (tmp_path / "camA/1.png").unlink()
    found = labels.read(here / "a.slp")
    assert numbers(found) == [2] and found.images[0, 20, -5, 0] == 80
    told = capsys.readouterr().err
    assert "camA/0.png (one of 3 images)" in told and told.count("\n") == 1


def test_mirror_partners_of_the_project(tmp_path):
    parts = ["nose", "ear1", "ear2"]
    bones = sleap_io.Skeleton(parts, symmetries=[("ear2", "ear1")])
    one = sleap_io.Instance.from_numpy(np.eye(3)[:, :2] * 9, skeleton=bones)
    video = sleap_io.Video("gone.mp4", open_backend=False)
    path = save(
        tmp_path / "a.slp", sleap_io.LabeledFrame(video=video, frame_idx=0, instances=[one])
    )
    assert labels.read(path).skeleton.swap == (0, 2, 1)
    sleap_io.save_skeleton(bones, str(tmp_path / "bones.json"))
    assert labels.read_skeleton(tmp_path / "bones.json").swap == (0, 2, 1)
