"""Files that are cut off, altered or replaced between two runs are noticed, never used."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fixtures.checkout import TINY, digests, fresh_copy, snakemake

from leap_core import config, synthetic


def leap(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "leap_core.cli", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def cut(path: Path) -> None:
    """The file ends in its middle."""
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    """One bit in the middle differs; the file can still be read."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [cut, flip])
def test_a_damaged_chunk_is_named_and_made_again(damage, finished, everything):
    chunk, poses = "results/tiny/poses/chunks/fly1/1-of-1.h5", "results/tiny/poses/fly1.h5"
    (finished / poses).unlink()
    settings = ("--cores", "2", "--notemp", *TINY[1:])
    made = snakemake(finished, chunk, *settings)
    assert made.returncode == 0, made.stderr[-3000:]
    before = (finished / chunk).stat()
    damage(finished / chunk)
    os.utime(finished / chunk, ns=(before.st_atime_ns, before.st_mtime_ns))
    refused = snakemake(finished, poses, *settings)
    assert refused.returncode != 0
    told = [line for line in refused.stderr.splitlines() if line.startswith(f"error: {chunk}")]
    assert told and "remove it" in told[0]
    assert "Traceback" not in refused.stderr
    assert not (finished / poses).exists()
    (finished / chunk).unlink()
    again = snakemake(finished, "--cores", "2", poses, *TINY[1:])
    assert again.returncode == 0, again.stderr[-3000:]
    assert digests(finished / "results" / "tiny") == everything


def test_a_replaced_video_is_noticed(root, tmp_path, fly32):
    """Older than the results, `leap verify` names it; newer, the run begins again from it."""
    films = []
    for seed in (1, 2):
        film = tmp_path / f"film{seed}.mp4"
        settings = config.Synthetic(frames=40, size=320)
        synthetic.render(film, tmp_path / f"{seed}.h5", seed, settings, fly32, None)
        films.append(film)
    value = {
        "dataset": "replaced",
        "skeleton": "config/skeletons/fly32.yaml",
        "videos": [{"id": "fly", "path": "fly.mp4"}],
    }
    target = "results/replaced/crops/fly.h5"
    settings = ("--cores", "2", "--configfile", "replaced.yaml")
    folders = {}
    for name, film in (("disturbed", films[0]), ("clean", films[1])):
        folders[name] = fresh_copy(root, tmp_path / name)
        (folders[name] / "replaced.yaml").write_text(yaml.safe_dump(value))
        shutil.copy(film, folders[name] / "fly.mp4")
        result = snakemake(folders[name], target, *settings)
        assert result.returncode == 0, result.stderr[-3000:]
        good = leap(folders[name], "verify", "results/replaced")
        assert good.returncode == 0, good.stdout + good.stderr
    folder, clean = folders["disturbed"], folders["clean"]

    before = (folder / "fly.mp4").stat()
    shutil.copyfile(films[1], folder / "fly.mp4")
    os.utime(folder / "fly.mp4", ns=(before.st_atime_ns, before.st_mtime_ns))
    bad = leap(folder, "verify", "results/replaced")
    assert bad.returncode == 1
    assert "MISMATCH  results/replaced/raw/fly.mp4: was altered" in bad.stdout
    result = snakemake(folder, target, *settings)
    assert result.returncode == 0, result.stderr[-3000:]
    assert "Nothing to be done" in result.stdout + result.stderr

    os.utime(folder / "fly.mp4")
    bad = leap(folder, "verify", "results/replaced")
    assert "MISMATCH  results/replaced/raw/fly.mp4: was altered" in bad.stdout
    result = snakemake(folder, target, *settings)
    assert result.returncode == 0, result.stderr[-3000:]
    assert digests(folder / "results") == digests(clean / "results")
    assert leap(folder, "verify", "results/replaced").returncode == 0


def test_every_alteration_of_a_result_is_named(finished):
    """`leap verify` on the whole line: as made, then with one thing changed at a time."""
    assert leap(finished, "verify", "results/tiny").returncode == 0
    results = Path("results/tiny")

    def found(path: str, *words: str) -> None:
        verdict = leap(finished, "verify", "results/tiny")
        assert verdict.returncode == 1, verdict.stdout
        told = [line for line in verdict.stdout.splitlines() if line.startswith("MISMATCH")]
        assert any(path in line and all(w in line for w in words) for line in told), told

    for name, rule in (("figures/fig3b.png", "figure_fig3b"), ("poses/fly2.h5", "gather")):
        path = finished / results / name
        whole = path.read_bytes()
        flip(path)
        found(f"results/tiny/{name}", "was altered after rule", rule)
        path.unlink()
        found(f"results/tiny/{name}", "is gone")
        path.write_bytes(whole)
    extra = finished / results / "figures" / "mine.png"
    extra.write_bytes(b"x")
    found("figures/mine.png", "has no record")
    extra.unlink()
    module = finished / "leap_core" / "gait" / "hmm.py"
    text = module.read_text()
    module.write_text(text + "\n# a change\n")
    found("leap_core/gait/hmm.py", "files were made with another version")
    module.write_text(text)
    skeleton = finished / "config" / "skeletons" / "fly32.yaml"
    text = skeleton.read_text()
    skeleton.write_text(text + "\n# a change\n")
    found("synthetic/fly1.mp4", "another config/skeletons/fly32.yaml")
    skeleton.write_text(text)
    assert leap(finished, "verify", "results/tiny").returncode == 0


def test_a_record_made_to_fit_an_altered_file_is_noticed(finished):
    """The file and its own record agree, but what was made from it, and the manifest, do not."""
    path = finished / "results/tiny/poses/fly2.h5"
    record = finished / "results/tiny/provenance/poses/fly2.h5.json"
    before = digests(path.parent)["fly2.h5"]
    flip(path)
    record.write_text(record.read_text().replace(before, digests(path.parent)["fly2.h5"]))
    verdict = leap(finished, "verify", "results/tiny")
    assert verdict.returncode == 1
    assert "poses/fly2.h5: its record is not the one in the manifest" in verdict.stdout
    first = "behavior/channels/fly2.h5"  # of a long list only the beginning is shown
    assert f"{first}: was made from another results/tiny/poses/fly2.h5" in verdict.stdout


def test_the_history_of_a_figure_leads_to_its_videos(finished, tmp_path):
    told = leap(finished, "provenance", "results/tiny/figures/fig3b.png")
    assert told.returncode == 0, told.stderr
    for word in ("made by rule figure_fig3b", "results/tiny/synthetic/fly1.mp4", "by synthesize"):
        assert word in told.stdout
    assert "min_speed_durations: 7.2" in told.stdout
    copy = tmp_path / "anything.png"
    shutil.copy(finished / "results/tiny/figures/fig3b.png", copy)
    by_content = leap(finished, "provenance", str(copy), "--results", "results/tiny")
    assert by_content.stdout == told.stdout
    alone = leap(finished, "provenance", str(copy))
    assert alone.returncode == 2
    assert alone.stderr.startswith("error: ") and "--results" in alone.stderr
    poses = tmp_path / "poses.h5"
    shutil.copy(finished / "results/tiny/poses/fly1.h5", poses)
    assert "results/tiny/crops/fly1.h5" in leap(finished, "provenance", str(poses)).stdout
