"""LossSurface: the loss and its slopes are the model's, directions are what they say, and the model stays as it was."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

pytest.importorskip("anywidget")

import tensorbook as torch
from tensorbook.widgets import LossSurface
from tensorbook.widgets.landscapes import ModelLandscape, example


def net():
    torch.manual_seed(0)
    x = torch.rand(30, 2) * 2 - 1
    model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    return model, torch.nn.BCEWithLogitsLoss(), (x, (x[:, :1] * x[:, 1:] > 0).float())


def trained(model, loss, data, steps=12):
    optimizer, states = torch.optim.Adam(model.parameters(), lr=0.1), []
    for _ in range(steps):
        states.append({name: value.clone() for name, value in model.state_dict().items()})
        optimizer.zero_grad()
        loss(model(data[0]), data[1]).backward()
        optimizer.step()
    return states


def test_the_example_is_the_mean_squared_error_of_a_line():
    surface = LossSurface(at=(1.5, -0.25))
    _, _, (x, y) = example()
    x, y = x.numpy(), y.numpy()
    rest = 1.5 * x - 0.25 - y
    assert surface.names == ("w", "b") and len(x) == 20
    assert surface.loss == pytest.approx((rest**2).mean())
    assert surface.gradient == pytest.approx((2 * (rest * x).mean(), 2 * rest.mean()))
    way = np.array([1.5, -0.25]) - 0.1 * np.array(surface.gradient)
    np.testing.assert_allclose(surface.path[:2], [[1.5, -0.25], way])
    assert len(surface.path) == 41
    line = surface.picture["fit"]["line"]
    assert line[-1][1] == pytest.approx(1.5 * line[-1][0] - 0.25)


def test_a_named_number_is_the_axis_itself_and_the_model_stays_as_it_was():
    model, loss, data = net()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    surface = LossSurface(model, loss, data, along=("0.weight[3, 1]", "2.bias"))
    assert surface.at == pytest.approx((model[0].weight[3, 1].item(), model[2].bias.item()))
    surface.at = 0.5, -2.0
    expected, gradient = surface.loss, surface.gradient
    assert all(bool((value == before[name]).all()) for name, value in model.state_dict().items())
    with torch.no_grad():
        model[0].weight[3, 1], model[2].bias[0] = 0.5, -2.0
    value = loss(model(data[0]), data[1])
    value.backward()
    assert expected == pytest.approx(value.item())
    assert gradient == pytest.approx((model[0].weight.grad[3, 1].item(), model[2].bias.grad.item()))


def test_random_directions_have_the_filters_lengths_and_leave_biases():
    model, loss, data = net()
    landscape = ModelLandscape(model, loss, data, seed=3)
    weights = [model[0].weight.detach().numpy(), model[2].weight.detach().numpy()]
    for direction in landscape.directions:
        first, bias, second, last = np.split(direction, np.cumsum([8, 4, 4]))
        lengths = np.linalg.norm(first.reshape(4, 2), axis=1)
        np.testing.assert_allclose(lengths, np.linalg.norm(weights[0], axis=1), rtol=1e-6)
        assert np.linalg.norm(second) == pytest.approx(np.linalg.norm(weights[1]))
        assert not bias.any() and not last.any()
    again, other = (ModelLandscape(model, loss, data, seed=seed) for seed in (3, 4))
    assert (again.directions == landscape.directions).all() and (other.directions != landscape.directions).any()
    assert landscape.loss(landscape.point(0, 0)) == pytest.approx(loss(model(data[0]), data[1]).item())


def test_a_path_is_shown_in_the_plane_in_which_it_moves_most():
    model, loss, data = net()
    states = trained(model, loss, data)
    first = loss(model(data[0]), data[1])
    surface = LossSurface((model, loss, data), path=states)
    assert surface.names == ("component 1", "component 2") and surface.path.shape == (12, 2)
    flat = np.stack([np.concatenate([value.numpy().ravel() for value in state.values()]) for state in states])
    away = flat - surface._landscape.here
    assert np.linalg.norm(surface.path) ** 2 > 0.9 * np.linalg.norm(away) ** 2  # little of the path is out of the plane
    np.testing.assert_allclose(surface._landscape.directions @ surface._landscape.directions.T, np.eye(2), atol=1e-9)
    assert surface.picture["way"].startswith("your path, 12 points: loss 0.")
    assert first.item() < surface._path[1][-1] < surface._path[1][0]
    plane = surface.picture["plane"]
    for place in surface.path:
        assert plane["x"]["min"] <= place[0] <= plane["x"]["max"] and plane["y"]["min"] <= place[1] <= plane["y"]["max"]
    pairs = LossSurface(path=[(0, 0), (1, 1)])
    assert pairs.path.tolist() == pytest.approx(np.array([[0.0, 0.0], [1.0, 1.0]]))


def test_a_function_of_two_numbers():
    surface = LossSurface(lambda x, y: (x - 1) ** 2 + 4 * y**2, at=(0.0, 0.5), x=(-2, 2), y=(-1, 1))
    assert surface.loss == pytest.approx(2.0) and surface.gradient == pytest.approx((-2.0, 4.0))
    assert surface.picture["fit"] is None and surface.picture["notes"] == []
    end = np.array(surface.picture["arrow"]) - (0.0, 0.5)
    assert end[0] / end[1] == pytest.approx(-0.5, rel=1e-3) and end[1] < 0  # against the gradient
    surface.at = 1, 0
    assert surface.picture["arrow"] is None
    surface.lr = 5.0
    surface.at = 0, 1
    assert (
        LossSurface(lambda x, y: (x * x + y * y).exp(), at=(3, 3), lr=10.0)
        .picture["way"]
        .startswith("gradient descent diverges")
    )


def test_the_picture_is_the_same_every_time():
    first, second = LossSurface(), LossSurface()
    assert first.to_svg() == second.to_svg() and repr(first) == repr(second)
    assert first.picture == json.loads(json.dumps(first.picture, allow_nan=False))
    model, loss, data = net()
    for surface in (first, LossSurface(model, loss, data)):
        for theme in ("light", "dark"):
            words = " ".join(ET.fromstring(surface.to_svg(theme)).itertext())
            assert surface.picture["formula"] in words and surface.picture["way"] in words


def test_messages_from_the_page():
    surface = LossSurface()
    surface._arrive(surface, {"kind": "point", "data": {"x": 2, "y": 0.5}}, [])
    surface._arrive(surface, {"kind": "lr", "data": {"lr": 0.3}}, [])
    assert surface.error == "" and surface.at == (2, 0.5) and surface.lr == 0.3
    assert surface.picture["at"] == [2, 0.5] and surface.picture["lr"] == 0.3
    surface._arrive(surface, {"kind": "lr", "data": {"lr": 0}}, [])
    assert "lr must be above 0" in surface.error and surface.lr == 0.3


def test_the_models_of_pytorch_fit_too():
    real = pytest.importorskip("torch")
    real.manual_seed(0)
    model, x = real.nn.Linear(1, 1), real.linspace(-1, 1, 10)[:, None]
    surface = LossSurface(model, real.nn.MSELoss(), (x, 3 * x))
    assert surface.names == ("weight[0, 0]", "bias") or surface.names == ("weight", "bias")
    value = real.nn.functional.mse_loss(model(x), 3 * x)
    assert surface.loss == pytest.approx(value.item())
    assert surface.picture["fit"]["kind"] == "line"


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"model": 3}, TypeError, "model must be an nn.Module"),
        ({"along": ("w", "v")}, ValueError, "'v' is no parameter of the model; there are w, b"),
        ({"along": ("w", "b[0]")}, ValueError, "does not name one number of b"),
        ({"along": "here"}, ValueError, 'along must be "random", "path"'),
        ({"along": "random"}, ValueError, "no filters"),
        ({"along": "path"}, ValueError, "at least three states"),
        ({"at": (1, float("inf"))}, ValueError, "two finite numbers"),
        ({"steps": 501}, ValueError, "from 0 to 500"),
        ({"lr": 0}, ValueError, "lr must be above 0"),
        ({"path": []}, ValueError, "the path is empty"),
    ],
)
def test_bad_input_is_named(given, kind, words):
    with pytest.raises(kind, match=words):
        LossSurface(**given)
