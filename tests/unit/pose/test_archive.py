"""Model files from strangers: weights come in, nothing else does."""

import io
import json
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

from leap_core import config
from leap_core.errors import UserError
from leap_core.pose import archive, inference, model, networks
from leap_core.skeleton import from_dict

PAIR = from_dict({"name": "pair", "parts": ["head", "tail"]})
LAMBDA = "open({path!r}, 'w').close() or x"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small run as training leaves it."""
    path = tmp_path_factory.mktemp("run") / "best.keras"
    network = networks.build("leap_cnn", 2, 4, seed=3)
    model.write(network, model.ModelCard(PAIR, "leap_cnn", 4, 1.0, 32, 2.0, 1, 0.5), path)
    return path, network


@pytest.fixture
def copy(run, tmp_path):
    """The same in a folder of its own."""
    for suffix in (".keras", ".json"):
        shutil.copy(run[0].with_suffix(suffix), tmp_path / f"best{suffix}")
    return tmp_path / "best.keras"


def rewrite(path, change, packing=zipfile.ZIP_STORED):
    """Write an archive again after ``change(entries)``."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def describe(path, change):
    """Change the description of the network in an archive."""

    def edit(entries):
        value = json.loads(entries["config.json"])
        change(value)
        entries["config.json"] = json.dumps(value).encode()

    rewrite(path, edit)


def card(path, **values):
    about = path.with_suffix(".json")
    about.write_text(json.dumps(json.loads(about.read_text()) | values))


def refused(path, *words):
    """In one line that names the file, by either engine; TensorFlow's has these words."""
    for engine, wanted in (("tensorflow", ".*".join(words)), ("openvino", None)):
        with pytest.raises(UserError, match=wanted) as caught:
            inference.ready(path, config.Prediction(engine=engine))
        assert str(path.parent) in str(caught.value)


def test_what_was_saved_is_what_is_read(run):
    path, network = run
    found, about = model.read(path)
    for one, other in zip(found.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert about.skeleton.parts == ("head", "tail")


def test_networks_are_made_of_the_layers_that_are_accepted():
    for name in networks.NETWORKS:
        for width in (1, 3):
            built = networks.build(name, 2, width)
            assert {type(layer).__name__ for layer in built.layers} <= set(archive.LAYERS)
            assert built.count_params() >= networks.fewest_weights(width)


def test_a_saved_lambda_is_refused_and_does_not_run(copy, tmp_path):
    touched = tmp_path / "pwned"
    code = eval(f"lambda x: {LAMBDA.format(path=str(touched))}")
    image = keras.layers.Input((None, None, 1))
    evil = keras.Model(image, keras.layers.Lambda(code)(keras.layers.Conv2D(2, 3)(image)))
    touched.unlink()
    evil.save(copy)
    refused(copy, "best.keras", "layer of kind 'Lambda'", "refused")
    assert not touched.exists()


@pytest.mark.parametrize("module, kind", [("os", "system"), ("subprocess", "Popen")])
def test_a_class_from_anywhere_is_refused_and_not_imported(copy, module, kind):
    def change(value):
        value["config"]["layers"][2] |= {"module": module, "class_name": kind}

    describe(copy, change)
    refused(copy, f"layer of kind '{module}.{kind}'", "refused")


def test_a_module_that_a_file_names_is_never_imported(copy, tmp_path, monkeypatch):
    (tmp_path / "trap.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)

    def name_it(value):
        for place in (value["config"]["layers"][1]["config"], value["compile_config"] or {}):
            place["kernel_initializer"] = {"module": "trap", "class_name": "Trap", "config": {}}

    describe(copy, lambda value: value.update(compile_config={}))
    describe(copy, name_it)
    network, _ = model.read(copy)  # only its weights count
    assert network.count_params()
    describe(copy, lambda value: value.update(module="trap", class_name="Trap"))
    refused(copy, "layer of kind 'trap.Trap'")
    describe(
        copy,
        lambda value: value.update(module="keras", class_name="Functional", registered_name="t>T"),
    )
    refused(copy, "layer of kind 'Functional'")


def test_damaged_archives_end_in_one_line(copy):
    whole = copy.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        copy.write_bytes(whole[:length])
        refused(copy, "best.keras: not a readable Keras model")
    at = whole.index(b"\x89HDF") + 3000
    copy.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    refused(copy, "best.keras: not a readable Keras model", "CRC")


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_archives_without_an_entry_end_in_one_line(copy, name):
    rewrite(copy, lambda entries: entries.pop(name))
    refused(copy, "best.keras: not a readable Keras model", name)


def test_nonsense_in_an_archive_ends_in_one_line(copy):
    for text in (b"", b"[]", b"{}", b"[" * 100_000, b'{"config": 1, "class_name": "Functional"}'):
        rewrite(copy, lambda entries, text=text: entries.update({"config.json": text}))
        refused(copy, "best.keras: not a readable Keras model")


def test_a_packed_archive_may_be_a_bomb(copy):
    rewrite(
        copy,
        lambda entries: entries.update({"config.json": b" " * (1 << 28)}),
        zipfile.ZIP_DEFLATED,
    )
    assert copy.stat().st_size < 1 << 20
    refused(copy, "config.json in it is packed or too long")


def test_weights_that_claim_more_than_the_file_holds_are_refused(copy):
    def change(entries):
        file = io.BytesIO()
        with h5py.File(file, "w") as weights:
            weights.create_dataset("layers/conv2d/vars/0", (1 << 40,), chunks=(1 << 20,))
        entries["model.weights.h5"] = file.getvalue()

    rewrite(copy, change)
    refused(copy, "best.keras", "layers/conv2d/vars/0", "claims")


def test_weights_of_another_shape_or_number_are_refused(copy):
    def edit(change):
        def on_file(entries):
            file = io.BytesIO(entries["model.weights.h5"])
            with h5py.File(file, "r+") as weights:
                change(weights)
            entries["model.weights.h5"] = file.getvalue()

        return on_file

    def turn(weights):
        values = weights["layers/conv2d_3/vars/0"][()]
        del weights["layers/conv2d_3/vars/0"]
        weights["layers/conv2d_3/vars/0"] = values.swapaxes(2, 3)

    rewrite(copy, edit(turn))
    refused(copy, "best.keras", "of another architecture")
    rewrite(copy, edit(lambda weights: weights.__delitem__("layers/conv2d_4")))
    refused(copy, "do not fit leap_cnn with 4 filters and 2 parts")


def test_a_card_of_another_run_is_noticed(copy):
    card(copy, filters=8)
    refused(copy, "do not fit leap_cnn with 8 filters")
    card(copy, filters=4, skeleton=from_dict({"parts": ["a", "b", "c"]}).to_dict())
    refused(copy, "do not fit leap_cnn with 4 filters and 3 parts")


def test_a_wild_width_takes_no_memory(copy):
    card(copy, filters=60_000)  # a network of 2e12 weights
    refused(copy, "do not fit leap_cnn with 60000 filters")
    card(copy, filters=10**9)
    refused(copy, "best.json", "filters is 1e\\+09")


@pytest.mark.parametrize(
    "values",
    [
        {"filters": "64"},
        {"filters": True},
        {"filters": -1},
        {"filters": None},
        {"input_scale": 7.0},
        {"input_scale": float("nan")},
        {"sigma": 0},
        {"sigma": float("inf")},
        {"image_size": 1.5},
        {"image_size": 10**30},
        {"epoch": [1]},
        {"loss": {}},
        {"network": 5},
        {"network": "os.system"},
        {"parts": 3},
        {"parts": [{"part": "head"}, {"part": "tail"}]},
        {"parts": [{"state": "learned"}]},
        {"skeleton": []},
        {"skeleton": {"parts": [["head"], {"tail": 1}], "edges": [[{}, []]]}},
        {"provenance": "none"},
        {"unknown": 1},
    ],
)
def test_cards_of_wrong_values_end_in_one_line(copy, values):
    card(copy, **values)
    refused(copy, "best.json")


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": ' + b"9" * 9999]
)
def test_cards_that_are_no_json_mapping_end_in_one_line(copy, text):
    copy.with_suffix(".json").write_bytes(text)
    refused(copy, "best.json: not a readable model description")


@pytest.mark.parametrize(
    "settings", [{"padding": "valid"}, {"activation": "softmax"}, {"strides": "wide"}]
)
def test_a_description_of_what_no_network_of_ours_has_is_refused(copy, settings):
    """TensorFlow builds its network anew; OpenVINO's is the one that is described."""
    describe(copy, lambda value: value["config"]["layers"][1]["config"].update(settings))
    with pytest.raises(UserError, match="best.keras: not a readable Keras model"):
        inference.ready(copy, config.Prediction(engine="openvino"))
