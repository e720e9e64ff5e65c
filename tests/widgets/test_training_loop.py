"""The dashboard with a model, a loss, an optimiser and a loader: the same numbers as the loop that one writes."""

import importlib

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the extra `notebooks`")

from tensorbook.widgets import TrainingDashboard


@pytest.fixture(params=["tensorbook", "torch"])
def torch(request):
    """Every test runs on tensorbook's modules and on PyTorch's."""
    return pytest.importorskip(request.param)


class Setting:
    """Three classes of points in five dims, a net with dropout and running statistics, shuffled batches."""

    def __init__(self, torch, optimizer="Adam", lr=0.01, own_generator=False):
        nn, data = torch.nn, torch.utils.data
        torch.manual_seed(4)
        self.torch = torch
        self.x = torch.randn(50, 5)
        self.y = (self.x[:, 0] > 0).long() + (self.x[:, 1] > 0).long()
        self.model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = getattr(torch.optim, optimizer)(self.model.parameters(), lr=lr)
        generator = torch.Generator().manual_seed(9) if own_generator else None
        self.loader = data.DataLoader(
            data.TensorDataset(self.x, self.y), batch_size=16, shuffle=True, generator=generator
        )
        torch.manual_seed(5)

    def dashboard(self, **options):
        return TrainingDashboard(self.model, loss=self.loss, optimizer=self.optimizer, loader=self.loader, **options)

    def by_hand(self, epochs, scheduler=None):
        """The loop that everyone writes."""
        losses = []
        for _ in range(epochs):
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = self.loss(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            if scheduler is not None:
                scheduler.step()
        return losses

    def everything(self):
        state = [t.detach().numpy().copy() for t in self.model.state_dict().values()]
        for entry in self.optimizer.state_dict()["state"].values():
            state += [np.array(value.detach().numpy()) for value in entry.values() if hasattr(value, "detach")]
        return state


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# -- training ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_it_takes_the_very_steps_of_the_loop_that_one_writes(torch, optimizer):
    mine, other = Setting(torch, optimizer), Setting(torch, optimizer)
    torch.manual_seed(7)
    losses = mine.by_hand(3)
    data = torch.utils.data.TensorDataset(mine.x[:7], mine.y[:7])
    shuffled = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True)
    dashboard = other.dashboard(test=shuffled)  # measuring takes nothing from the random streams
    torch.manual_seed(7)
    assert dashboard.run(steps=12).history["loss"].tolist() == losses
    assert same(mine.everything(), other.everything())
    assert (dashboard.epoch, dashboard.step_count) == (3, 12)


def test_making_one_draws_no_random_number_and_leaves_the_model_as_it_was(torch):
    setting = Setting(torch)
    before, state = torch.get_rng_state(), setting.everything()
    dashboard = setting.dashboard(test=[(setting.x, setting.y)])
    assert bool((torch.get_rng_state() == before).all())
    assert same(setting.everything(), state) and setting.model.training
    assert repr(dashboard) == "<TrainingDashboard: Training Sequential with Adam: not run yet, learning rate 0.01.>"
    assert dashboard.to_svg() == Setting(torch).dashboard(test=[(setting.x, setting.y)]).to_svg()


@pytest.mark.parametrize("own_generator", [False, True])
def test_reset_puts_back_weights_statistics_optimizer_order_and_dropout(torch, own_generator):
    setting = Setting(torch, own_generator=own_generator)
    dashboard = setting.dashboard()
    torch.rand(3)  # a cell between
    start = setting.everything()[:9]
    first = dashboard.run(steps=11).history["loss"].tolist()
    after = setting.everything()
    dashboard.reset()
    assert same(setting.everything(), start) and (dashboard.epoch, dashboard.step_count) == (0, 0)
    assert dashboard.run(steps=11).history["loss"].tolist() == first
    assert same(setting.everything(), after)


@pytest.mark.parametrize("own_generator", [False, True])
@pytest.mark.parametrize("step", [8, 10])  # at the end of a pass, and within one
def test_restore_goes_on_from_there_as_if_nothing_had_happened(torch, step, own_generator):
    setting = Setting(torch, own_generator=own_generator)
    dashboard = setting.dashboard(test=(setting.x, setting.y))
    history = dashboard.run(steps=30).history
    after = setting.everything()
    for _ in range(2):  # a second time too: what is kept is not what was trained on
        assert dashboard.restore(step) == step
        assert dashboard.epoch == step // 4
        again = dashboard.run(steps=30 - step).history
        for name, values in history.items():
            assert np.array_equal(again[name], values, equal_nan=True), name
        assert same(setting.everything(), after)


def test_states_are_few_and_none_are_kept_of_a_giant(torch, monkeypatch):
    from tensorbook.widgets import training_run

    setting = Setting(torch)
    numbers = sum(p.numel() for p in setting.model.parameters())
    monkeypatch.setattr(training_run, "BUDGET", 3 * 12 * numbers)  # twelve states, with the two moments of Adam
    dashboard = setting.dashboard().run(steps=100)
    kept = [kept for kept in dashboard._run.checkpoints if kept.state is not None]
    assert 5 <= len(kept) <= 12
    assert dashboard.restore(99) == kept[-1].step
    monkeypatch.setattr(training_run, "BUDGET", 3 * 5 * numbers)
    dashboard = Setting(torch).dashboard().run(steps=100)
    assert all(kept.state is None for kept in dashboard._run.checkpoints)
    with pytest.raises(ValueError, match="nothing to go back to"):
        dashboard.restore(5)
    dashboard.reset()
    assert dashboard.status == "ready"


# -- what is measured --------------------------------------------------------------------------------------------------
def test_accuracy_and_test_are_what_the_model_says_then(torch):
    setting, twin = Setting(torch, "SGD", lr=0.5), Setting(torch, "SGD", lr=0.5)
    dashboard = setting.dashboard(test=[(setting.x[:20], setting.y[:20]), (setting.x[20:], setting.y[20:])])
    torch.manual_seed(3)
    history = dashboard.run(steps=12).history
    torch.manual_seed(3)
    twin.by_hand(3)
    twin.model.eval()
    said = twin.model(twin.x)
    assert history["test accuracy"][-1] == pytest.approx((said.argmax(1) == twin.y).float().mean().item())
    assert history["test loss"][-1] == pytest.approx(twin.loss(said, twin.y).item(), rel=1e-5)
    measured = history["step"][~np.isnan(history["test loss"])]
    assert measured.tolist() == [1, 12]  # the first step, then after a pass, ten steps apart
    assert set(np.round(history["accuracy"][:3] * 16, 6) % 1) == {0.0}
    assert setting.model.training


def test_no_accuracy_for_numbers_and_own_metrics_by_name(torch):
    model = torch.nn.Linear(3, 1)
    x, y = torch.randn(10, 3), torch.randn(10, 1)
    dashboard = TrainingDashboard(
        model,
        loss=torch.nn.functional.mse_loss,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.01),
        loader=[(x, y)],
        metrics={"off by": lambda p, t: (p - t).abs().max()},
    )
    history = dashboard.run(steps=1).history
    assert list(history) == ["step", "lr", "loss", "off by"]
    dashboard.reset()
    assert history["off by"][0] == pytest.approx((model(x) - y).abs().max().item())


def test_a_frozen_part_stays_in_eval_mode(torch):
    setting = Setting(torch)
    setting.model[1].eval()
    before = setting.model[1].running_mean.clone()
    setting.dashboard(test=(setting.x, setting.y)).run(steps=5)
    assert not setting.model[1].training and bool((setting.model[1].running_mean == before).all())


# -- learning rate and batch size --------------------------------------------------------------------------------------
def test_the_learning_rate_is_written_into_all_groups(torch):
    setting = Setting(torch)
    first, last = setting.model[0], setting.model[4]
    setting.optimizer = torch.optim.SGD(
        [{"params": first.parameters()}, {"params": last.parameters(), "lr": 0.02}], lr=0.1
    )
    dashboard = setting.dashboard().run(steps=2)
    dashboard.receive("lr", {"lr": 0.03})
    assert [group["lr"] for group in setting.optimizer.param_groups] == [0.03, pytest.approx(0.006)]
    setting.optimizer.param_groups[0]["lr"] = 0.5  # and one that was set in a cell is taken over
    dashboard.run(steps=1)
    assert dashboard.history["lr"].tolist() == [0.1, 0.1, 0.5]
    dashboard.reset()
    assert dashboard.lr == 0.5  # the hand on the slider stays


def test_a_scheduler_moves_on_after_each_epoch_and_goes_back_with_the_rest(torch):
    setting, twin = Setting(torch, "SGD", 0.4), Setting(torch, "SGD", 0.4)
    make = torch.optim.lr_scheduler.StepLR
    dashboard = setting.dashboard(scheduler=make(setting.optimizer, step_size=1, gamma=0.5))
    torch.manual_seed(1)
    history = dashboard.run(steps=12).history
    torch.manual_seed(1)
    assert history["loss"].tolist() == twin.by_hand(3, make(twin.optimizer, step_size=1, gamma=0.5))
    assert history["lr"].tolist() == [0.4] * 4 + [0.2] * 4 + [0.1] * 4 and dashboard.lr == 0.05
    dashboard.restore(6)
    assert dashboard.lr == 0.2
    assert dashboard.run(steps=6).history["lr"].tolist() == history["lr"].tolist()
    dashboard.reset()
    assert dashboard.lr == 0.4


def test_one_cycle_moves_on_after_each_batch_and_the_slider_scales_it(torch):
    setting, twin = Setting(torch, "SGD"), Setting(torch, "SGD")
    make = torch.optim.lr_scheduler.OneCycleLR
    dashboard = setting.dashboard(scheduler=make(setting.optimizer, max_lr=0.1, total_steps=40))
    schedule = make(twin.optimizer, max_lr=0.1, total_steps=40)
    wanted = []
    for _ in range(20):
        wanted.append(schedule.get_last_lr()[0])
        twin.optimizer.step()
        schedule.step()
    assert dashboard.run(steps=10).history["lr"].tolist() == wanted[:10]
    dashboard.lr = dashboard.lr * 2
    assert dashboard.run(steps=10).history["lr"][10:].tolist() == pytest.approx([2 * rate for rate in wanted[10:]])


def test_a_plateau_is_told_the_test_loss(torch):
    setting = Setting(torch, "SGD")
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(setting.optimizer)
    dashboard = setting.dashboard(scheduler=scheduler, test=(setting.x, setting.y)).run(steps=12)
    tests = dashboard.history["test loss"]
    assert scheduler.best == np.nanmin(tests[3:]) and np.isfinite(tests[3::4]).all()


def test_the_batch_size_can_be_changed_on_the_way(torch):
    setting = Setting(torch)
    dashboard = setting.dashboard().run(steps=6)
    assert dashboard.picture["batch"] == {
        "size": 16,
        "sizes": [1, 2, 4, 8, 16, 32, 50],
        "epochs": 1,
        "taken": 2,
        "of": 4,
    }
    sizes = []
    setting.model.register_forward_hook(lambda module, given, result: sizes.append(len(result)))
    dashboard.receive("batch", {"size": 32})
    dashboard.run(steps=4)
    assert sizes == [32, 18, 32, 18] and dashboard.epoch == 3
    assert dashboard.restore(5) == 5 and dashboard.batch_size == 32  # the hand on the slider stays
    assert dashboard.run(steps=1).epoch == 1
    with pytest.raises(ValueError, match="from 1 to 50, the size of the data, not 51"):
        dashboard.batch_size = 51


def test_batches_in_a_list_keep_their_size(torch):
    setting = Setting(torch)
    setting.loader = [(setting.x, setting.y)]
    dashboard = setting.dashboard().run(steps=3)
    assert (dashboard.epoch, dashboard.batch_size) == (3, None)
    with pytest.raises(ValueError, match="where loader is a DataLoader"):
        dashboard.batch_size = 4


# -- loaders, optimisers and models of other kinds ---------------------------------------------------------------------
def test_a_loader_without_a_length(torch):
    setting, twin = Setting(torch), Setting(torch)

    class Stream:
        def __iter__(self):
            yield from [(setting.x[:30], setting.y[:30]), (setting.x[30:], setting.y[30:])]

    setting.loader = twin.loader = Stream()
    schedule = torch.optim.lr_scheduler.StepLR
    dashboard = setting.dashboard(scheduler=schedule(setting.optimizer, 1), test=(setting.x, setting.y))
    torch.manual_seed(2)
    history = dashboard.run(steps=6).history
    torch.manual_seed(2)
    assert history["loss"].tolist() == twin.by_hand(3, schedule(twin.optimizer, 1))
    dashboard.restore(3)
    assert dashboard.run(steps=3).history["loss"].tolist() == history["loss"].tolist()


def test_lbfgs_gets_its_closure(torch):
    model = torch.nn.Linear(2, 1)
    x = torch.randn(20, 2)
    y = x @ torch.tensor([[2.0], [-1.0]]) + 0.5
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5)
    dashboard = TrainingDashboard(model, loss=torch.nn.MSELoss(), optimizer=optimizer, loader=[(x, y)]).run(steps=8)
    assert dashboard.history["loss"][-1] < 1e-4
    dashboard.restore(2)
    assert dashboard.run(steps=6).history["loss"][-1] < 1e-4


@pytest.mark.parametrize(("features", "kind"), [(1, "line"), (2, "map"), (3, None)])
def test_the_prediction_is_drawn_where_it_can_be(torch, features, kind):
    x = torch.randn(30, features)
    y = x.sum(1, keepdim=True) if features == 1 else (x[:, :1] > 0).float()
    model = torch.nn.Linear(features, 1)
    dashboard = TrainingDashboard(
        model,
        loss=torch.nn.MSELoss() if features == 1 else torch.nn.BCEWithLogitsLoss(),
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loader=[(x, y)],
    )
    fit = dashboard.picture["fit"]
    assert (fit and fit["kind"]) == kind
    if kind == "map":
        with torch.no_grad():
            model.weight.copy_(torch.tensor([[4.0, 0.0]]))
            model.bias.fill_(-0.5)  # logits: the boundary is where they are 0, not a half
        dashboard.refresh()
        row = dashboard.picture["fit"]["winner"][: dashboard.picture["fit"]["columns"]]
        axis = dashboard.picture["fit"]["x"]
        middle = axis["min"] + (row.index(1)) / len(row) * (axis["max"] - axis["min"])
        assert middle == pytest.approx(0.125, abs=(axis["max"] - axis["min"]) / len(row))


# -- what was given in error -------------------------------------------------------------------------------------------
def wrong(torch, **changed):
    setting = Setting(torch)
    given = {"loss": setting.loss, "optimizer": setting.optimizer, "loader": setting.loader, **changed}
    return TrainingDashboard(given.pop("model", setting.model), **given)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("loss", None, "loss=, optimizer= and loader=; loss is missing"),
        ("model", lambda torch: torch.nn.Linear, "model is the class Linear; expected one made of it"),
        ("loss", lambda torch: torch.nn.MSELoss, r"loss is the class MSELoss; expected one made of it: MSELoss\(…\)"),
        ("loss", lambda torch: 3, "not int"),
        ("model", lambda torch: lambda lr: 1.0, "model must be an nn.Module, not function"),
        ("model", lambda torch: torch.nn.ReLU(), "a ReLU, has no parameters"),
        ("optimizer", lambda torch: torch.optim.SGD, "one of torch.optim, not SGD"),
        ("optimizer", lambda torch: torch.optim.SGD(torch.nn.Linear(2, 2).parameters()), "none of the model's"),
        ("loader", lambda torch: torch.randn(3, 5), r"loader=\[\(x, y\)\]"),
        ("loader", lambda torch: iter([]), "can be read only once"),
        ("loader", lambda torch: [], "loader has no batches"),
        ("loader", lambda torch: [torch.randn(3, 5)], r"must give pairs \(x, y\), not Tensor"),
        ("loader", lambda torch: [(1, 2, 3)], "not tuple of 3"),
        ("scheduler", lambda torch: 0.1, "one of torch.optim.lr_scheduler, not float"),
        ("metrics", lambda torch: {"loss": len}, "names other than loss"),
        ("parameters", lambda torch: [], "parameters cannot be given beside a model"),
        ("lr", lambda torch: 0.1, "learning rate of the optimizer"),
    ],
)
def test_what_was_given_in_error_is_named(torch, name, value, words):
    with pytest.raises((TypeError, ValueError), match=words):
        wrong(torch, **{name: value and value(torch)})


def test_a_model_that_does_not_fit_the_data_is_said_at_once_and_a_metric_that_fails_in_the_widget(torch):
    setting = Setting(torch)
    with pytest.raises(RuntimeError, match="shape"):
        wrong(torch, loader=[(torch.randn(4, 6), setting.y[:4])])
    dashboard = wrong(torch, metrics={"names": lambda p, t: "many"})
    with pytest.raises(TypeError, match=r"metrics\['names'\] returned str"):
        dashboard.run(steps=1)
    assert "metrics['names'] returned str" in dashboard.error


def test_the_libraries_take_the_same_steps():
    pytest.importorskip("torch")
    losses = [
        Setting(importlib.import_module(name), "SGD", 0.1).dashboard().run(steps=20).history["loss"]
        for name in ("tensorbook", "torch")
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


# -- runs to compare ---------------------------------------------------------------------------------------------------
def test_a_run_is_kept_with_its_curves_and_the_next_begins_at_the_start(torch):
    setting = Setting(torch)
    dashboard = setting.dashboard(test=(setting.x, setting.y)).run(steps=20)
    history = dashboard.history
    dashboard.receive("keep", {})
    assert dashboard.step_count == 0 and dashboard.picture["kept"] == ["lr 0.01, batch size 16"]
    loss, metrics = dashboard.picture["loss"], dashboard.picture["metrics"]
    assert loss["kept"][0]["steps"] == list(range(1, 21))
    assert loss["kept"][0]["curve"] == pytest.approx(history["loss"].tolist(), rel=1e-4)
    assert metrics["kept"][0]["curve"] == pytest.approx(history["accuracy"].tolist(), rel=1e-4)
    assert loss["x"]["max"] >= 20 and loss["linear"]["max"] >= history["loss"].max()
    dashboard.run(steps=5)
    assert dashboard.history["loss"].tolist() == history["loss"][:5].tolist()
    dashboard.lr = 0.1
    dashboard.batch_size = 32
    dashboard.run(steps=5)
    dashboard.keep()
    assert dashboard.picture["kept"][1] == "lr 0.01 to 0.1, batch size 16 to 32"
    for name in ("a", "<b>"):
        dashboard.run(steps=1).keep(name)
    assert dashboard.picture["kept"] == ["lr 0.01 to 0.1, batch size 16 to 32", "a", "<b>"]  # three at most
    assert "&lt;b&gt;" in dashboard.to_svg() and "<b>" not in dashboard.to_svg()
    with pytest.raises(ValueError, match="no step to keep"):
        dashboard.keep()
    dashboard.receive("forget", {})
    assert dashboard.picture["kept"] == [] == dashboard.picture["loss"]["kept"]


# -- weights and looking back ------------------------------------------------------------------------------------------
def test_the_table_tells_of_weights_and_gradients_now_and_then(torch):
    setting, twin = Setting(torch), Setting(torch)
    dashboard = setting.dashboard().run(steps=20)
    row = dashboard.picture["parameters"]["rows"][0]
    weight = setting.model[0].weight.detach().numpy().reshape(-1).astype(float)
    counts, _ = np.histogram(weight, 16)
    assert row["weights"]["bars"] == np.ceil(counts * 12 / counts.max()).tolist()
    assert float(row["weights"]["size"]) == pytest.approx(np.sqrt((weight**2).sum()), rel=1e-3)
    dashboard.receive("look", {"step": 7})
    torch.manual_seed(5)
    earlier = twin.dashboard().run(steps=7)
    assert dashboard.picture["parameters"]["rows"] == earlier.picture["parameters"]["rows"]
    assert dashboard.step_count == 20 and np.array_equal(setting.model[0].weight.detach().numpy().reshape(-1), weight)


def test_looking_back_draws_the_boundary_of_then_and_touches_nothing(torch):
    def make():
        torch.manual_seed(1)
        x = torch.randn(40, 2)
        model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 2))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, (x[:, 0] > 0).long()), batch_size=20)
        return model, TrainingDashboard(model, loss=torch.nn.CrossEntropyLoss(), optimizer=optimizer, loader=loader)

    model, dashboard = make()
    _, earlier = make()
    dashboard.run(steps=30)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    versions = [p._version for p in model.parameters()]
    present = dashboard.picture["fit"]
    dashboard.receive("look", {"step": 3})
    then = earlier.run(steps=3).picture["fit"]
    assert dashboard.picture["fit"] == {**then, "then": 3} != {**present, "then": 3}
    assert all(bool((value == before[name]).all()) for name, value in model.state_dict().items())
    assert versions == [p._version for p in model.parameters()]
    dashboard.receive("look", {"step": None})
    assert dashboard.picture["fit"] == present


# -- warnings ----------------------------------------------------------------------------------------------------------
def test_dead_relus_are_noticed_and_living_ones_are_not(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    x = torch.randn(30, 3)
    given = {"loss": torch.nn.MSELoss(), "loader": [(x, x[:, :1])]}
    dashboard = TrainingDashboard(model, optimizer=torch.optim.SGD(model.parameters(), lr=0.01), **given)
    assert dashboard.run(steps=5).warnings == []
    with torch.no_grad():
        model[0].bias[:5] = -100.0
    dashboard.run(steps=2)
    assert not any("ReLU" in text for text in dashboard.warnings)  # twice may be chance
    dashboard.run(steps=2)
    (warning,) = [text for text in dashboard.warnings if "ReLU" in text]
    assert warning.startswith("ReLU 1: 5 of 8 units are 0 for every sample. ") and "LeakyReLU" in warning
    hooks = model[1]._forward_hooks
    assert len(hooks) == 0


def test_overfitting_is_noticed_with_the_step_to_stop_at(torch):
    torch.manual_seed(0)
    x, y = torch.randn(20, 10), torch.randint(0, 2, (20,))  # nothing to learn but the samples themselves
    test = torch.randn(200, 10), torch.randint(0, 2, (200,))
    model = torch.nn.Sequential(torch.nn.Linear(10, 32), torch.nn.Tanh(), torch.nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    dashboard = TrainingDashboard(
        model, loss=torch.nn.CrossEntropyLoss(), optimizer=optimizer, loader=[(x, y)], test=test
    ).run(steps=150)
    (warning,) = dashboard.warnings
    tests = dashboard.history["test loss"]
    best = int(np.nanargmin(tests)) + 1
    assert warning.startswith("test loss rises, ") and f"at step {best}, while loss falls" in warning
    dashboard.restore(best)
    assert dashboard.warnings == []


@pytest.mark.parametrize(("lr", "explodes"), [(1.3, True), (0.9, False)])
def test_exploding_gradients_are_noticed(torch, lr, explodes):
    model = torch.nn.Linear(1, 1, bias=False)  # each step changes the gradient by a factor of 1 - 2 · lr
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    loader = [(torch.ones(4, 1), 5 * torch.ones(4, 1))]
    dashboard = TrainingDashboard(model, loss=torch.nn.MSELoss(), optimizer=optimizer, loader=loader).run(steps=20)
    found = [text for text in dashboard.warnings if "and the loss has not fallen. They may be exploding" in text]
    assert len(found) == explodes
    if explodes:
        assert found[0].startswith("gradients are 3000 × as long as at first")  # 1.6 ** 17, from step 2 to step 19


def test_parameters_that_do_not_move_are_told_from_those_the_optimizer_does_not_have(torch):
    """A gradient too small to change float32 is no mistake in the loop; a part left out of the optimiser is one."""
    nn = torch.nn
    torch.manual_seed(0)
    x, y = torch.randn(20, 2), torch.randn(20, 1)

    def warnings(model, parameters):
        optimizer = torch.optim.SGD(parameters, lr=1e-12)
        return TrainingDashboard(model, loss=nn.MSELoss(), optimizer=optimizer, loader=[(x, y)]).run(steps=5).warnings

    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    assert not [text for text in warnings(model, model.parameters()) if "first values" in text or "optimizer" in text]
    (found,) = warnings(model, model[2].parameters())
    assert found.startswith("the optimizer does not have 0.weight and 0.bias, which get a gradient")
