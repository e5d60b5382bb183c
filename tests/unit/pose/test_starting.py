"""A training begins with a trained network: what is kept of it, by the names of the parts."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures.blobs import PAIR, SMALL, blobs

from leap_core import config, containers, skeleton
from leap_core.errors import UserError
from leap_core.pose import model, networks, prediction, starting, training
from leap_core.provenance import hashes

FOUR = ["head", "tail", "left", "right"]


def of(parts):
    return skeleton.Skeleton(name="some", parts=parts, edges=[], swap=list(range(len(parts))))


def trained(path, settings, parts):
    """A network on disk that has been moved away from its first weights."""
    network = networks.build(settings.network, len(parts), settings.filters)
    rng = np.random.default_rng(5)
    network.set_weights([w + rng.normal(0, 0.1, w.shape) for w in network.get_weights()])
    card = model.ModelCard(of(parts), settings.network, settings.filters, 1.0, 64, 3.0, 7, 0.1)
    model.write(network, card, path)
    return network


def maps(network, images):
    return np.asarray(networks.maps_of(network, images)[-1])


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_the_same_parts_in_another_order_have_the_same_maps(tmp_path, name):
    settings = config.Model(network=name, filters=6)
    old = trained(tmp_path / "best.keras", settings, FOUR)
    parts = [FOUR[k] for k in (2, 0, 3, 1)]
    network = networks.build(name, 4, 6, seed=1)
    told = starting.begin(network, of(parts), tmp_path / "best.keras", settings)
    assert "knows 4 of 4 parts" in told
    images = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    found = maps(network, images)
    assert np.abs(found).max() > 0.1
    assert np.allclose(found, maps(old, images)[..., [2, 0, 3, 1]], atol=1e-5)


@pytest.mark.parametrize("name", [n for n in networks.NETWORKS if n != "stacked_hourglass"])
def test_parts_that_it_does_not_know_begin_anew_beside_those_it_knows(tmp_path, name):
    settings = config.Model(network=name, filters=6)
    old = trained(tmp_path / "best.keras", settings, FOUR)
    network = networks.build(name, 3, 6, seed=1)
    fresh = network.get_weights()[-1].copy()
    told = starting.begin(network, of(["wing", "right", "head"]), tmp_path / "best.keras", settings)
    assert "knows 2 of 3 parts" in told and "(not wing)" in told
    images = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    found = maps(network, images)
    assert np.allclose(found[..., 1:], maps(old, images)[..., [3, 0]], atol=1e-5)
    assert network.get_weights()[-1][0] == fresh[0]  # the bias of the part that is new


def test_a_network_of_another_kind_or_none_is_refused(tmp_path):
    path = tmp_path / "best.keras"
    trained(path, config.Model(network="unet", filters=4), FOUR)
    for other in (config.Model(network="unet", filters=8), config.Model(filters=4)):
        with pytest.raises(UserError, match=r"unet with 4 filters.*make them alike"):
            starting.check(path, other)
    with pytest.raises(UserError, match="no such model file"):
        starting.check(tmp_path / "none.keras", config.Model(network="unet", filters=4))


def test_a_training_that_begins_with_a_network_is_at_once_where_that_had_come_to(tmp_path):
    labels = blobs(54)
    labels.split[48:] = containers.SPLITS["validation"]
    long = config.Training(epochs=6, batches=25, batch_size=8, learning_rate=3e-3)
    training.train(labels, SMALL, long, 0, tmp_path / "long")
    short = replace(long, epochs=1, batches=5, warmup=0.0, learning_rate=1e-4)
    first = training.train(labels, SMALL, short, 1, tmp_path / "first")
    again = replace(short, start=str(tmp_path / "long" / "best.keras"))
    second = training.train(labels, SMALL, again, 1, tmp_path / "second")
    reached = model.read_card(tmp_path / "long" / "best.keras").loss
    assert second.validation_loss[0] < 1.2 * reached < 0.5 * first.validation_loss[0]


KNOWS = "learned from every label that it was given"


def test_what_a_network_has_learned_goes_on_to_those_that_begin_with_it_and_is_said(
    tmp_path, capsys
):
    labels = blobs(20)
    quick = config.Training(epochs=1, batches=2, batch_size=4)
    training.train(labels, SMALL, quick, 0, tmp_path / "all")
    again = replace(quick, start=str(tmp_path / "all" / "best.keras"))
    training.train(labels, SMALL, again, 0, tmp_path / "further")
    assert KNOWS not in capsys.readouterr().out, "nothing is held out that it could know"
    labels.split[15:] = containers.SPLITS["test"]
    training.train(labels, SMALL, again, 0, tmp_path / "told")
    assert KNOWS in capsys.readouterr().out
    training.train(labels, SMALL, quick, 0, tmp_path / "alone")
    assert KNOWS not in capsys.readouterr().out
    folders = ("all", "further", "told", "alone")
    cards = [model.read_card(tmp_path / folder / "best.keras") for folder in folders]
    assert [card.all_labels for card in cards] == [True, True, False, False]
    assert [card.began_with_all for card in cards] == [False, True, True, False]


def test_labels_held_out_judge_a_network_that_began_with_one_that_learned_all_of_its_own(
    tmp_path, capsys
):
    """Of other animals, say: its own training knows the file of labels, but not those held out."""
    quick = config.Training(epochs=1, batches=2, batch_size=4)
    training.train(blobs(12, seed=7), SMALL, quick, 0, tmp_path / "other")
    labels, file = blobs(20), tmp_path / "labels.h5"
    labels.split[15:] = containers.SPLITS["test"]
    labels.write(file)
    made = {"inputs": {"labels.h5": hashes.file_sha256(file)}}
    again = replace(quick, start=str(tmp_path / "other" / "best.keras"))
    training.train(labels, SMALL, again, 0, tmp_path / "own", made)
    best = tmp_path / "own" / "best.keras"
    metrics, _ = prediction.evaluate(labels, best, config.Prediction(), file)
    assert (metrics["split"], metrics["samples"]) == ("test", 5)
    assert "or began with a network that did" in capsys.readouterr().out
    training.train(labels.undivided(), SMALL, again, 0, tmp_path / "whole", made)
    with pytest.raises(UserError, match="learned from all labels in"):
        prediction.evaluate(labels, tmp_path / "whole" / "best.keras", config.Prediction(), file)


def test_a_checkpoint_of_another_beginning_is_not_gone_on_with(tmp_path, capsys):
    labels = blobs(20)
    path, checkpoint = tmp_path / "start.keras", tmp_path / "checkpoint.h5"
    two = config.Training(epochs=2, batches=2, batch_size=4, start=str(path))

    class Halt(Exception):
        pass

    def halt(*_):
        raise Halt

    for seed, word in ((1, ""), (2, "starts anew")):
        network = networks.build(SMALL.network, len(PAIR), SMALL.filters, seed=seed)
        shape = (PAIR, SMALL.network, SMALL.filters, 1.0, 64, 3.0, 0, 0.1)
        model.write(network, model.ModelCard(*shape), path)
        with pytest.raises(Halt):
            training.train(
                labels, SMALL, two, 0, tmp_path / "run", None, checkpoint, watch_after(halt)
            )
        assert word in capsys.readouterr().out


def watch_after(halt):
    """Let the first epoch end, so that a checkpoint is left."""
    seen = []

    def watch(*_):
        seen.append(1)
        if len(seen) == 2:
            halt()

    return watch
