"""Damaged files of every kind: each is read, or refused in one line that names it.

Files are read in a child process (``broken.py``), because a damaged one may crash a library or
never come to an end.  ``LEAP_FUZZ_EXAMPLES`` raises the number of damaged files of each kind.
"""

import json
import os
import socket
import zipfile
import zlib

import h5py
import numpy as np
import pytest
from fixtures import broken, samples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leap_core import containers

KINDS = [kind.__name__ for kind in containers.KINDS]
OTHERS = [
    *("crops in slices", "mat v5", "mat skeleton", "mp4", "avi", "mkv", "dlc labels csv", "coco"),
    *("dlc csv", "deepposekit skeleton", "a.npy", "a.npz", "b.npz", "camera csv", "exclusions"),
    *("skeleton", "config", "trex", "toxtrac", "track csv"),
    *("idtracker csv", "film npy", "film fmf", "film ufmf", "film tif", "film lzw", "film png"),
    "film list",
    *("animalta", "fasttrack", "bonsai", "ethovision"),
]
# every one of these is taken apart in a child of the child: a quarter of a second each
HDF5 = [
    *("own labels", "mat v7.3", "box", "training set", "sleap labels", "sleap package"),
    *("sleap predictions", "sleap analysis", "dlc labels fixed", "dlc labels table", "dlc fixed"),
    *("dlc table", "deepposekit", "camera h5", "trx v7.3", "idtracker h5"),
    "film h5",
]
# and so is one of these
MATLAB = ["trx v5", "flytracker", "ctrax"]
WANTED = int(os.environ.get("LEAP_FUZZ_EXAMPLES", "0"))
share, byte = st.floats(0, 1), st.integers(0, 255)
BYTES = st.lists(
    st.tuples(st.sampled_from(broken.BYTE_OPS), share, share, byte), min_size=1, max_size=6
)
OBJECTS = st.lists(st.tuples(st.sampled_from(broken.H5_OPS), share, byte), min_size=1, max_size=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Name -> (reader, path, content) of one good file of every kind."""
    made = samples.make(tmp_path_factory.mktemp("samples"))
    return {name: (reader, path, path.read_bytes()) for name, (reader, path) in made.items()}


@pytest.fixture(scope="module")
def child():
    """A process that reads files."""
    child = broken.Child()
    yield child
    child.close()


def check(answer, path, own):
    """Read, or refused in a line that names the file; a crash, hang or traceback is neither.

    Our own files are read without a rehearsal: there a crash of the HDF5 library itself, met in
    one of some thousand, is not ours to prevent.
    """
    if own and answer["end"] == "crash":
        return
    assert answer["end"] in ("read", "refused"), f"{answer['end']}: {answer['text']}"
    if answer["end"] == "refused":
        assert path.name in answer["text"]
        assert "\n" not in answer["text"]


def bounded(examples):
    """A property with a fixed, repeatable number of examples."""
    return settings(
        max_examples=WANTED or examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def try_bytes(whole, child, name, changes):
    reader, path, content = whole[name]
    own = reader in ("container", "crops")
    try:
        for change in changes:
            content = broken.damage(content, *change, own=own)
        path.write_bytes(content)
        check(child.read(reader, path), path, own)
    finally:
        path.write_bytes(whole[name][2])


def try_objects(whole, child, name, changes):
    reader, path, content = whole[name]
    try:
        for change in changes:
            broken.damage_hdf5(path, *change)
        check(child.read(reader, path), path, reader in ("container", "crops"))
    finally:
        path.write_bytes(content)


def test_undamaged_files_are_read(whole, child):
    assert set(whole) == {*KINDS, *OTHERS, *HDF5, *MATLAB}
    for name, (reader, path, _) in whole.items():
        assert child.read(reader, path) == {"end": "read", "text": ""}, name


@pytest.mark.parametrize("name", KINDS)
def test_damaged_bytes_of_our_own_files(name, whole, child):
    @bounded(15)
    @given(BYTES)
    # of crops an attribute's type, which h5py meets when it is asked whether there is another
    @example([("flip", 0.6953125, 0.0, 0)])
    def run(changes):
        try_bytes(whole, child, name, changes)

    run()


@pytest.mark.parametrize("name", KINDS)
def test_other_contents_of_our_own_files(name, whole, child):
    @bounded(15)
    @given(OBJECTS)
    def run(changes):
        try_objects(whole, child, name, changes)

    run()


@pytest.mark.parametrize("name", OTHERS)
def test_damaged_bytes_of_other_files(name, whole, child):
    @bounded(60)
    @given(BYTES)
    def run(changes):
        try_bytes(whole, child, name, changes)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*HDF5, *MATLAB])
def test_damaged_bytes_of_hdf5_of_other_tools(name, whole, child):
    @bounded(8)
    @given(BYTES)
    def run(changes):
        try_bytes(whole, child, name, changes)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", HDF5)
def test_other_contents_of_hdf5_of_other_tools(name, whole, child):
    @bounded(8)
    @given(OBJECTS)
    def run(changes):
        try_objects(whole, child, name, changes)

    run()


# --- what a person with bad intent may try, one by one ---------------------------------------


def refused(child, reader, path, *words):
    answer = child.read(reader, path)
    assert answer["end"] == "refused", answer
    for word in (path.name, *words):
        assert word in answer["text"], answer["text"]


def test_zeros_over_stored_text_do_not_hang_the_import(whole, child, tmp_path):
    """The HDF5 library walks a zeroed heap for ever; a lost block of a disk looks so."""
    content = bytearray(whole["own labels"][2])
    heap = content.index(b"GCOL")
    content[heap + 16 : heap + 4096] = bytes(4080)
    path = tmp_path / "lost.h5"
    path.write_bytes(content)
    refused(child, "labels", path, "does not come to an end", "copy or download it again")


def test_sizes_that_are_only_claimed_are_refused(child, tmp_path):
    with h5py.File(tmp_path / "claim.h5", "w") as file:
        file.create_dataset("images", (10**9, 1000, 1, 1), "u1", chunks=(1024, 100, 1, 1))
        file.create_dataset("annotations", (10**12, 4, 2), "f4", chunks=(1024, 4, 2))
    assert (tmp_path / "claim.h5").stat().st_size < 10_000
    refused(child, "labels", tmp_path / "claim.h5", "claims")
    header = np.lib.format.header_data_from_array_1_0(np.zeros(1)) | {"shape": (10**10, 4, 2)}
    with (tmp_path / "claim.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    refused(child, "array", tmp_path / "claim.npy", "not a readable .npy")
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(1 << 28))
    assert (tmp_path / "bomb.npz").stat().st_size < 1 << 20
    refused(child, "array", tmp_path / "bomb.npz", "unpacks to")


def test_a_text_that_claims_gigabytes_is_refused(child, tmp_path):
    path = tmp_path / "text.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=["abc"] * 3, dtype=h5py.string_dtype())
        file["annotations"] = np.zeros((3, 2, 2))
        start = file["images"].id.get_offset()
    content = bytearray(path.read_bytes())
    content[start : start + 4] = (0xF0000000).to_bytes(4, "little")
    path.write_bytes(content)
    refused(child, "labels", path, "claim more than the file holds")


def test_parts_of_other_files_are_not_read(child, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(64))
    for name in ("raw", "link"):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["annotations"] = np.zeros((1, 2, 2))
            if name == "raw":
                places = [(str(secret), 0, 64)]
                file.create_dataset("images", (1, 8, 8, 1), "u1", external=places)
            else:
                file["images"] = h5py.ExternalLink(str(secret), "/images")
        refused(child, "labels", tmp_path / f"{name}.h5", "'images' is kept in another file")


class Trap:
    """Unpickled, it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_pickles_in_files_are_not_run(child, tmp_path):
    import pickle

    touched = tmp_path / "touched"
    np.save(tmp_path / "a.npy", np.array([Trap(touched)], dtype=object), allow_pickle=True)
    refused(child, "array", tmp_path / "a.npy", "Python objects")
    np.savez(tmp_path / "a.npz", a=np.array([Trap(touched)], dtype=object))
    refused(child, "array", tmp_path / "a.npz", "allow_pickle")
    for reader, rows in (("dlc", [0, 1]), ("labels", ["a.png"])):
        path = samples.pandas_table(tmp_path / f"{reader}.h5", rows)
        with h5py.File(path, "r+") as file:
            stored = np.bytes_(pickle.dumps(Trap(touched), protocol=0))
            file["df_with_missing"].attrs["non_index_axes"] = stored
        refused(child, reader, path, "is not allowed")
    assert not touched.exists()
    pickle.loads(pickle.dumps(Trap(touched)))
    assert touched.exists()  # so the trap would have worked


def test_yaml_that_runs_code_or_fills_memory_is_refused(child, tmp_path):
    letters = list(zip("abcdefgh", "bcdefghi", strict=True))
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in letters]
    merge = ["a: &a {k: 1}"]
    merge += [f"{b}: &{b} {{<<: [{', '.join(['*' + a] * 9)}]}}" for a, b in letters]
    for name, text, words in (
        ("bomb", "\n".join(rows), "aliases stand for too many"),
        ("merge", "\n".join(merge), "aliases stand for too many"),
        ("loop", "a: &a [*a]", "contains itself"),
        ("deep", "[" * 100_000, "not a readable YAML"),
        ("long", "a: " + "x" * (1 << 23), "too long"),
        ("code", "a: !!python/object/apply:os.system [touch pwned]", "not valid YAML"),
        ("date", "a: 2024-13-45", "not a readable YAML"),
    ):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        for reader in ("config", "skeleton"):
            refused(child, reader, path, words)


def test_an_image_that_claims_billions_of_pixels_is_refused(child, tmp_path):
    path = samples.write_dlc(tmp_path)
    image = path.parent / "img0.png"
    content = bytearray(image.read_bytes())
    content[16:24] = (100_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    image.write_bytes(content)
    refused(child, "labels", path)


def test_a_video_that_a_project_names_by_url_is_not_fetched(child, whole, tmp_path):
    path = tmp_path / "named.slp"
    path.write_bytes(whole["sleap labels"][2])
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/clip.h5"
        with h5py.File(path, "r+") as file:
            named = json.loads(file["videos_json"][0])
            named["filename"] = named["backend"]["filename"] = url
            named["backend"] |= {"type": "HDF5Video", "dataset": "box"}
            file["videos_json"][0] = json.dumps(named).encode()
        assert child.read("labels", path)["end"] == "read"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has called
            server.accept()


def test_edges_to_parts_that_are_not_there_are_refused(child, whole, tmp_path):
    path = tmp_path / "edges.h5"
    samples.training_set(path)
    with h5py.File(path, "r+") as file:
        file["skeleton/edges"][...] = 0  # MATLAB counts from 1
    refused(child, "labels", path, "edge joins parts -1 and -1")


def test_a_repeated_header_line_does_not_hang_the_import(child, tmp_path):
    path = samples.write_dlc(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], lines[2], *lines[3:]]) + "\n")
    refused(child, "labels", path, "`bodyparts` and `coords` are missing")


def test_a_bug_in_a_computation_keeps_its_traceback(whole):
    _, path, _ = whole["Crops"]
    with containers.open_crops(path) as crops, pytest.raises(ZeroDivisionError):
        1 / len(crops.images[:0])
