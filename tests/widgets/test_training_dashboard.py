"""The training dashboard without a page: real training, exactly steered, honestly recorded."""

import asyncio
import gc
import json
import os
import re
import signal
import threading
import time
import weakref
import xml.dom.minidom

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the extra `notebooks`")

import tensorbook as torch
from tensorbook.widgets import TrainingDashboard, training_curves, training_parameters
from tensorbook.widgets import training_dashboard as module


@pytest.fixture(params=["tensorbook", "torch"], autouse=True)
def library(request, monkeypatch):
    """Every test runs on tensorbook's tensors and on PyTorch's."""
    monkeypatch.setitem(globals(), "torch", pytest.importorskip(request.param))


class Line:
    """A line fitted by hand to made-up points; `step` is what a learner would write."""

    def __init__(self, **options):
        generator = torch.Generator().manual_seed(3)
        self.x = torch.linspace(-1, 1, 40)
        self.y = 3 * self.x + 0.5 + 0.2 * torch.randn(40, generator=generator)
        self.w = torch.tensor(0.25, requires_grad=True)
        self.b = torch.tensor(-0.5, requires_grad=True)
        self.rates = []
        options.setdefault("lr", 0.1)
        self.dashboard = TrainingDashboard(self.step, parameters={"w": self.w, "b": self.b}, **options)

    def step(self, lr):
        self.rates.append(lr)
        loss = ((self.w * self.x + self.b - self.y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (self.w, self.b):
                p -= lr * p.grad
                p.grad = None
        return loss

    def values(self):
        return self.w.item(), self.b.item()


# -- training ----------------------------------------------------------------------------------------------------------
def test_it_finds_the_least_squares_line():
    line = Line()
    assert line.dashboard.run(steps=300) is line.dashboard
    design = np.stack([line.x.numpy(), np.ones(40)], axis=1)
    (w, b), *_ = np.linalg.lstsq(design, line.y.numpy(), rcond=None)
    assert line.values() == pytest.approx((w, b), abs=1e-4)
    assert line.dashboard.step_count == 300
    assert line.dashboard.status == "paused"


def test_the_history_is_what_the_steps_returned():
    line = Line()
    by_hand = Line()
    losses = [by_hand.step(0.1).item() for _ in range(25)]
    history = line.dashboard.run(steps=25).history
    assert history["loss"].tolist() == losses
    assert history["step"].tolist() == list(range(1, 26))
    assert history["step"].dtype == np.int64


def test_a_new_learning_rate_is_what_the_next_step_gets():
    line = Line()
    line.dashboard.run(steps=3)
    line.dashboard.lr = 0.02
    line.dashboard.run(steps=2)
    assert line.rates == [0.1, 0.1, 0.1, 0.02, 0.02]
    assert line.dashboard.history["lr"].tolist() == line.rates
    line.dashboard.receive("lr", {"lr": 0.5})
    assert line.dashboard.lr == 0.5
    line.dashboard.lr = 1e-9  # far below the slider's end: the slider reaches it then
    assert line.dashboard.picture["lr_range"][0] <= -9


def test_reset_restores_the_first_values_in_place_and_the_run_repeats():
    line = Line(seed=11)
    storage = line.w.data_ptr()
    noise = []
    line.dashboard._run.step = lambda lr: (noise.append(torch.rand(()).item()), line.step(lr))[1]
    first = line.dashboard.run(steps=20).history["loss"].tolist()
    line.w.grad = torch.ones(())
    line.dashboard.reset()
    assert line.values() == (0.25, -0.5)
    assert line.w.data_ptr() == storage
    assert line.w.grad is None
    assert line.w.requires_grad and line.w.is_leaf
    assert line.dashboard.step_count == 0 and line.dashboard.status == "ready"
    assert line.dashboard.history["step"].size == 0
    assert line.dashboard.run(steps=20).history["loss"].tolist() == first
    assert noise[:20] == noise[20:]


def test_reset_calls_the_learners_own_function():
    calls = []
    line = Line(reset=lambda: calls.append(line.values()))
    line.dashboard.run(steps=2)
    line.dashboard.reset()
    assert calls == [(0.25, -0.5)]  # after the values were put back


def test_max_steps_finish_the_run():
    line = Line(max_steps=7)
    line.dashboard.run(steps=100)
    assert (line.dashboard.step_count, line.dashboard.status) == (7, "finished")
    line.dashboard.run(steps=100)
    line.dashboard.receive("step", {})
    assert line.dashboard.step_count == 7
    line.dashboard.reset()
    assert line.dashboard.run(steps=2).status == "paused"


def test_step_may_pause_its_own_training():
    line = Line()

    def until_good(lr):
        loss = line.step(lr)
        if loss < 1.0:
            line.dashboard.pause()
        return loss

    line.dashboard._run.step = until_good
    history = line.dashboard.run(steps=100).history["loss"]
    assert history[-1] < 1.0 <= history[-2]


def test_restore_goes_back_to_a_kept_step_and_training_goes_on_from_there():
    line = Line()
    line.dashboard.run(steps=10)
    at_ten = line.values()
    after = line.dashboard.run(steps=20).history["loss"][10:].tolist()
    assert line.dashboard.restore(10) == 10
    assert line.values() == at_ten
    assert line.dashboard.step_count == 10 and line.dashboard.history["step"][-1] == 10
    assert line.dashboard.run(steps=20).history["loss"][10:].tolist() == after
    assert line.dashboard.restore(0) == 0
    assert line.values() == (0.25, -0.5) and line.dashboard.status == "ready"


def test_copies_are_few_and_evenly_spread_in_a_long_run():
    line = Line()
    line.dashboard.run(steps=3000)
    steps = [kept.step for kept in line.dashboard._run.checkpoints]
    assert 64 <= len(steps) <= 128
    assert steps[0] == 0 and len(set(np.diff(steps))) == 1
    assert line.dashboard.restore(2999) == steps[-1]


def test_parameters_beyond_the_size_limit_are_reset_but_not_kept():
    big = torch.zeros(1500, 1500, requires_grad=True)

    def step(lr):
        big.grad = None
        loss = ((big - 1) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            big.sub_(lr * big.grad)
        return loss

    dashboard = TrainingDashboard(step, parameters=[big]).run(steps=3)
    assert list(dashboard._run.parameters.tensors) == ["big"]  # the name that step knows it by
    with pytest.raises(ValueError, match=r"2,000,000 numbers.*2,250,000"):
        dashboard.restore(1)
    dashboard.reset()
    assert bool((big == 0).all())


# -- several metrics, many steps ---------------------------------------------------------------------------------------
def test_several_metrics_and_one_that_comes_now_and_then():
    count = iter(range(1, 100))

    def step(lr):
        n = next(count)
        return {"train": 1 / n, "test": torch.tensor(2.0 / n)} if n % 3 == 0 else {"train": 1 / n}

    dashboard = TrainingDashboard(step).run(steps=7)
    history = dashboard.history
    assert history["train"].tolist() == [1 / n for n in range(1, 8)]
    assert np.isnan(history["test"][[0, 1, 3, 4, 6]]).all()
    assert history["test"][[2, 5]] == pytest.approx([2 / 3, 2 / 6])
    assert dashboard.picture["loss"]["curves"][1] == [None, None, 0.66667, None, None, 0.33333, None]


def test_a_long_history_stays_bounded_and_keeps_every_spike():
    spikes = {1: 9.0, 4567: 50.0, 40_001: -3.0, 99_999: 70.0, 123_456: 60.0}
    history = module.TrainingRun(lambda lr: 0.0).history
    for step in range(1, 150_001):
        history.append(step, 0.1, {"a": spikes.get(step, 1 + step % 7 / 10), "b": 5.0})
    columns = history.columns()
    assert len(history) <= history.limit
    assert (np.diff(columns["step"]) > 0).all()
    assert columns["step"][[0, -1]].tolist() == [1, 150_000]
    kept = dict(zip(columns["step"].tolist(), columns["a"].tolist(), strict=True))
    assert {step: kept.get(step) for step in spikes} == spikes
    overview = history.overview(400)
    assert len(overview) <= 450
    assert {
        step for step, value in zip(overview[:, 0], overview[:, 2], strict=True) if value in spikes.values()
    } == set(spikes)


def test_the_picture_stays_small_however_long_the_run():
    values = iter(np.random.default_rng(0).random(20_000).tolist())
    dashboard = TrainingDashboard(lambda lr: {"train": next(values), "test": 0.5}).run(steps=20_000)
    loss = dashboard.picture["loss"]
    assert len(loss["steps"]) <= training_curves.POINTS + 50
    assert len(json.dumps(dashboard.picture)) < 30_000
    everything = dashboard.history["train"]
    assert max(loss["curves"][0]) == pytest.approx(everything.max(), rel=1e-4)
    assert min(loss["curves"][0]) == pytest.approx(everything.min(), rel=1e-4)


def test_many_parameters_are_summed_up():
    tensors = {f"layer{i}": torch.zeros(2, requires_grad=True) for i in range(40)}

    def step(lr):
        loss = sum(((i + 1) * t).sum() for i, t in enumerate(tensors.values()))
        loss.backward()
        return loss

    shown = TrainingDashboard(step, parameters=tensors).run(steps=1).picture["parameters"]
    assert len(shown["rows"]) == 12
    assert shown["more"] == "and 28 more, with gradient norms from 18.38 to 56.57"


# -- gradients and warnings --------------------------------------------------------------------------------------------
def test_gradient_norms_are_seen_although_the_step_clears_them():
    line = Line()
    twin = Line()
    ((twin.w * twin.x + twin.b - twin.y) ** 2).mean().backward()
    line.dashboard.run(steps=1)
    assert line.w.grad is None
    norms = {row["name"]: row["norm"] for row in line.dashboard.picture["parameters"]["rows"]}
    assert norms == pytest.approx({"w": abs(twin.w.grad.item()), "b": abs(twin.b.grad.item())}, abs=1e-5)


def test_watching_leaves_no_hooks_behind(monkeypatch):
    line = Line()
    calls = []
    monkeypatch.setattr(training_parameters, "norm", lambda tensor: calls.append(1) or 1.0)
    line.dashboard.run(steps=1)
    assert len(calls) >= 2
    calls.clear()
    line.step(0.1)
    assert calls == []


def accumulating(clear):
    w = torch.tensor(2.0, requires_grad=True)

    def step(lr):
        clear(w)
        loss = (w - 1) ** 2
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
        return loss

    return TrainingDashboard(step, parameters=[w], lr=0.01).run(steps=20)


def test_a_gradient_that_is_never_cleared_is_noticed():
    (warning,) = [text for text in accumulating(lambda w: None).warnings if ".grad" in text]
    assert "in each of the first 16 steps, never set back to zero" in warning


@pytest.mark.parametrize(
    "clear",
    [
        lambda w: setattr(w, "grad", None),
        lambda w: None if w.grad is None else w.grad.zero_(),
        lambda w: None if w.grad is None else w.grad.data.zero_(),
    ],
)
def test_a_gradient_that_is_cleared_in_any_way_is_not(clear):
    assert accumulating(clear).warnings == []


def test_gradients_summed_over_a_few_steps_on_purpose_are_not_warned_of():
    w = torch.tensor(2.0, requires_grad=True)
    calls = []

    def step(lr):
        calls.append(lr)
        loss = (w - 1) ** 2 / 4
        loss.backward()
        if len(calls) % 4 == 0:
            with torch.no_grad():
                w.sub_(lr * w.grad)
            w.grad = None
        return loss

    assert TrainingDashboard(step, parameters=[w]).run(steps=50).warnings == []


def test_a_parameter_that_is_replaced_instead_of_changed_is_noticed():
    names = {"w": torch.tensor(2.0, requires_grad=True)}

    def step(lr):
        loss = (names["w"] - 1) ** 2
        (gradient,) = torch.autograd.grad(loss, names["w"], retain_graph=True)
        loss.backward()
        names["w"] = (names["w"] - lr * gradient).detach().requires_grad_()
        return loss

    (warning,) = TrainingDashboard(step, parameters=dict(names)).run(steps=5).warnings
    assert warning.startswith("w still has its first values after 5 steps")


def test_a_loss_that_overflows_pauses_and_says_so():
    line = Line(lr=5.0)
    line.dashboard.run(steps=1000)
    assert line.dashboard.status == "paused"
    assert 10 < line.dashboard.step_count < 100
    assert not np.isfinite(line.dashboard.history["loss"][-1])
    assert line.dashboard.warnings[0].startswith(f"loss is inf at step {line.dashboard.step_count}")
    assert "learning rate of 0.5" in line.dashboard.warnings[0]
    json.dumps(line.dashboard.picture, allow_nan=False)
    count = line.dashboard.step_count
    line.dashboard.run(steps=3)  # a second time the learner means it
    assert line.dashboard.step_count == count + 3
    line.dashboard.reset()
    assert line.dashboard.warnings == []


def test_a_loss_that_rises_is_noticed_before_it_overflows():
    line = Line(lr=1.2)
    line.dashboard.run(steps=10)
    assert line.dashboard.warnings[0].startswith("loss rose 6 steps in a row")


def test_noise_alone_is_no_warning():
    values = np.random.default_rng(5).normal(10, 1, 3000)
    for start in range(0, 2900, 100):
        losses = iter(values[start:].tolist())
        assert TrainingDashboard(lambda lr, losses=losses: next(losses)).run(steps=60).warnings == []


def test_vanishing_gradients_are_noticed_with_their_ratio():
    torch.manual_seed(0)
    layers = [layer for _ in range(6) for layer in (torch.nn.Linear(8, 8), torch.nn.Sigmoid())]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(8, 1))
    x, y = torch.randn(32, 8), torch.randn(32, 1)

    def step(lr):
        model.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p.add_(p.grad, alpha=-1e-3)
        return loss

    dashboard = TrainingDashboard(step, parameters=model).run(steps=1)
    (warning,) = dashboard.warnings
    gradients = {name: p.grad.norm().item() for name, p in model.named_parameters() if p.ndim == 2}
    ratio = gradients["12.weight"] / gradients["0.weight"]
    assert warning.startswith(f"0.weight gets {float(f'{ratio:.2g}'):.4g}".replace("e+0", "e"))
    assert "× less gradient than 12.weight. It may be vanishing" in warning
    assert [row["name"] for row in dashboard.picture["parameters"]["rows"] if row["warn"]] == ["0.weight"]


def test_gradients_that_are_all_zero_are_noticed():
    w = torch.tensor([-1.0, -2.0], requires_grad=True)

    def step(lr):
        loss = 1 + torch.relu(w).sum()
        loss.backward()
        return loss

    (warning,) = TrainingDashboard(step, parameters=[w]).run(steps=2).warnings
    assert warning.startswith("every gradient is exactly 0")


# -- failures ----------------------------------------------------------------------------------------------------------
def failing(after):
    count = []

    def step(lr):
        count.append(1)
        if len(count) > after:
            raise RuntimeError("the data ran out")
        return 1.0

    return TrainingDashboard(step)


def test_what_step_raises_is_shown_kept_and_raised():
    dashboard = failing(3)
    with pytest.raises(RuntimeError, match="the data ran out"):
        dashboard.run(steps=10)
    assert (dashboard.status, dashboard.step_count) == ("failed", 3)
    assert dashboard.error.startswith("step 4 raised RuntimeError: the data ran out")
    assert isinstance(dashboard.exception, RuntimeError)
    dashboard._arrive(dashboard, {"kind": "shown"}, [])  # any other message leaves the failure where it is
    assert "the data ran out" in dashboard.error
    dashboard.reset()
    assert dashboard.error == "" and dashboard.exception is None


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, r"returned None; expected the loss as a number.*Does it end with return loss\?"),
        ("low", r"returned str 'low'"),
        (torch.zeros(3), r"a tensor of shape \(3,\).*Does it need \.mean\(\)\?"),
        ({}, "an empty dict"),
        ({"step": 1.0}, "a metric called 'step'"),
        ({"loss": None}, "'loss': NoneType None"),
        ({f"m{i}": 0.0 for i in range(7)}, "more than 6"),
    ],
)
def test_what_is_no_loss_is_refused_in_words(returned, message):
    dashboard = TrainingDashboard(lambda lr: returned)
    with pytest.raises((TypeError, ValueError), match=message):
        dashboard.run(steps=1)
    assert dashboard.status == "failed"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"step": 3}, TypeError, "step must be a function that takes the learning rate and returns the loss, not 3"),
        ({"step": lambda: 0.0}, TypeError, r"one argument, the learning rate: step\(lr\); yours is <lambda>\(\)"),
        ({"step": lambda lr, x: 0.0}, TypeError, "one argument"),
        ({"lr": 0.0}, ValueError, "lr must be a number above 0, not 0.0"),
        ({"lr": float("nan")}, ValueError, "lr must be a number above 0, not nan"),
        ({"lr": "fast"}, TypeError, "lr must be a number above 0, not str"),
        ({"max_steps": 0}, ValueError, "max_steps must be a whole number of steps, at least 1, or None, not 0"),
        ({"seed": "a"}, TypeError, "seed must be a whole number or None, not str"),
        ({"reset": 1}, TypeError, "reset must be a function without arguments, not int"),
        ({"reset": lambda x: x}, TypeError, r"reset must be a function without arguments; yours is <lambda>\(x\)"),
        ({"parameters": 3}, TypeError, r"a dict of name -> tensor, a list of tensors.*not int"),
        ({"parameters": {"w": 3.0}}, TypeError, r"parameters\['w'\] must be a tensor, not float"),
        ({"parameters": ["w"]}, TypeError, r"parameters\['0'\] must be a tensor, not str"),
        (
            {"parameters": {"w": torch.ones(2, requires_grad=True) * 2}},
            ValueError,
            r"parameters\['w'\] is the result of a computation \(MulBackward0\)",
        ),
        ({"data": (1, 2)}, ValueError, "data and predict belong together"),
        ({"data": (torch.zeros(3), torch.zeros(2)), "predict": abs}, ValueError, r"\(3,\) and \(2,\)"),
        ({"data": (torch.zeros(3), torch.zeros(3)), "predict": lambda x: x[:2]}, ValueError, r"predict returned shape"),
        (
            {"data": (torch.zeros(3, 2), torch.tensor([0.0, 0.5, 1])), "predict": abs},
            ValueError,
            "must be classes 0 to 4",
        ),
    ],
)
def test_bad_arguments_are_refused_in_words(arguments, error, message):
    with pytest.raises(error, match=message):
        TrainingDashboard(**{"step": lambda lr: 0.0, **arguments})


@pytest.mark.parametrize("steps", [0, -1, 2.5, "10", True])
def test_run_takes_whole_steps(steps):
    with pytest.raises(ValueError, match="steps must be a whole number, at least 1"):
        Line().dashboard.run(steps=steps)


def test_predict_that_fails_later_is_shown_in_its_panel_and_training_goes_on():
    line = Line()

    def predict(x):
        if dashboard is not None and dashboard.step_count > 2:
            raise RuntimeError("no more")
        return x

    dashboard = None
    dashboard = TrainingDashboard(line.step, data=(line.x, line.y), predict=predict)
    dashboard.run(steps=5)
    assert dashboard.step_count == 5
    assert dashboard.picture["fit"] == {"kind": "failed", "message": "predict raised RuntimeError: no more"}
    assert "predict raised" in dashboard.to_svg()


# -- predictions -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("column", [False, True])
def test_a_line_of_predictions_is_the_models(column):
    x = torch.tensor([0.0, 1.0, 2.0, 3.0])
    x = x[:, None] if column else x
    fit = TrainingDashboard(lambda lr: 0.0, data=(x, 2 * x + 1), predict=lambda x: 2 * x + 1).picture["fit"]
    assert fit["kind"] == "line"
    assert fit["points"] == [[0, 1], [1, 3], [2, 5], [3, 7]]
    assert all(y == pytest.approx(2 * x + 1, rel=1e-3) for x, y in fit["line"])


def test_a_decision_boundary_is_where_the_model_changes_its_mind():
    x = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
    y = torch.tensor([0, 1, 0, 1])
    for predict in (
        lambda x: torch.sigmoid(50 * x[:, :1]),
        lambda x: torch.stack([-25 * x[:, 0], 25 * x[:, 0]], dim=1),
    ):
        fit = TrainingDashboard(lambda lr: 0.0, data=(x, y), predict=predict).picture["fit"]
        winner = np.array(fit["winner"]).reshape(-1, fit["columns"])
        half = fit["columns"] // 2
        assert (winner[:, :half] == 0).all() and (winner[:, half:] == 1).all()
        certainty = np.array(fit["certainty"]).reshape(winner.shape)
        assert (certainty[:, 0] == 9).all() and (certainty[:, half] < 9).all()


def test_many_features_are_drawn_as_predicted_against_true_from_numpy_too():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 10))
    y = x[:, 0]
    fit = TrainingDashboard(lambda lr: 0.0, data=(x, y), predict=lambda x: 2 * x[:, :1]).picture["fit"]
    assert (fit["kind"], fit["shown"], fit["total"]) == ("pairs", 334, 1000)
    assert all(predicted == pytest.approx(2 * true, rel=1e-3) for true, predicted in fit["points"])


# -- the picture -------------------------------------------------------------------------------------------------------
def test_the_picture_and_its_words_are_the_same_for_the_same_run():
    one, two = Line().dashboard.run(steps=50), Line().dashboard.run(steps=50)
    time.sleep(0.01)
    assert repr(one) == repr(two)
    assert re.fullmatch(
        r"<TrainingDashboard: Training with step\(lr\): paused at step 50, loss 0\.\d{1,5}, learning rate 0\.1\.>",
        repr(one),
    )
    assert one.to_svg() == two.to_svg()
    assert one.to_json() == two.to_json()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_static_picture_draws_the_curve(theme, scale):
    line = Line(label="a < b & c")
    line.dashboard.scale = scale
    empty = line.dashboard.to_svg(theme)
    assert "no steps taken yet" in empty
    line.dashboard.run(steps=30)
    svg = line.dashboard.to_svg(theme)
    document = xml.dom.minidom.parseString(svg)
    assert document.documentElement.getAttribute("aria-label") == line.dashboard.alt
    (curve,) = [p for p in document.getElementsByTagName("path") if p.getAttribute("d").count("L") == 29]
    heights = [float(pair.split()[1]) for pair in curve.getAttribute("d")[2:].split(" L ")]
    assert heights == sorted(heights)  # the loss falls, so the curve goes down, which is up in y
    assert "a &lt; b &amp; c" in svg


def test_html_in_a_name_is_only_text():
    w = torch.tensor(1.0, requires_grad=True)
    dashboard = TrainingDashboard(lambda lr: {"<script>": 1.0, "b": 2.0}, parameters={"<img src=x>": w}).run(steps=2)
    svg = dashboard.to_svg()
    xml.dom.minidom.parseString(svg)
    assert "<script>" not in svg and "<img" not in svg


def test_looking_back_from_a_run_that_blew_up_shows_the_gradients_of_then():
    line = Line(lr=3.0)
    line.dashboard.run(steps=30)
    line.dashboard.receive("look", {"step": 2})
    twin = Line(lr=3.0)
    twin.dashboard.run(steps=2)
    rows = line.dashboard.picture["parameters"]["rows"]
    assert rows == twin.dashboard.picture["parameters"]["rows"]
    assert not any("<" in row["text"] for row in rows), rows


def test_looking_back_shows_what_was_then():
    line = Line()
    line.dashboard.run(steps=40)
    line.dashboard.receive("look", {"step": 7})
    picture = line.dashboard.picture
    assert picture["looked"].startswith("step 7 · loss ")
    assert picture["line"] == "dashboard.restore(7)"
    twin = Line()
    twin.dashboard.run(steps=7)
    assert picture["parameters"]["rows"] == twin.dashboard.picture["parameters"]["rows"]
    line.dashboard.receive("look", {"step": None})
    assert line.dashboard.picture["parameters"]["step"] == 40


def test_looking_back_draws_the_fit_of_then_and_touches_nothing():
    x = torch.arange(4.0)
    w = torch.zeros((), requires_grad=True)

    def step(lr):
        with torch.no_grad():
            w.add_(1)
        return 1.0

    dashboard = TrainingDashboard(step, parameters=[w], data=(x, x), predict=lambda x: w * x).run(steps=5)
    pending, version, place = (w * w).sum(), w._version, w.data_ptr()
    dashboard.receive("look", {"step": 2})
    fit = dashboard.picture["fit"]
    assert fit["then"] == 2 and all(y == pytest.approx(2 * at, rel=1e-2) for at, y in fit["line"])
    assert (w.item(), w._version, w.data_ptr()) == (5, version, place)
    pending.backward()  # its saved tensors are as they were
    assert w.grad.item() == 10
    dashboard.receive("look", {"step": None})
    fit = dashboard.picture["fit"]
    assert "then" not in fit and all(y == pytest.approx(5 * at, rel=1e-2) for at, y in fit["line"])


# -- in the background -------------------------------------------------------------------------------------------------
def test_training_in_the_background_leaves_the_loop_free_and_pauses_at_once():
    async def scenario():
        line = Line()
        line.dashboard.start()
        assert line.dashboard.running
        gaps, losses = [], []
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < 0.6 or (sum(gap > 0.004 for gap in gaps) < 10 and passed < 10):
            before = time.perf_counter()
            await asyncio.sleep(0)
            gaps.append(time.perf_counter() - before)
            w, b = line.values()
            losses.append(((w * line.x + b - line.y) ** 2).mean().item())
        count = line.dashboard.step_count
        line.dashboard._arrive(line.dashboard, {"kind": "pause"}, [])
        before = time.perf_counter()
        while line.dashboard.running:
            await asyncio.sleep(0)
        latency = time.perf_counter() - before
        stopped = line.dashboard.step_count
        await asyncio.sleep(0.05)
        assert line.dashboard.step_count == stopped
        slices = [gap for gap in gaps if gap > 0.004]  # in which the loop was held up by training
        assert count > 50 and len(slices) > 5
        assert sorted(slices)[len(slices) // 2] < 0.05
        assert latency < 0.05
        # what the other cell saw was always the state after a whole step
        recorded = set(line.dashboard.history["loss"].tolist())
        assert sum(loss in recorded for loss in losses) > 0.9 * len(losses)

    asyncio.run(scenario())


def test_a_message_from_another_thread_is_served_on_the_loop_in_order():
    async def scenario():
        line = Line()
        threads = []
        line.dashboard._run.step = lambda lr: (threads.append(threading.get_ident()), line.step(lr))[1]

        def page():
            for kind in ("run", "pause", "step", "step"):
                line.dashboard._arrive(line.dashboard, {"kind": kind}, [])

        thread = threading.Thread(target=page)
        thread.start()
        thread.join()
        await asyncio.sleep(0.1)
        assert line.dashboard.status == "paused" and line.dashboard.error == ""
        assert line.dashboard.step_count >= 2
        assert set(threads) == {threading.get_ident()}

    asyncio.run(scenario())


def test_a_failure_in_the_background_is_shown_and_the_task_ends():
    async def scenario():
        dashboard = failing(5)
        dashboard.start()
        await asyncio.sleep(0.2)
        assert dashboard.status == "failed" and dashboard.step_count == 5
        assert "the data ran out" in dashboard.error
        assert not dashboard._background.active

    asyncio.run(scenario())


def test_start_takes_so_many_steps():
    async def scenario():
        line = Line()
        line.dashboard.start(steps=30)
        await asyncio.sleep(0.5)
        assert (line.dashboard.step_count, line.dashboard.status) == (30, "paused")

    asyncio.run(scenario())


def test_without_a_loop_start_says_what_to_do():
    line = Line()
    with pytest.raises(RuntimeError, match=r"use run\(steps=…\)"):
        line.dashboard.start()
    assert not line.dashboard.running


def test_closing_stops_the_training():
    async def scenario():
        line = Line()
        line.dashboard.start()
        await asyncio.sleep(0.05)
        line.dashboard.close()
        count = line.dashboard.step_count
        await asyncio.sleep(0.1)
        assert line.dashboard.step_count == count and not line.dashboard._background.active

    asyncio.run(scenario())


def test_the_task_does_not_keep_a_closed_dashboard_alive():
    async def scenario():
        line = Line()
        line.dashboard.start()
        await asyncio.sleep(0.05)
        line.dashboard.close()
        reference = weakref.ref(line.dashboard)
        line.dashboard = None
        await asyncio.sleep(0.1)
        gc.collect()
        assert reference() is None

    asyncio.run(scenario())


def test_the_last_picture_gone_pauses_the_training():
    async def scenario():
        line = Line()
        for kind in ("shown", "shown", "run", "hidden"):
            line.dashboard._arrive(line.dashboard, {"kind": kind}, [])
        await asyncio.sleep(0.05)
        assert line.dashboard.running
        line.dashboard._arrive(line.dashboard, {"kind": "hidden"}, [])
        await asyncio.sleep(0.05)
        assert line.dashboard.picture["sentence"].endswith("its picture was closed")

    asyncio.run(scenario())


# -- interrupts --------------------------------------------------------------------------------------------------------
def test_an_interrupt_waits_for_the_end_of_the_step():
    line = Line()
    before = signal.getsignal(signal.SIGINT)

    def step(lr):
        if line.dashboard.step_count == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return line.step(lr)

    line.dashboard._run.step = step
    with pytest.raises(KeyboardInterrupt, match="paused at step 5"):
        line.dashboard.run(steps=100)
    assert line.dashboard.picture["sentence"] == "paused at step 5: interrupted"
    twin = Line()
    twin.dashboard.run(steps=5)
    assert line.values() == twin.values()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interrupt_breaks_into_a_step_that_does_not_end():
    def step(lr):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)

    dashboard = TrainingDashboard(step)
    with pytest.raises(KeyboardInterrupt):
        dashboard.run(steps=3)
    assert "interrupted inside step 1" in dashboard.picture["sentence"]


def test_an_interrupt_in_the_background_pauses():
    async def scenario():
        line = Line()
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a kernel does between two cells
        try:
            line.dashboard.start()
            await asyncio.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
            assert line.dashboard.picture["sentence"].endswith(": interrupted")
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, before)

    asyncio.run(scenario())
