"""The skeleton over HTTP: what is refused, what is told, what lies on the disk afterwards."""

import cv2
import numpy as np
import pytest
import yaml
from fixtures import labeling
from fixtures.label_server import Server, at, copy_of

from leap_core import containers, skeleton
from leap_core.io import video
from leap_core.labels import edits

PATH = "config/skeletons/fly32.yaml"


@pytest.fixture
def owner(server):
    return server.client()


@pytest.fixture(scope="module")
def still(made, tmp_path_factory):
    """A server on which nothing is changed."""
    with Server(copy_of(made, tmp_path_factory.mktemp("still") / "lab")) as running:
        yield running


def put(owner, value, **body):
    return owner.send("/api/skeleton", "PUT", skeleton=value, **body)


def renamed(value, old, new):
    """A mapping with another name wherever one stands."""
    if isinstance(value, dict):
        return {k: renamed(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(v, old, new) for v in value]
    return new if value == old else value


def label(owner, part, x, y):
    key = owner.get("/api/state")["items"][0]["key"]
    revision = owner.get(f"/api/items/{key}")["revision"]
    status, _ = owner.edit(key, revision, {part: at(x, y)})
    assert status == 200
    return key


def test_what_is_read_can_be_written_back_and_means_the_same(server, owner):
    before = skeleton.read(server.folder / PATH)
    told = owner.get("/api/skeleton")
    assert told["skeleton"]["symmetry"] == "auto"
    status, answer = put(owner, told["skeleton"], digest=told["digest"])
    assert (status, answer["skeleton"]) == (200, told["skeleton"])
    after = skeleton.read(server.folder / PATH)
    assert (after, after.unpaired) == (before, before.unpaired)
    # a default place is kept, and nothing that says nothing is written
    pose = told["skeleton"] | {"pose": {"head": [60.5, -1.25]}, "groups": {}}
    assert put(owner, pose)[0] == 200
    after = skeleton.read(server.folder / PATH)
    assert after.pose == {"head": (60.5, -1.25)} and after.groups == {}
    assert "groups" not in yaml.safe_load((server.folder / PATH).read_text())


BAD = (
    ({"parts": []}, "parts"),
    ({"parts": ["a", "a"]}, "'a' is listed twice"),
    ({"parts": ["a", " b"]}, "' b' is no name"),
    ({"parts": ["a\nb"]}, "no name"),
    ({"parts": ["a" * 61]}, "more than 60"),
    ({"parts": [f"p{k}" for k in range(301)]}, "more than 300"),
    ({"edges": [["a", "c"]]}, "unknown part 'c'"),
    ({"symmetry": [["a", "b"], ["b", "c"]]}, "'c'"),
    ({"symmetry": "names"}, "symmetry"),
    ({"roles": {"axis": ["a"]}}, "roles.axis"),
    ({"roles": {"legs": {"LF": []}}}, "roles.legs"),
    ({"pose": {"a": [0, float("nan")]}}, "pose"),
    ({"color": "red"}, "color"),
)


def test_bad_skeletons_are_refused_in_one_line_that_names_the_file(still):
    owner, text = still.client(), (still.folder / PATH).read_text()
    for change, named in BAD:
        value = {"name": "tiny", "parts": ["a", "b"]} | change
        preview = owner.send("/api/skeleton/preview", skeleton=value)
        for status, answer in (put(owner, value), preview):
            assert status == 400
            assert named in answer["error"] and PATH in answer["error"], answer
            assert "\n" not in answer["error"]
    assert put(owner, [])[0] == put(owner, None)[0] == 400
    assert (still.folder / PATH).read_text() == text


def test_names_that_nobody_has_are_refused(still):
    owner = still.client()
    value = owner.get("/api/skeleton")["skeleton"]
    both = {"head": "eyeL", "neck": "eyeL"}
    for names in ({"nobody": "head"}, {"head": "nobody"}, both, ["head"]):
        status, answer = put(owner, value, renamed=names)
        assert status == 400 and answer["error"]


def test_labels_go_with_a_renamed_part(owner, server):
    key = label(owner, "head", 120, 90)
    told = owner.get("/api/skeleton")
    assert told["labels"] == {"head": 1}
    value = renamed(told["skeleton"], "head", "snout")
    status, answer = put(owner, value, renamed={"head": "snout"}, digest=told["digest"])
    assert status == 200 and answer["labels"] == {"snout": 1}
    assert owner.get(f"/api/items/{key}")["points"]["snout"]["x"] == pytest.approx(120, abs=1e-3)
    assert skeleton.read(server.folder / PATH).axis == ("abdomen", "snout")
    kept = edits.read(server.labels).items[key]
    assert set(kept.points) == {"snout"}
    # undo would put the old name back
    assert owner.send("/api/undo")[0] == 404
    # two parts exchange their names
    label(owner, "eyeL", 130, 80)
    label(owner, "eyeR", 131, 110)
    assert put(owner, answer["skeleton"], renamed={"eyeL": "eyeR", "eyeR": "eyeL"})[0] == 200
    points = owner.get(f"/api/items/{key}")["points"]
    assert points["eyeR"]["y"] == pytest.approx(80, abs=1e-3)
    assert points["eyeL"]["y"] == pytest.approx(110, abs=1e-3)


def test_a_new_name_never_takes_over_labels_of_another_part(owner, server):
    key = label(owner, "eyeL", 130, 80)
    label(owner, "head", 120, 90)
    value = owner.get("/api/skeleton")["skeleton"]
    without = {"name": "tiny", "parts": ["eyeL", "abdomen"]}
    # head is no longer there, and its label is hidden
    assert put(owner, without)[0] == 200
    assert owner.get("/api/skeleton")["labels"] == {"head": 1, "eyeL": 1}
    named = {"name": "tiny", "parts": ["head", "abdomen"]}
    status, answer = put(owner, named, renamed={"eyeL": "head"})
    assert status == 400 and "labels of a part 'head' already" in answer["error"]
    assert set(edits.read(server.labels).items[key].points) == {"head", "eyeL"}
    # with its part the label comes back
    assert put(owner, value)[0] == 200
    assert owner.get(f"/api/items/{key}")["points"]["head"]["x"] == pytest.approx(120, abs=1e-3)


def test_other_hands_in_the_folder_are_told(owner, server):
    file, configs = server.folder / PATH, server.folder / "config"
    (configs / "other.yml").write_text((configs / "lab.yaml").read_text())
    (configs / "elsewhere.yaml").write_text("skeleton: config/skeletons/mouse.yaml\n")
    (configs / "broken.yaml").write_text("{")
    told = owner.get("/api/skeleton")
    assert told["used_by"] == ["lab.yaml", "other.yml"] and told["config"] == "lab.yaml"
    assert told["next"] == ""  # there are frames to label
    text = file.read_text() + "# by hand\n"
    file.unlink()  # it is a hard link
    file.write_text(text)
    status, answer = put(owner, told["skeleton"], digest=told["digest"])
    assert status == 409 and "changed meanwhile" in answer["error"]
    assert file.read_text() == text


def test_pairs_are_told_as_the_pipeline_reads_them(still):
    owner = still.client()
    parts = ["nose", "left_ear", "right_ear", "paw1", "paw2", "left_hip"]
    told = owner.send("/api/skeleton/preview", skeleton={"parts": parts})[1]
    assert told["pairs"] == [["left_ear", "right_ear"]]
    assert told["certain"] == ["left_hip"] and "left_hip" in told["unpaired"]
    listed = {"parts": parts, "symmetry": [["paw2", "paw1"]]}
    told = owner.send("/api/skeleton/preview", skeleton=listed)[1]
    assert told["pairs"] == [["paw1", "paw2"]] and told["unpaired"] == []
    assert skeleton.from_dict(yaml.safe_load(told["yaml"])) == skeleton.from_dict(listed)


def png(owner):
    status, _, body = owner.raw("GET", "/api/skeleton/picture.png")
    assert status == 200, body
    return cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED)


def test_the_picture_is_the_first_crop(still):
    owner = still.client()
    first = owner.get("/api/state")["items"][0]
    crops = still.folder / "results" / labeling.NAME / "crops" / f"{first['recording']}.h5"
    with containers.open_crops(crops) as reader:
        assert np.array_equal(png(owner), np.asarray(reader.images[first["frame"]])[..., 0])


def test_a_skeleton_can_be_made_before_anything_else_is_there(lab):
    (lab / PATH).unlink()
    results = lab / "results" / labeling.NAME
    for made in ("crops", "tracks", "sampling"):
        (results / made).rename(lab / made)
    with Server(lab) as server:
        owner = server.client()
        told = owner.get("/api/skeleton")
        assert (told["exists"], told["skeleton"]["parts"]) == (False, [])
        assert told["picture"] == {"kind": "frame"}
        assert told["next"] == "snakemake --cores all alignment --configfile config/lab.yaml"
        frames = video.read_frames(results / "synthetic" / "fly1.mp4")
        assert np.array_equal(png(owner), next(frames)[1])
        value = {"name": "fly", "parts": ["tail", "head"], "roles": {"axis": ["tail", "head"]}}
        assert put(owner, value, digest=told["digest"])[0] == 200
        assert skeleton.read(lab / PATH).axis == ("tail", "head")
        assert owner.get("/api/state")["skeleton"]["parts"] == ["tail", "head"]
        # without a video there is nothing to be seen
        (results / "synthetic").rename(lab / "synthetic")
        status, _, body = owner.raw("GET", "/api/skeleton/picture.png")
        assert status == 400 and b"LEAP_DATA" in body
