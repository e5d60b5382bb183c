"""Names with quotes, blanks and shell code pass through the workflow, or are refused in a line."""

import os

import h5py
import numpy as np
import pytest
import yaml
from fixtures.checkout import fresh_copy, snakemake

from leap_core import cli, config, containers, sources
from leap_core.errors import UserError
from leap_core.io import video

TRAP = "$(touch pwned)`touch pwned`;touch pwned;&"
FILMS = [f"a 'b' \"c\" {TRAP}.mp4", "-é漢 a:b%03d\\*?[x]#~.MP4", f"c.{TRAP}"]
MINIMAL = {"dataset": "d", "skeleton": "s.yaml", "videos": [{"id": "a", "path": "a.mp4"}]}


def write_film(path):
    """A bright bar that turns, 20 frames."""
    y, x = np.mgrid[:64, :64] - 31.5
    turns = [np.cos(k / 9) * x + np.sin(k / 9) * y for k in range(20)]
    across = [np.cos(k / 9) * y - np.sin(k / 9) * x for k in range(20)]
    bars = [(abs(a) < 22) & (abs(b) < 8 - a / 9) for a, b in zip(turns, across, strict=True)]
    film = path.parent / "film.mp4"
    video.write_video(film, [(bar * 200 + 20).astype(np.uint8) for bar in bars], 50)
    film.rename(path)


def write_labels(path):
    """A set of three labeled images in the layout of DeepPoseKit."""
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros((3, 16, 16, 1), np.uint8)
        file["annotations"] = np.full((3, 2, 2), 4.0)


def write_config(folder, films, **keys):
    (folder / "pair of parts.yaml").write_text("parts: [head, tail]\n")
    value = {
        "dataset": "names",
        "skeleton": "pair of parts.yaml",
        "videos": [{"id": f"v{k}", "path": name} for k, name in enumerate(films)],
        "track": {"opening_px": 0, "min_area_px": 20},
        "crop": {"size": 64},
    }
    (folder / "names.yaml").write_text(yaml.safe_dump(value | keys))


@pytest.mark.slow
def test_any_name_goes_from_source_to_crops_and_labels(root, tmp_path):
    data = tmp_path / f"da'ta {TRAP} é"
    data.mkdir()
    for name in FILMS:
        write_film(data / name)
    write_labels(data / f"labels {TRAP}")
    (tmp_path / f'a "clone" {TRAP} 漢').mkdir()
    folder = fresh_copy(root, tmp_path / f'a "clone" {TRAP} 漢')
    exclusions = f"left out {TRAP}.csv"
    (folder / exclusions).write_text("file,row,part,reason\nset,1,head,hidden\n")
    labels = {"sources": [{"id": "set", "path": f"labels {TRAP}"}], "exclusions": exclusions}
    crop = {"size": 64, "store": False}  # which have to find their videos
    write_config(folder, FILMS, labels=labels, crop=crop)
    targets = [f"results/names/crops/v{k}.h5" for k in range(len(FILMS))]
    targets.append("results/names/labels/imported/set.h5")
    result = snakemake(
        folder, "--cores", "2", *targets, "--configfile", "names.yaml", LEAP_DATA=str(data)
    )
    assert result.returncode == 0, result.stderr[-3000:]
    for target in targets[:-1]:
        crops = containers.Crops.read(folder / target)
        assert crops.images.shape == (20, 64, 64, 1)
        assert crops.valid.all()
    found = containers.Labels.read(folder / targets[-1])
    assert found.status.tolist() == [[1, 1], [2, 1], [1, 1]]
    raw = {path.name for path in (folder / "results/names/raw").iterdir()}
    assert raw == {"v0.mp4", "v1.mp4", "v2", "set"}
    assert not list(tmp_path.rglob("pwned"))
    assert not (root / "pwned").exists()


def test_braces_that_snakemake_cannot_bear_end_in_one_line(root, tmp_path):
    folder = fresh_copy(root, tmp_path)
    write_film(folder / "{x}.mp4")
    write_config(folder, ["{x}.mp4"])
    result = snakemake(folder, "-n", "results/names/crops/v0.h5", "--configfile", "names.yaml")
    assert result.returncode == 2
    assert "'{x}.mp4': Snakemake cannot bear braces" in result.stderr
    assert "Traceback" not in result.stderr


def test_patterns_in_names_are_refused_wherever_they_stand(tmp_path, monkeypatch):
    def settings(**keys):
        return config.from_dict(MINIMAL | keys)

    sources.check_paths(settings(), tmp_path)
    for keys in (
        {"skeleton": "{x}.yaml"},
        {"labels": {"exclusions": "a\nb.csv"}},
        {"labels": {"sources": [{"id": "b", "path": "{b}.h5"}]}},
        {"videos": [{"id": "a", "path": "a.mp4", "camera_track": "a\tb.csv"}]},
    ):
        with pytest.raises(UserError, match="cannot bear braces or line breaks"):
            sources.check_paths(settings(**keys))
    with pytest.raises(UserError, match="name of this folder"):
        sources.check_paths(settings(), tmp_path / "{x}")
    (tmp_path / "{data}").mkdir()
    (tmp_path / "{data}" / "a.mp4").write_bytes(b"x")
    monkeypatch.setenv("LEAP_DATA", str(tmp_path / "{data}"))
    with pytest.raises(UserError, match="{data}.*cannot bear braces"):
        sources.check_paths(settings())


@pytest.mark.parametrize(
    "id", ["../x", "a/b", "..", ".hidden", "-x", "", "a b", "a\n", "$(x)", "é", "x" * 101, "/tmp/x"]
)
def test_ids_stay_in_their_folder(id):
    for keys in (
        {"dataset": id},
        {"run": id},
        {"videos": [{"id": id, "path": "a.mp4"}]},
        {"labels": {"sources": [{"id": id, "path": "a.h5"}]}},
    ):
        with pytest.raises(UserError, match="does not match"):
            config.from_dict(MINIMAL | keys)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/v.mp4", "/etc/passwd", "HTTP", "data:,x", "jar:http:"]
)
def test_only_http_is_downloaded(url):
    with pytest.raises(UserError, match="`videos.0.url`.*does not match"):
        config.from_dict(MINIMAL | {"videos": [{"id": "a", "url": url}]})


@pytest.mark.parametrize(
    ("path", "url", "name"),
    [
        ("x/v.MP4", None, "a.mp4"),
        ("v.analysis.h5", None, "a.h5"),
        ("v", None, "a"),
        ("v.$(x)", None, "a"),
        ("v.m p4", None, "a"),
        ("v.\u0301mp4", None, "a"),
        ("v." + "x" * 40, None, "a"),
        (None, "https://host/v.mp4?x=1/y.$(z)", "a.mp4"),
        (None, "https://host/d/?name=v.mp4", "a"),
    ],
)
def test_only_plain_suffixes_go_into_names(path, url, name):
    assert sources.file_name(config.Video(id="a", path=path, url=url)) == name


def test_commands_take_files_that_start_with_a_dash(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_labels("-set.h5")
    assert cli.main(["import-labels", "./-set.h5", "-o", "./-out.h5"]) == 0
    assert cli.main(["import-labels", "-o=-two.h5", "--", "-set.h5"]) == 0
    assert {"-out.h5", "-two.h5"} <= set(os.listdir())
    assert containers.Labels.read("-two.h5").positions.shape == (3, 2, 2)
    assert "error" not in capsys.readouterr().err
