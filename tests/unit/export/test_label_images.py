"""Labels as whole frames or crops: labeled parts lie on the pixels that were drawn for them."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures import exported_results as made
from fixtures.labels import fails

from leap_core.containers import Labels, Track
from leap_core.export import label_images, origins
from leap_core.export.contents import COVERED, HIDDEN, SEEN


@pytest.fixture
def results(tmp_path):
    return made.make(tmp_path)


def collected(results, reference="video", labels=None, **options):
    labels = labels or Labels.read(results.labels)
    films = origins.films_of_labels(results.labels, sorted(set(labels.source.tolist())))
    return label_images.labels_of(results.labels, labels, films, reference, **options)


@pytest.mark.parametrize("camera", [False, True])
def test_whole_frames_show_all_their_labeled_animals(tmp_path, camera):
    found, notes = collected(made.make(tmp_path, camera))
    assert [(image.frame, image.animals) for image in found.images] == [
        (2, made.ANIMALS),
        (5, made.ANIMALS[1:]),
        (7, made.ANIMALS[:1]),
    ]
    for image in found.images:
        pixels = image.read()
        np.testing.assert_array_equal(pixels, made.film()[image.frame])
        assert (image.height, image.width) == pixels.shape and image.name == "film"
        for animal, name in enumerate(image.animals):
            at = made.places()[image.frame, made.ANIMALS.index(name)].astype(float)
            at[image.visible[animal] == HIDDEN] = np.nan
            np.testing.assert_allclose(image.positions[animal], at, atol=2e-3)
    first = found.images[0]
    assert first.visible.tolist() == [[SEEN, COVERED, SEEN], [SEEN, SEEN, HIDDEN]]
    assert "film: 2 of 3 frames show another animal, which is not labeled there" in notes


def test_crops_are_the_labeled_images(results):
    found, _ = collected(results, "egocentric")
    labels = Labels.read(results.labels)
    assert len(found.images) == 4 and found.reference == "egocentric"
    for image in found.images:
        row = made.LABELED.index((made.ANIMALS.index(image.name), image.frame))
        np.testing.assert_array_equal(image.read(), labels.images[row, ..., 0])
        np.testing.assert_array_equal(image.positions[0], labels.positions[row])
        assert image.video is None and (image.width, image.height) == (made.SIDE, made.SIDE)


def test_animals_are_chosen_by_name(results):
    found, _ = collected(results, animals=["film_animal0"])
    assert [image.frame for image in found.images] == [2, 7]
    with fails("labels.h5", "'nobody'", "film_animal0, film_animal1"):
        collected(results, animals=["nobody"])


def test_images_of_no_video_leave_only_as_crops(results):
    labels = Labels.read(results.labels)
    source = labels.source.copy()
    source[2:] = "other/file"
    mixed = replace(labels, source=source)
    found, notes = collected(results, labels=mixed)
    assert [image.frame for image in found.images] == [2]
    assert any("2 labeled images" in n and "(other/file)" in n for n in notes)
    crops, _ = collected(results, "egocentric", labels=mixed)
    assert {image.name for image in crops.images} == {*made.ANIMALS, "other_file"}
    alone = replace(labels, source=np.array(["other"] * 4, dtype=str))
    with fails("labels.h5", "no video", "--config", "--reference egocentric"):
        collected(results, labels=alone)


def test_other_images_under_the_name_of_a_recording_are_no_frames_of_it(results):
    labels = Labels.read(results.labels)
    images = labels.images.copy()
    images[3, 0, 0] ^= 1
    found, notes = collected(results, labels=replace(labels, images=images))
    assert [image.frame for image in found.images] == [2, 5]
    assert any("1 labeled images" in n and "film_animal0" in n for n in notes)


def test_a_track_made_anew_is_told_from_that_of_the_crops(results):
    track = Track.read(results.track)
    replace(track, centroid=track.centroid + 1).write(results.track)
    with fails("film_animal0.h5", "another track"):
        collected(results)


def test_millimetres_and_empty_labels_are_refused(results):
    with fails("labels.h5", "not video mm", "--reference video$"):
        collected(results, "video mm")
    labels = Labels.read(results.labels)
    with fails("labels.h5", "no labeled image"):
        collected(results, labels=replace(labels, status=np.zeros_like(labels.status)))
    bare = np.zeros((4, 0, 0, 1), np.uint8)
    for reference in ("video", "egocentric"):
        with fails("labels.h5", "without their images", "import them again"):
            collected(results, reference, labels=replace(labels, images=bare))
    some = labels.status.copy()
    some[1] = 0
    found, notes = collected(results, labels=replace(labels, status=some))
    assert len(found.images) == 3 and "1 images without any label are left out" in notes


def test_images_of_one_number_get_numbers_of_their_own(results):
    labels = Labels.read(results.labels)
    twice = replace(labels, frame=np.zeros(4, int))
    found, notes = collected(results, "egocentric", labels=twice)
    names = [(image.name, image.frame) for image in found.images]
    assert len(set(names)) == 4 and any("numbered anew" in note for note in notes)


def test_the_working_folder_may_hold_another_run_of_the_same_names(tmp_path, monkeypatch):
    made.make(tmp_path / "here", camera=True)
    there = made.make(tmp_path / "there")
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here/results/x/raw/film.npy").write_bytes(b"another film")
    found, _ = collected(there)
    assert found.images[0].video.samefile(there.film)
    np.testing.assert_array_equal(found.images[0].read(), made.film()[2])
