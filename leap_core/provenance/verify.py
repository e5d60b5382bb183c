"""Walking the chain from figures back to videos: does every file match what made it?"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from leap_core.errors import UserError
from leap_core.io import hdf5
from leap_core.provenance import hashes, left_over, raw_files, records
from leap_core.provenance.records import Record

SHOWN = 20  # files of one kind of trouble that are named


@dataclass
class Verdict:
    """What :func:`verify` found.

    Attributes:
        files: results whose bytes were looked at.
        sources: raw files at the ends of the chain -> sha256.
        problems: what does not match, one line each; altered files first.
        notes: what a reader should know, but breaks nothing; files of videos that the config does
            not name any more are left over.
        fingerprint: checksum over all files and their checksums.
    """

    files: int = 0
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""


def check_results(root: str | Path) -> Verdict:
    """Check every result below ``results/<dataset>`` against its record, inputs, code and settings.

    Raises:
        UserError: no results folder with a manifest, or an unreadable record.
    """
    root = Path(os.path.normpath(root))
    manifest = records.read_manifest(root)
    if records.root_of(root / "file") != root:
        raise UserError(f"{root}: is no folder results/<dataset>; name one")
    base = root.parent.parent  # records name files as seen from here
    known = {_inner(name, root): record for name, record in records.read_all(root).items()}
    left, gone = left_over.find(known, manifest["config"], lambda name: _inner(name, root))
    known = {inner: record for inner, record in known.items() if inner not in left}
    verdict = Verdict()
    altered: list[str] = []
    relisted: list[str] = []
    stale: list[str] = []
    changed: list[str] = []
    found = {p.relative_to(root).as_posix(): p for p in records.results_below(root)}
    found = {inner: path for inner, path in found.items() if inner not in left}
    for inner, path in tqdm(found.items(), "verify", unit="file", disable=None):
        verdict.files += 1
        if not path.exists():
            altered.append(f"{path}: the file that it links to is gone")
        elif inner not in known:
            altered.append(f"{path}: has no record; no rule of the workflow wrote it")
        elif hashes.file_sha256(path) != known[inner].sha256:
            altered.append(f"{path}: was altered after rule {known[inner].rule} wrote it")
        elif told := raw_files.altered(path):
            altered.append(f"{path}: {told}")
    for inner, record in known.items():
        path = root / inner
        if inner not in found and not record.temporary:
            altered.append(f"{path}: is gone; ask for it by its name to make it again")
        listed = manifest["files"].get(inner)
        if listed is None or listed[0] != record.sha256:
            relisted.append(f"{path}: its record is not the one in the manifest")
        stale += _inputs(path, record, known, left, root, base)
        differing = _other_settings(record.settings, manifest["config"])
        changed += [f"{path}: {line}" for line in differing]
        if record.rule in ("source", "synthesize") and inner in found:
            verdict.sources[str(path)] = record.sha256
    # causes before their consequences
    verdict.problems = [*altered, *relisted, *changed, *_code(known, base), *stale]
    if left:
        verdict.notes.append(
            f"{len(left)} files are left over of {', '.join(gone)}, which the config names no more"
        )
        older = [k for k, r in known.items() if any(_inner(n, root) in left for n in r.inputs)]
        if older:
            verdict.notes.append(
                f"{len(older)} files were made with them, such as {root / older[0]}; "
                "ask for these to make them again without"
            )
    verdict.notes += _versions(known) + _commits(manifest)
    verdict.fingerprint = hashes.value_sha256({k: v[0] for k, v in manifest["files"].items()})
    return verdict


def _inner(name: str, root: Path) -> str:
    """A file's path below ``root``, or as it is when it lies elsewhere."""
    if Path(name).is_relative_to(root):
        return Path(name).relative_to(root).as_posix()
    # as seen from the working folder of a run
    return name.removeprefix(f"results/{root.name}/")


def _inputs(
    path: Path,
    record: Record,
    known: dict[str, Record],
    left: set[str],
    root: Path,
    base: Path,
) -> Iterator[str]:
    for name, digest in record.inputs.items():
        inner = _inner(name, root)
        if inner in known:
            if known[inner].sha256 != digest:
                yield f"{path}: was made from another {root / inner} than the one here"
        elif inner in left:
            continue
        elif inner != name:
            yield f"{path}: was made from {name}, which has no record"
        elif os.sep in name and (base / name).exists():
            if hashes.file_sha256(base / name) != digest:
                yield f"{path}: was made from another {name} than the one here"


def _code(known: dict[str, Record], base: Path) -> Iterator[str]:
    """One line per module that has changed since it made a file."""
    others: Counter[str] = Counter()
    for record in known.values():
        for name, digest in record.code.items():
            # a run in a folder of its own takes its code from a checkout elsewhere
            path = base / name if (base / name).exists() else hashes.CHECKOUT / name
            if not path.exists() or hashes.file_sha256(path) != digest:
                others[name] += 1
    for name, count in sorted(others.items()):
        yield f"{name}: {count} files were made with another version of it"


def _other_settings(made: Any, config: dict[str, Any]) -> Iterator[str]:
    """Settings of a record that differ from the config's, by key."""
    for key, value in (made or {}).items():
        if key in ("video", "source"):
            entries = [*config["videos"], *config["labels"]["sources"]]
            here = next((e for e in entries if e["id"] == value["id"]), None)
            name = f"{key} {value['id']}"
        else:
            here, name = config.get(key), key
        if here is not None:
            yield from _differences(value, here, name)


def _differences(made: Any, here: Any, name: str) -> Iterator[str]:
    if isinstance(made, dict) and isinstance(here, dict):
        for key in sorted(made.keys() & here.keys()):
            yield from _differences(made[key], here[key], f"{name}.{key}")
    elif made != here and not _part_of(made, here):
        yield f"was made with {name} {made!r}, the config says {here!r}"


def _versions(known: dict[str, Record]) -> list[str]:
    here = hashes.versions()
    seen: Counter[tuple[str, str]] = Counter()
    for record in known.values():
        seen.update(pair for pair in record.versions.items() if here.get(pair[0]) != pair[1])
    return [
        f"{count} files were made with {name} {version}; here is {here.get(name, 'none')}"
        for (name, version), count in sorted(seen.items())
    ]


def _commits(manifest: dict[str, Any]) -> list[str]:
    commits = Counter(commit or "no git checkout" for _, commit in manifest["files"].values())
    return [f"{count} files were made at {commit}" for commit, count in commits.most_common()]


def report(verdict: Verdict) -> str:
    """The verdict as text."""
    lines = [f"{verdict.files} files looked at, back to {len(verdict.sources)} sources:"]
    lines += [f"  {name}  sha256 {digest}" for name, digest in sorted(verdict.sources.items())]
    lines += [f"note: {line}" for line in verdict.notes]
    lines += [f"MISMATCH  {line}" for line in verdict.problems[:SHOWN]]
    if len(verdict.problems) > SHOWN:
        lines.append(f"... and {len(verdict.problems) - SHOWN} more")
    lines.append(f"fingerprint {verdict.fingerprint}")
    state = "does not match" if verdict.problems else "every file matches what made it"
    return "\n".join([*lines, state])


def tell(path: str | Path, results: str | Path | None = None) -> str:
    """How a file came to be: rule, settings, seed, code, and its inputs down to the sources.

    Args:
        path: a result file, or a copy of one.
        results: ``results/<dataset>`` in which the original was made, for a copy.

    Raises:
        UserError: nothing is known of the file.
    """
    path = Path(path)
    root = Path(results) if results is not None else records.root_of(path)
    record = _find(path, root)
    lines = [f"{record.file}  sha256 {record.sha256}", f"made by rule {record.rule}"]
    if root is not None and (root / records.MANIFEST).exists():
        listed = records.read_manifest(root)["files"].get(_inner(record.file, root))
        if listed:
            lines.append(f"at commit {listed[1] or '(no git checkout)'}")
    versions = ", ".join(f"{k} {v}" for k, v in record.versions.items())
    lines += [f"seed {record.seed}; {versions}"]
    settings = yaml.safe_dump(record.settings, sort_keys=False).rstrip()
    lines += ["settings:", *(f"  {line}" for line in settings.splitlines())]
    lines += ["code:", *(f"  {name}  {digest[:12]}" for name, digest in record.code.items())]
    return "\n".join([*lines, "from:", *_ancestors(record, root)])


def _find(path: Path, root: Path | None) -> Record:
    if not path.is_file():
        raise UserError(f"{path}: no such file; name a file below results/")
    digest = hashes.file_sha256(path)
    record = records.of_file(path)
    if record is not None:
        if record.sha256 == digest:
            return record
        raise UserError(
            f"{path}: was altered after rule {record.rule} wrote it; remove it and run again"
        )
    if root is not None:
        for other in records.read_all(root).values():
            if other.sha256 == digest:
                return other
        raise UserError(f"{path}: no file with this content was made in {root}; name another")
    inside = hdf5.provenance_of(path)
    if not inside:
        raise UserError(
            f"{path}: carries no record; say with --results results/<dataset> where it was made"
        )
    facts = {key: inside[key] for key in ("inputs", "code", "seed", "versions")}
    return Record(file=path.name, sha256=digest, rule="(not told)", settings=None, **facts)


def _ancestors(record: Record, root: Path | None) -> list[str]:
    """Inputs, their inputs and so on, indented; what stands above is not told twice."""
    known = {}
    if root is not None:
        known = {_inner(name, root): other for name, other in records.read_all(root).items()}
    lines: list[str] = []
    told: set[str] = set()

    def add(inputs: dict[str, str], level: int) -> None:
        for name, digest in inputs.items():
            inner = name if root is None else _inner(name, root)
            found = known.get(inner)
            by = f"  by {found.rule}" if found else ""
            above = "  (see above)" if inner in told and found and found.inputs else ""
            lines.append(f"{'  ' * level}{name}  {digest[:12]}{by}{above}")
            if found and inner not in told:
                told.add(inner)
                add(found.inputs, level + 1)

    add(record.inputs, 1)
    return lines


def _part_of(made: Any, here: Any) -> bool:
    """A rule may depend on some of a list's sections only: one label source, one movie."""
    listed = isinstance(made, list) and isinstance(here, list)
    return listed and all(isinstance(e, dict) for e in here) and all(e in here for e in made)
