"""The pages: the site builds without a broken link, the code in them runs, one version."""

import re
import tomllib
import typing

import numpy as np
import pytest
import yaml

import leap_core
from leap_core import cli, config, geometry, skeleton
from leap_core.containers import Poses
from leap_core.formats import pose_tracks
from leap_core.labels import reading
from leap_core.pose import networks
from leap_core.preprocess import given_track, tracking
from leap_core.synthetic import anatomy, movie

FRAMES = 1500


@pytest.fixture(scope="module")
def site(root, tmp_path_factory):
    """Built once, with every warning an error."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(root / "mkdocs.yml"), strict=True, site_dir=str(folder)))
    return folder


def test_the_site_builds_without_a_warning(site, root):
    pages = {path.stem for path in (root / "docs").glob("*.md")} | {"contributing", "changelog"}
    assert pages <= {path.stem for path in site.glob("*.html")}


def test_the_site_loads_nothing_from_elsewhere(site):
    loads = re.compile(r"""(?:<(?:script|img|iframe)[^>]*\ssrc|<link[^>]*\shref)=["'](\w+:)?//""")
    for path in site.rglob("*.html"):
        assert not loads.search(path.read_text(encoding="utf-8")), path.name
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""(?:url\(|@import)\s*["']?(\w+:)?//""", text), path.name


def test_the_site_can_be_searched(site):
    text = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "Kaplan-Meier" in text and "contributing.html" in text


def test_links_of_the_top_pages_lead_somewhere(root):
    for page in (*root.glob("*.md"), *root.glob("config/*.md"), *root.glob("findings/*.md")):
        for target in re.findall(r"\]\((?!\w+://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_page_of_commands_lists_them_all(root, capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    told = set(re.findall(r"^    ([a-z][\w-]*)", capsys.readouterr().out, re.M))
    text = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    assert told and set(re.findall(r"^\| `leap ([\w-]+)`", text, re.M)) == told


def simulated(skeleton):
    """True poses of a simulated fly, as a network without any error would give them."""
    rng = np.random.default_rng(3)
    fly = anatomy.individual(rng)
    truth = movie.truth(movie.simulate(config.Synthetic(frames=FRAMES), fly, rng), fly, skeleton)
    positions = geometry.to_crop(truth.positions, truth.centroid, truth.heading, 192)
    return Poses(
        positions=positions,
        confidence=np.ones(positions.shape[:2]),
        frame=np.arange(FRAMES),
        valid=np.ones(FRAMES, bool),
        center=truth.centroid,
        heading=truth.heading,
        skeleton=skeleton,
        recording="fly1",
        fps=truth.fps,
        px_per_mm=truth.px_per_mm,
    )


def test_the_code_on_the_python_page_runs(root, fly32, tmp_path, monkeypatch, capsys):
    simulated(fly32).write(tmp_path / "results/demo/poses/fly1.h5")
    monkeypatch.chdir(tmp_path)
    text = (root / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) >= 4
    names = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    told = capsys.readouterr().out
    assert "fly1 15 s of 32 parts in 2 dimensions" in told
    assert "no_such_file.h5: no such file" in told
    assert names["amplitude"].shape == (FRAMES, 2 * 31, 25)
    assert len(names["steps"]) > 20 and len(names["area"].occupancy) > 2


def test_one_version_everywhere(root):
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == leap_core.__version__
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"] and "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == "leap_core.__version__"
    assert project["project"]["license"] == cited["license"]


def test_the_citation_names_whom_the_readme_names(root):
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    works = [cited["preferred-citation"], *cited["references"]]
    readme = (root / "README.md").read_text(encoding="utf-8")
    for work in works:
        assert work["authors"][0]["family-names"] in readme
        assert work["doi"] in readme


def allowed(section, key):
    """The values that a config key may have."""
    return set(typing.get_args(typing.get_type_hints(section)[key]))


def test_what_a_config_may_name_is_what_the_tables_hold():
    """As CONTRIBUTING promises to whoever adds a recipe, a network or a format."""
    assert allowed(config.Track, "recipe") == set(tracking.RECIPES)
    formats = {"auto", reading.OWN, *reading.FORMATS}
    assert allowed(config.LabelSource, "format") == formats
    tracks = {"auto", *given_track.FORMATS, *pose_tracks.RECOGNIZES}
    assert allowed(config.Video, "track_format") == tracks
    assert allowed(config.Model, "network") == set(config.MULTIPLE_OF) == set(networks.NETWORKS)


def test_every_key_of_a_skeleton_is_explained_and_its_example_is_read(root):
    page = (root / "docs" / "skeletons.md").read_text()
    keys = {*skeleton.KEYS, *(f"roles.{role}" for role in skeleton.ROLES)} - {"roles"}
    assert set(re.findall(r"^\| `([a-z.]+)` \|", page, re.MULTILINE)) == keys
    example = yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    assert set(example) == set(skeleton.KEYS) and set(example["roles"]) == set(skeleton.ROLES)
    found = skeleton.from_dict(example)
    assert found.pairs == [("left_ear", "right_ear"), ("left_paw", "right_paw")]
