"""OptimizerRace: the paths are the optimisers' own, the programs end at the same point, and the words are true."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

pytest.importorskip("anywidget")

import tensorbook as torch
from tensorbook.widgets import OptimizerRace
from tensorbook.widgets.contours import plane, rings
from tensorbook.widgets.racers import RACERS, Path, verdict
from tensorbook.widgets.surfaces import SURFACES


def run_program(code: str) -> list[float]:
    names = {"print": lambda *_: None}
    exec(code, names)
    return names["point"].tolist()


@pytest.mark.parametrize("surface", SURFACES)
def test_a_surface_is_lowest_where_it_says_and_level_there(surface):
    s = SURFACES[surface]
    values = [s.value(*point) for point in s.minima]
    assert max(values) - min(values) < 1e-6
    assert s.heights(*np.meshgrid(np.linspace(*s.x, 101), np.linspace(*s.y, 101))).min() >= min(values) - 1e-6
    if surface == "ravine":  # its lowest point is where the floor is: both terms are zero
        assert values == [pytest.approx(0)]
    for point in s.minima:
        at = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        s.function(at[0], at[1]).backward()
        assert at.grad.abs().max().item() < 1e-3
    assert s.x[0] <= s.start[0] <= s.x[1] and s.y[0] <= s.start[1] <= s.y[1]


@pytest.mark.parametrize("name", RACERS)
def test_the_program_ends_where_the_racer_does(name):
    race = OptimizerRace("ravine", optimizers=[name], steps=30, start=(1.25, -0.5))
    assert run_program(race.code()) == race.paths[name][-1].tolist()
    assert len(race.losses[name]) == 31
    assert np.abs(np.diff(race.paths[name], axis=0)).max() > 0.01


def test_the_program_runs_under_pytorch_too_and_ends_nearby():
    real = pytest.importorskip("torch")
    race = OptimizerRace("Rosenbrock", optimizers=["Adam", "Nesterov"], steps=50)
    for name, path in race.paths.items():
        code = race.code(name).replace("import tensorbook as torch", "import torch")
        names = {"print": lambda *_: None}
        exec(code, names)
        assert isinstance(names["point"], real.Tensor)
        np.testing.assert_allclose(names["point"].detach().numpy(), path[-1], rtol=1e-9)


def test_a_step_of_gradient_descent_is_the_formula():
    race = OptimizerRace("valley", start=(4, 1), optimizers={"SGD": 0.5}, steps=1)
    np.testing.assert_allclose(race.paths["SGD"], [[4, 1], [4 - 0.5 * 0.4, 1 - 0.5 * 2]])
    np.testing.assert_allclose(race.losses["SGD"], [1.8, 3.8**2 / 20])


def test_arrived_diverged_stuck_and_on_its_way():
    race = OptimizerRace("valley", optimizers={"SGD": 0.8, "momentum": 5.0, "Adagrad": 0.05})
    assert race.verdicts["SGD"] == "arrived at step 31"
    assert race.verdicts["momentum"].startswith("diverged: gone after step ")
    assert len(race.paths["momentum"]) < 201 and np.isfinite(race.losses["momentum"]).all()
    assert race.verdicts["Adagrad"].startswith("on its way, ")
    saddle = OptimizerRace("saddle", start=(-1.5, 0.0), optimizers=["SGD"])
    assert saddle.verdicts["SGD"] == "hardly moves any more, 1 above the lowest point"
    back = Path(np.zeros((5, 2)), np.array([1.0, 0.0, 0.5, 0.0, 0.0]))
    assert verdict(back, 0.0, 1.0) == ("arrived", "arrived at step 3")  # it left once more


def test_a_surface_of_ones_own():
    def bowl(x, y):
        return (x - 1) ** 2 + 3 * y**2

    race = OptimizerRace(
        bowl, x=(-3, 3), y=(-2, 2), start=(-2, 1), optimizers={"mine": lambda p: torch.optim.SGD(p, 0.1)}
    )
    assert race.surface == "bowl" and race.verdicts["mine"].startswith("arrived")
    assert race.paths["mine"][-1] == pytest.approx([1, 0], abs=1e-3)
    assert "def bowl(x, y):" in race.code() and "surface = bowl" in race.code()
    assert race.picture["racers"][0]["lr"] is None
    one_by_one = OptimizerRace(lambda x, y: torch.tensor([x.item(), y.item()]).sum() * 0 + x * x + y * y, steps=2)
    assert one_by_one.picture["plane"]["bands"]
    with pytest.raises(ValueError, match="no finite value anywhere"):
        OptimizerRace(lambda x, y: x * float("nan"))


def test_the_picture_is_the_same_every_time_and_holds_every_racer():
    first, second = OptimizerRace(), OptimizerRace()
    assert first.to_svg() == second.to_svg() and repr(first) == repr(second)
    assert first.picture == json.loads(json.dumps(first.picture, allow_nan=False))
    for theme in ("light", "dark"):
        words = " ".join(ET.fromstring(first.to_svg(theme)).itertext())
        assert all(name in words and first.verdicts[name] in words for name in first.optimizers)


def test_messages_from_the_page():
    race = OptimizerRace("saddle", optimizers=["SGD", "Adam"])
    for kind, data in (("start", {"x": 1, "y": 0.5}), ("lr", {"name": "SGD", "lr": 0.3}), ("add", {"name": "NAdam"}),
                       ("remove", {"name": "Adam"})):  # fmt: skip
        race._arrive(race, {"kind": kind, "data": data}, [])
        assert race.error == ""
    assert race.start == (1, 0.5) and race.optimizers == {"SGD": 0.3, "NAdam": 0.1}
    assert race.picture["start"] == [1, 0.5]
    race._arrive(race, {"kind": "surface", "data": {"name": "Himmelblau"}}, [])
    assert race.start == SURFACES["Himmelblau"].start and race.optimizers["SGD"] == 0.01
    race._arrive(race, {"kind": "surface", "data": {"name": "<b>"}}, [])
    assert "'<b>'" in race.error and race.surface == "Himmelblau"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"surface": "hill"}, "'hill'; expected a function, or one of 'valley'"),
        ({"start": (1,)}, r"two numbers \(x, y\)"),
        ({"start": (1, float("nan"))}, "finite"),
        ({"steps": 0}, "from 1 to 1,000"),
        ({"optimizers": []}, "1 to 6"),
        ({"optimizers": ["LBFGS"]}, "'LBFGS' is not known"),
        ({"optimizers": {"SGD": -1}}, "above 0"),
        ({"surface": lambda x, y: x, "x": (2, 1)}, "x must go from low to high"),
    ],
)
def test_bad_input_is_named(given, words):
    with pytest.raises(ValueError, match=words):
        OptimizerRace(**given)


def test_rings_enclose_what_is_high():
    x, y = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41))
    frame, hole = sorted(rings(np.hypot(x, y), 0.5), key=min)
    points = np.array(hole).reshape(-1, 2) / 500 - 1
    np.testing.assert_allclose(np.hypot(*points.T), 0.5, atol=0.01)
    assert {0, 1000} <= set(frame)  # the high ground reaches the border all around

    def area(ring):
        (px, py) = np.array(ring).reshape(-1, 2).T
        return (px * np.roll(py, -1) - py * np.roll(px, -1)).sum() / 2

    assert area(hole) * area(frame) < 0  # opposite turns: the hole stays open, however it is filled
    assert abs(area(hole)) == pytest.approx(np.pi * 250**2, rel=0.01)
    assert rings(np.zeros((3, 3)), 1.0) == [] and len(rings(np.ones((3, 3)), 1.0)) == 1
    saddle = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert len(rings(saddle, 0.5)) == 2


def test_a_plane_takes_what_is_not_finite_for_high_ground():
    with np.errstate(divide="ignore", invalid="ignore"):
        p = plane(lambda x, y: np.log(x) + y * 0, (-1, 1), (0, 1))
    assert p["bands"] and p["lowest"] < 0
    json.dumps(p, allow_nan=False)
