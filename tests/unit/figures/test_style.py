"""Every figure: equal data give equal bytes, text fits the page, colours tell apart."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import matplotlib
import pytest
from fixtures.drawn import NAMES, PLAIN, everything, make_history, off_the_page

from leap_core.errors import UserError
from leap_core.figures import placeholder, style
from leap_core.figures.paper import fig3a
from leap_core.figures.quality import training
from leap_core.skeleton import Skeleton

# ---------------------------------------------------------------- files


AS_PDF = ("fig2b", "figS2", "tracking")
ELSEWHERE = """
import sys
sys.path.insert(0, sys.argv[1])
from fixtures import drawn
from leap_core import skeleton
from leap_core.figures import style
for name, draw in drawn.everything(skeleton.read(sys.argv[2])).items():
    figure = draw()
    for suffix in ("png", "svg", "pdf")[: 2 + (name in sys.argv[4:])]:
        style.save(figure, f"{sys.argv[3]}/{name}.{suffix}")
"""


@pytest.fixture(scope="module")
def elsewhere(root, tmp_path_factory):
    """Every figure as another process draws it, with other hashes and in another time zone."""
    folder = tmp_path_factory.mktemp("elsewhere")
    env = os.environ | {"PYTHONHASHSEED": "1", "TZ": "UTC5"}
    env.pop("SOURCE_DATE_EPOCH", None)
    given = [root / "tests", root / "config/skeletons/fly32.yaml", folder, *AS_PDF]
    subprocess.run([sys.executable, "-c", ELSEWHERE, *map(str, given)], check=True, env=env)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_equal_data_give_equal_bytes_without_stamps_on_a_journals_page(
    name, fly32, elsewhere, tmp_path
):
    figure = everything(fly32)[name]()
    for suffix in ("png", "svg", "pdf")[: 2 + (name in AS_PDF)]:
        path = tmp_path / f"{name}.{suffix}"
        style.save(figure, path)
        content = path.read_bytes()
        assert content == (elsewhere / path.name).read_bytes(), suffix
        for stamp in (b"Software", b"Matplotlib v", b"dc:date", b"CreationDate", b"Producer"):
            assert stamp not in content, suffix
    width, height = figure.get_size_inches() * 25.4
    assert 88 < width < 184 and height < 240
    sizes = [t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()]
    assert min(sizes) >= 5 and max(sizes) <= 9
    assert off_the_page(figure) == []


def test_the_users_own_settings_neither_matter_nor_change(tmp_path):
    plain = training.draw(make_history())
    style.save(plain, tmp_path / "plain.png")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "lines.linewidth": 9}):
        before = dict(matplotlib.rcParams)
        style.save(training.draw(make_history()), tmp_path / "odd.png")
        assert dict(matplotlib.rcParams) == before
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "odd.png").read_bytes()


def test_no_window_system_is_loaded():
    code = """
import importlib, pkgutil, sys
from leap_core import figures
for module in pkgutil.walk_packages(figures.__path__, "leap_core.figures."):
    importlib.import_module(module.name)
assert len([m for m in sys.modules if m.startswith("leap_core.figures.")]) > 50
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_suffixes_are_refused_and_leave_nothing(tmp_path):
    with pytest.raises(UserError, match=r"written as \.png, \.pdf, \.svg"):
        style.save(placeholder.draw("a", "b"), tmp_path / "figure.jpg")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- colours


def test_colours_tell_sides_groups_and_regions_apart(fly32):
    colours = style.part_colours(fly32)
    assert colours[fly32.index("forelegL4")] == style.LEG_COLOURS["LF"]
    assert all(
        colours[a] != colours[b] for a, b in enumerate(fly32.swap) if "leg" in fly32.parts[a]
    )
    assert len({style.region_colour(k) for k in range(1, 22)}) == 21
    assert len(set(style.group_colours(fly32).values())) == 6
    odd = replace(PLAIN, groups={"x": ("nose",), "y": ("tail",)})
    assert len(set(style.group_colours(odd).values())) == 2
    assert len(style.part_colours(PLAIN)) == 2


def test_legs_of_any_spelling_have_their_colours_and_groups_have_others():
    """L1 is a left fore leg as LF is; antennae beside it are drawn unlike it."""
    tips = {"L1": ("a",), "R1": ("b",), "hind_left": ("c",), "right-hind": ("d",), "tail": ("e",)}
    antennae = {"antennae": ("f",), "body": ("g",), "eyes": ("h",)}
    animal = Skeleton(tuple("abcdefgh"), legs=tips, groups=antennae)
    colours = style.part_colours(animal)
    assert colours[:4] == [style.LEG_COLOURS[code] for code in ("LF", "RF", "LH", "RH")]
    assert len(set(colours)) == 8
    order = [list(tips)[k] for k in fig3a.leg_order(list(tips))]
    assert order == ["L1", "hind_left", "R1", "right-hind", "tail"]


# ---------------------------------------------------------------- captions


def test_every_figure_has_a_caption_that_renders(root):
    jinja2 = pytest.importorskip("jinja2")
    core = pytest.importorskip("docutils.core")
    folder = root / "workflow" / "report"
    for name in [*NAMES[:-1], "movie", "movie_bout"]:
        text = (folder / f"{name}.rst").read_text(encoding="utf-8")

        class Job:
            config = {"dataset": "demo", "prediction": {"min_confidence": 0.2}}
            wildcards = {"recording": "fly1", "video": "fly1", "movie": "fly1", "bout": "walking"}

        shown = jinja2.Template(text, undefined=jinja2.StrictUndefined).render(snakemake=Job)
        assert "demo" in shown, name
        sentences = re.findall(r"[.!](?=\s|$)", shown)
        assert 2 <= len(sentences) <= 6, (name, len(sentences))
        core.publish_string(shown, settings_overrides={"halt_level": 2, "report_level": 5})
