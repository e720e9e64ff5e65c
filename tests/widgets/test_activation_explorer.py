"""ActivationExplorer: its numbers against PyTorch's, the page's formulas against its own, and what it refuses."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("anywidget", reason="anywidget comes with the extra `notebooks`")

from tensorbook.widgets import ActivationExplorer
from tensorbook.widgets.activation_functions import FUNCTIONS, values_and_slopes

MODULE = Path(__file__).parents[2] / "tensorbook" / "widgets" / "js" / "activation_functions.js"
SUMS = [-20.0, -3.0, -1.5, -0.75, -0.1, 0.1, 0.75, 1.5, 3.0, 20.0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_slopes_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    z = torch.tensor(SUMS, requires_grad=True)
    a = eval(FUNCTIONS[name].line, {"torch": torch, "F": torch.nn.functional, "z": z})
    if a.requires_grad:
        a.sum().backward()
    slopes = [0.0] * len(SUMS) if name == "step" else z.grad.tolist()
    values, ours = values_and_slopes(name, SUMS)
    assert values == pytest.approx(a.tolist(), rel=1e-5, abs=1e-6)
    assert ours == pytest.approx(slopes, rel=1e-5, abs=1e-7)


def test_the_page_computes_the_same_values_and_slopes():
    if (node := shutil.which("node")) is None:
        pytest.skip("node is not installed")
    code = (
        f"const {{ FUNCTIONS }} = await import({json.dumps(MODULE.as_uri())}); const z = {json.dumps(SUMS)};"
        "console.log(JSON.stringify(Object.entries(FUNCTIONS).map(([n, [f, d]]) => [n, z.map(f), z.map(d)])))"
    )
    done = subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [name for name, *_ in found] == list(FUNCTIONS)
    for name, values, slopes in found:
        expected = values_and_slopes(name, SUMS)
        assert values == pytest.approx(expected[0], rel=1e-5, abs=1e-6), name
        assert slopes == pytest.approx(expected[1], rel=1e-5, abs=1e-6), name


def test_largest_slopes_and_ranges_are_as_said():
    sums = [i / 100 for i in range(-1000, 1001)]
    for name, function in FUNCTIONS.items():
        values, slopes = values_and_slopes(name, sums)
        assert max(slopes) == pytest.approx(float(function.slope), abs=0.005), name
        low, high = (end.strip("(){}[] ").replace("−", "-") for end in function.range.split(","))
        assert min(values) == pytest.approx(float(low), abs=0.005) if low != "-∞" else min(values) < 0, name
        assert max(values) == pytest.approx(float(high), abs=0.005) if high != "∞" else max(values) > 9, name


def test_the_numbers_follow_what_is_set():
    neuron = ActivationExplorer("tanh", weight=2.0, bias=-1.0, x=0.75)
    assert neuron.sum == 0.5
    assert neuron.output == pytest.approx(0.46211716)
    assert neuron.slope == pytest.approx(2 * (1 - 0.46211716**2))
    neuron.weight = -2.0
    neuron.compare = ["relu"]
    assert neuron.picture["sum"] == -2.5 and neuron.picture["names"] == ["tanh", "relu"]
    assert "tanh(-2 · 0.75 − 1) = tanh(-2.5) = -0.9866" in repr(neuron)


def test_what_is_not_shown_here_is_refused():
    with pytest.raises(ValueError, match="'swish' is no activation function shown here; there are sigmoid"):
        ActivationExplorer("swish")
    with pytest.raises(ValueError, match="at most 3"):
        ActivationExplorer(compare=["relu", "elu", "gelu", "silu"])
    with pytest.raises(Exception, match=r"weight must be from -5 to 5, not 7\.0"):
        ActivationExplorer(weight=7.0)
    neuron = ActivationExplorer()
    with pytest.raises(Exception, match="bias must be from -5 to 5"):
        neuron.bias = -6
    assert neuron.bias == 0.0


def test_the_still_picture_is_the_same_each_time_and_follows_the_theme():
    pictures = [ActivationExplorer("gelu", derivative=True).to_svg(theme) for theme in ("light", "light", "dark")]
    assert pictures[0] == pictures[1] != pictures[2]
    assert "gelu: a smooth relu that dips below 0." in pictures[0]
