"""The playground: its program comes to the state it shows, in both libraries; what may change, what is refused."""

import base64
import contextlib
import io
import json
import math

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the extra `notebooks`")

import tensorbook
from tensorbook.widgets import Playground
from tensorbook.widgets.playground import _in_epochs
from tensorbook.widgets.playground_maps import FINE, VIEW, grid, neuron_map, png, to_bytes
from tensorbook.widgets.playground_program import Program, setup
from tensorbook.widgets.playground_settings import ACTIVATIONS, CLASSIFY, FEATURES, OPTIMIZERS, REGRESS, Settings

OWN = [(0.0, 0.0, 1), (1.0, 1.0, 0), (2.0, -2.0, 0), (-1.0, -1.5, 0), (0.1, 0.25, 1), (-0.2, 0.1, 1)]
CASES = {
    "as it comes": {},
    "deep": {
        "data": "spiral", "features": ["x1", "x2", "sin(x1)", "x1*x2", "x2**2"], "layers": [8, 8, 4],
        "activation": ["relu", "gelu", "silu"], "optimizer": "Adam", "lr": 0.02, "points": 100,
    },
    "values": {"data": "bumps", "layers": [8], "optimizer": "momentum", "regularisation": "L1", "points": 200},
    "own": {"data": "own", "drawn": OWN, "optimizer": "RMSprop", "lr": 0.01, "test": 0.3},
    "no hidden layer": {"data": "gauss", "layers": [], "optimizer": "AdamW", "noise": 0.5, "seed": 7},
    "plane": {"data": "plane", "optimizer": "Adagrad", "activation": "softplus", "test": 0.9},
    "all features": {"data": "xor", "features": list(FEATURES), "activation": "leaky relu", "regularisation": "L2"},
}  # fmt: skip


def losses(text, library=None):
    """What a program prints, as numbers; with a library, in that library's float64."""
    out = io.StringIO()
    if library:
        library.set_default_dtype(library.float64)
    try:
        with contextlib.redirect_stdout(out):
            exec(text, {})
    finally:
        if library:
            library.set_default_dtype(library.float32)
    words = out.getvalue().split()
    assert words[::2] == ["train", "test"]
    return [float(words[1].rstrip(",")), float(words[3])]


def lived(settings):
    """A playground after a life: epochs, changes while it trains, weights by hand."""
    made = Playground(**settings)
    made.run(6)
    made.set(lr=0.05)
    made.run(2)
    made.set(batch_size=7, regularisation="L2", rate=0.01)
    made.set_weight(0, 0, 0, 1.25)
    made.set_weight(len(made.settings.layers), 0, None, -0.5)
    made.set_weight(len(made.settings.layers), 0, None, -0.25)
    made.run(2)
    return made


@pytest.mark.parametrize("case", CASES)
def test_the_program_comes_to_the_same_losses(case):
    made = lived(CASES[case])
    assert losses(made.code()) == pytest.approx(made.losses, abs=6e-7)
    torch = pytest.importorskip("torch")
    assert losses(made.code("torch")) == pytest.approx(made.losses, rel=1e-3, abs=2e-6)  # float32 drifts with time
    assert losses(made.code("torch"), torch) == pytest.approx(losses(made.code(), tensorbook), abs=1e-6)


@pytest.mark.parametrize("name", CLASSIFY[:-1] + REGRESS)
def test_data_sets_are_the_same_under_pytorch(name):
    torch = pytest.importorskip("torch")
    settings = Settings().changed(data=name, points=51, noise=0.3, seed=3)
    ours, theirs = {}, {}
    exec(setup(settings), ours)
    exec(setup(settings, "torch"), theirs)
    for key in ("points", "targets", "train_rows", "test_rows"):
        assert isinstance(theirs[key], torch.Tensor)
        np.testing.assert_allclose(ours[key].numpy(), theirs[key].numpy(), rtol=1e-5, atol=1e-6)
    classes = set(ours["targets"].tolist())
    assert classes == {0.0, 1.0} if name in CLASSIFY else len(classes) == 51
    assert sorted([*ours["train_rows"].tolist(), *ours["test_rows"].tolist()]) == list(range(51))


def test_the_first_lines_differ_and_nothing_else():
    made = Playground()
    ours, theirs = made.code().splitlines(), made.code("torch").splitlines()
    assert ours[2:4] == ["import tensorbook as torch", "from tensorbook import nn"]
    assert theirs[2:4] == ["import torch", "from torch import nn"]
    assert ours[4:] == theirs[4:] and ours[0] == theirs[0] == "import math"
    with pytest.raises(ValueError, match="library must be one of 'tensorbook', 'torch', not 'jax'"):
        made.code("jax")


def test_every_choice_trains():
    for name in ACTIVATIONS:
        Playground(activation=name, points=20).run(1)
    for name in OPTIMIZERS:
        made = Playground(optimizer=name, points=20)
        before = made.model[0].weight.detach().clone()
        assert not (made.run(1).model[0].weight == before).all(), name


@pytest.mark.parametrize("data", ["circle", "xor", "gauss", "plane"])
def test_it_learns(data):
    made = Playground(data=data)
    before = made.losses[1]
    assert made.run(60).losses[1] < 0.35 * before


def test_a_penalty_shrinks_the_weights():
    def size(**settings):
        return sum(
            p.abs().sum().item() for p in Playground(points=60, **settings).run(20).model.parameters() if p.dim() > 1
        )

    plain = size()
    assert size(regularisation="L1", rate=0.03) < 0.8 * plain
    assert size(regularisation="L2", rate=0.1) < 0.8 * plain


def test_other_random_numbers_of_the_notebook_stay_as_they_are():
    tensorbook.manual_seed(5)
    expected = tensorbook.rand(3).tolist()
    tensorbook.manual_seed(5)
    Playground(points=20).run(3)
    assert tensorbook.rand(3).tolist() == expected


def test_live_settings_go_on_and_others_start_anew():
    made = Playground(points=40).run(3)
    for change in ({"lr": 0.5}, {"batch_size": 4}, {"regularisation": "L1"}, {"rate": 0.1}):
        made.set(**change)
        assert made.step_count == 3, change
    assert made.run(1).history["lr"].tolist() == [0.1, 0.1, 0.1, 0.5]
    for change in ({"seed": 1}, {"noise": 0.0}, {"layers": [3]}, {"features": ["x2"]}, {"optimizer": "Adam"}):
        made.run(1).set(**change)
        assert (made.step_count, made.status) == (0, "ready"), change
    assert made.picture["line"] == (
        "Playground(points=40, noise=0.0, seed=1, features=('x2',), layers=(3,), optimizer='Adam', lr=0.5, "
        "batch_size=4, regularisation='L1', rate=0.1)"
    )
    again = eval(made.picture["line"], {"Playground": Playground})
    assert again.settings == made.settings and again.losses == made.losses


def test_the_line_keeps_what_the_teacher_fixed_and_counts_drawn_points_where_it_is_shown():
    made = Playground(data="own", drawn=[(0, 0, 0), (1, 1, 1)], fixed=["noise", "data"], hidden=["code"])
    assert made.picture["line"] == (
        "Playground(data='own', drawn=((0.0, 0.0, 0), (1.0, 1.0, 1)), fixed=['data', 'noise'], hidden=['code'])"
    )
    again = eval(made.picture["line"], {"Playground": Playground})
    assert again.settings == made.settings
    assert (again.scene["fixed"], again.scene["hidden"]) == (["data", "noise"], ["code"])
    assert made.picture["title"] == "Playground(data='own', drawn=(… 2 points …))"
    assert made.picture["shown"] == (
        "Playground(data='own', drawn=(… 2 points …), fixed=['data', 'noise'], hidden=['code'])"
    )
    assert Playground(hidden=["code"]).picture["line"] == "Playground(hidden=['code'])"


def test_what_is_seen_is_told_in_epochs():
    assert _in_epochs("loss rose 6 steps in a row") == "loss rose 6 epochs in a row"
    assert _in_epochs("nan at step 1,185: over the last 20 steps") == "nan at epoch 1,185: over the last 20 epochs"
    assert _in_epochs("The steps may overshoot.") == "The steps may overshoot."


def test_reset_goes_back_to_the_first_weights():
    made = Playground(points=40)
    first = made.losses
    made.run(5)
    made.set_weight(0, 0, 0, 3.0)
    made.reset()
    assert made.losses == first and made.step_count == 0 and len(made.history["step"]) == 0
    assert "train(" not in made.code().split("def losses")[1]


def test_a_layer_that_comes_takes_after_the_one_before():
    made = Playground(activation=["relu", "gelu"], points=20)
    made.set(layers=[4, 2, 5])
    assert made.settings.activation == ("relu", "gelu", "gelu")
    made.set(layers=[4])
    assert made.settings.activation == ("relu",)
    made.set(layers=[])
    made.set(layers=[3])
    assert made.settings.activation == ("tanh",)


def test_an_interrupt_inside_an_epoch_leaves_the_state_before_it(monkeypatch):
    for optimizer in ("SGD", "Adam"):
        program = Program(Settings(points=40, optimizer=optimizer))
        program.train()
        program.train()
        step, calls = type(program.names["optimizer"]).step, []

        def interrupted(self, *given, step=step, calls=calls):
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return step(self, *given)

        with monkeypatch.context() as patch:
            patch.setattr(type(program.names["optimizer"]), "step", interrupted)
            with pytest.raises(KeyboardInterrupt):
                program.train()
        assert program.acts == ["train(2)"]
        program.train()
        undisturbed = Program(Settings(points=40, optimizer=optimizer))
        for _ in range(3):
            undisturbed.train()
        assert program.names["losses"]() == undisturbed.names["losses"]()


def test_a_loss_that_is_nan_is_shown_and_said():
    made = Playground(data="bumps", points=40, lr=10.0, activation="identity", features=["x1**2", "x2**2"])
    with np.errstate(all="ignore"):
        made.run(50)
    assert made.status == "paused" and made.step_count < 50
    assert any("nan" in words or "inf" in words for words in made.warnings)
    json.dumps(made.picture, allow_nan=False)
    assert made.to_svg().startswith("<svg")


def test_what_was_drawn_survives_running_the_cell_again():
    made = Playground(data="own", drawn=[])
    with pytest.raises(ValueError, match="no points yet: draw at least two"):
        made.run(1)
    with pytest.raises(ValueError, match="no points yet"):
        made.code()
    assert "no points drawn yet" in repr(made)
    made.receive("set", {"drawn": [[0.5, 0.25, 1], [-1, -1, 0], [2, 2.00049, 0]]})
    assert Playground(data="own").settings.drawn == ((0.5, 0.25, 1), (-1.0, -1.0, 0), (2.0, 2.0, 0))
    made.set(data="circle")
    made.set(data="own")
    assert len(made.settings.drawn) == 3
    assert made.run(2).step_count == 2
    made.set(drawn=[])
    assert Playground(data="own").settings.drawn == ()


def test_what_a_teacher_fixed_the_page_cannot_change():
    made = Playground(fixed=["data", "lr"], hidden=["layers", "weights", "code"], points=20)
    for kind, data, name in [
        ("set", {"data": "xor"}, "data"), ("set", {"drawn": []}, "data"), ("set", {"lr": 1.0}, "lr"),
        ("set", {"noise": 0.1, "layers": [2]}, "layers"), ("code", {"library": "torch"}, "code"),
        ("weight", {"layer": 0, "neuron": 0, "source": 0, "value": 1.0}, "weights"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=f"{name} is fixed in this playground"):
            made.receive(kind, data)
    made.receive("set", {"noise": 0.5})
    assert made.settings.noise == 0.5 and made.settings.data == "circle"
    made.set(lr=0.5)  # from Python, the teacher may
    assert (made.scene["fixed"], made.scene["hidden"]) == (["data", "lr"], ["code", "layers", "weights"])
    with pytest.raises(ValueError, match=r"hidden must be a list of names of controls, of data, .*; not 'optimiser'"):
        Playground(hidden=["optimiser"])
    with pytest.raises(ValueError, match="fixed must be a list"):
        Playground(fixed="data")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data": "moons"}, "data must be one of 'circle', .*, not 'moons'"),
        ({"layers": [9]}, "number of neurons in a layer must be a whole number from 1 to 8, not 9"),
        ({"layers": [2] * 7}, "layers has 7 hidden layers; at most 6"),
        ({"layers": 4}, "layers must be a list, not 4"),
        ({"activation": ["relu"]}, "activation has 1 names for 2 hidden layers"),
        ({"activation": "swish"}, "activation must be one of"),
        ({"features": ["x3"]}, "features must be one of .* not 'x3'"),
        ({"features": []}, "features must name at least one"),
        ({"noise": -1}, "noise must be a number from 0 to 2, not -1"),
        ({"noise": math.nan}, "noise must be a number"),
        ({"lr": 0}, "lr must be a number from 1e-06 to 10, not 0"),
        ({"points": 3}, "points must be a whole number from 10 to 1000, not 3"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        ({"data": "own", "drawn": [(5, 0, 1)]}, "a drawn coordinate must be a number from -3 to 3, not 5"),
        ({"data": "own", "drawn": [(1, 0, "__import__('os')")]}, "class of a drawn point must be a whole number"),
        ({"colour": "red"}, "colour: no such setting; there are data"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(settings, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Playground(**settings)
    made = Playground(points=20).run(1)
    before = made.settings
    with pytest.raises((ValueError, TypeError), match=words):
        made.set(**settings)
    assert made.settings == before and made.step_count == 1


def test_weights_that_are_not_there_are_refused():
    made = Playground(points=20)
    wrong = {(3, 0, 0): "layer must be from 0 to 2", (0, 4, 0): "layer 0 has 4 neurons", (0, 0, 2): "2 weights"}
    for place, words in wrong.items():
        with pytest.raises(ValueError, match=words):
            made.set_weight(*place, 1.0)
    with pytest.raises(ValueError, match="finite number, not nan"):
        made.set_weight(0, 0, 0, math.nan)


def test_maps_are_what_the_network_says():
    made = Playground(points=40, layers=[3], activation="relu").run(5)
    places = tensorbook.from_numpy(grid())
    assert places[0].tolist() == pytest.approx([-VIEW * (1 - 1 / FINE), VIEW * (1 - 1 / FINE)])  # the top left corner
    hidden = made.model[1](made.model[0](places)).detach().numpy()
    assert made.picture["maps"]["hidden"] == [[neuron_map(hidden[:, k]) for k in range(3)]]
    chance = made.model(places)[:, 0].sigmoid().detach().numpy()
    assert made.picture["maps"]["output"] == to_bytes(2 * chance - 1)
    assert made.picture["gradients"][0][1] == pytest.approx(made.model[0].weight.grad[1].tolist(), rel=1e-2)
    assert made.picture["norms"][1] == pytest.approx(made.model[2].weight.grad.norm().item(), rel=1e-2)


def test_a_neurons_map_stands_as_the_plane_does():
    x1, x2 = (np.frombuffer(base64.b64decode(neuron_map(column)), np.uint8).reshape(20, 20) for column in grid().T)
    assert (x1 == x1[0]).all() and (np.diff(x1[0].astype(int)) > 0).all()  # grows to the right
    assert (x2[:, 0] == x2.T).all() and (np.diff(x2[:, 0].astype(int)) < 0).all()  # and upwards
    most, least = VIEW * (1 - 1 / FINE), VIEW * (1 - 3 / FINE)  # every other place, from the top left
    assert (x1[0, 0], x1[0, -1]) == (1, 128 + round(127 * least / most))
    assert (x2[0, 0], x2[-1, 0]) == (255, 128 - round(127 * least / most))


def test_a_map_is_a_real_picture():
    image = pytest.importorskip("matplotlib.image")
    data = png(to_bytes(np.array([-1.0, 0.0, 0.0, 1.0])), "light")
    pixels = image.imread(io.BytesIO(base64.b64decode(data.partition(",")[2])))
    assert pixels.shape[:2] == (2, 2)
    np.testing.assert_allclose(pixels[0, 1, :3], 1.0)  # the surface
    assert pixels[0, 0, 2] > pixels[0, 0, 0] and pixels[1, 1, 0] > pixels[1, 1, 2]  # blue, vermilion


def test_the_still_picture_is_the_same_each_time_and_small():
    pictures = [Playground().run(2).to_svg(theme) for theme in ("light", "light", "dark")]
    assert pictures[0] == pictures[1] != pictures[2]
    assert len(pictures[0]) < 60_000
    assert repr(Playground()) == repr(Playground())


def test_the_fullest_picture_stays_small():
    made = Playground(layers=[8] * 6, features=list(FEATURES), points=1000).run(1)
    assert len(json.dumps(made.picture)) < 80_000 and len(json.dumps(made.scene)) < 60_000


def test_it_is_quick():
    """20 epochs a second over 500 points are wanted; here with room for a machine that has other work."""
    import time

    made = Playground(points=500).run(3)
    start = time.perf_counter()
    made.run(30)
    assert 30 / (time.perf_counter() - start) > 10
