"""Every figure: equal data give equal bytes, text fits the page, colours tell apart."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import matplotlib
import pytest
from fixtures.drawn import NAMES, PLAIN, everything, make_history

from leap_core.errors import UserError
from leap_core.figures import (
    skipped,
    style,
    training,
)

# ---------------------------------------------------------------- files


@pytest.mark.parametrize("name", NAMES)
def test_equal_data_give_equal_bytes_without_stamps(name, fly32, tmp_path):
    files = []
    for folder in ("a", "b"):
        figure = everything(fly32)[name]()
        for suffix in ("png", "svg"):
            style.save(figure, tmp_path / folder / f"{name}.{suffix}")
            files.append((tmp_path / folder / f"{name}.{suffix}").read_bytes())
    assert files[0] == files[2] and files[1] == files[3]
    assert files[0].startswith(b"\x89PNG") and b"Software" not in files[0]
    assert b"Matplotlib v" not in files[1] and b"dc:date" not in files[1]


def test_bytes_do_not_depend_on_the_process(fly32, root, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from fixtures import drawn\n"
        "from leap_core import skeleton\nfrom leap_core.figures import style\n"
        "made = drawn.everything(skeleton.read(sys.argv[2]))\n"
        "for n in ('fig2b', 'figS2', 'tracking'):\n"
        "    for s in ('png', 'pdf', 'svg'): style.save(made[n](), f'{sys.argv[3]}/{n}.{s}')\n"
    )
    for seed in ("1", "2"):
        args = [root / "tests", root / "config/skeletons/fly32.yaml", tmp_path / seed]
        env = os.environ | {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "", "TZ": f"UTC{seed}"}
        env.pop("SOURCE_DATE_EPOCH")
        subprocess.run([sys.executable, "-c", code, *map(str, args)], check=True, env=env)
    one, two = (sorted((tmp_path / s).iterdir()) for s in ("1", "2"))
    assert len(one) == 9
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name
    pdf = (tmp_path / "1" / "fig2b.pdf").read_bytes()
    assert b"CreationDate" not in pdf and b"Producer" not in pdf


def test_the_users_own_settings_neither_matter_nor_change(tmp_path):
    plain = training.draw(make_history())
    style.save(plain, tmp_path / "plain.png")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "lines.linewidth": 9}):
        before = dict(matplotlib.rcParams)
        style.save(training.draw(make_history()), tmp_path / "odd.png")
        assert dict(matplotlib.rcParams) == before
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "odd.png").read_bytes()


def test_no_window_system_is_loaded():
    code = "import sys, pkgutil, importlib, leap_core.figures as f\n"
    code += "for m in pkgutil.iter_modules(f.__path__): importlib.import_module(f'{f.__name__}.{m.name}')\n"  # noqa: E501
    code += "assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_suffixes_are_refused_and_leave_nothing(tmp_path):
    with pytest.raises(UserError, match=r"written as \.png, \.pdf, \.svg"):
        style.save(skipped.draw("a", "b"), tmp_path / "figure.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_journal_widths_and_readable_text(name, fly32):
    figure = everything(fly32)[name]()
    width, height = figure.get_size_inches() * 25.4
    assert 88 < width < 184 and height < 240
    sizes = [t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()]
    assert min(sizes) >= 5 and max(sizes) <= 9


def test_text_does_not_leave_the_page(fly32):
    for name, make in everything(fly32).items():
        figure = make()
        figure.canvas.draw()
        page = figure.bbox
        for text in figure.findobj(matplotlib.text.Text):
            if text.get_text() and text.get_visible() and text.axes is not None:
                box = text.get_window_extent()
                inside = box.x0 > -2 and box.y0 > -2 and box.x1 < page.x1 + 2
                assert inside and box.y1 < page.y1 + 2 or box.width == 0, (name, text)


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
