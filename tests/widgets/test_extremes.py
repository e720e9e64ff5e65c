"""What no lesson draws, given to each widget that it applies to: huge, empty, 0-d, nan, bool, hostile names."""

import json
import time
import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("anywidget")

import tensorbook as torch
from tensorbook.widgets import (
    BroadcastExplorer,
    ConvolutionExplorer,
    DeviceRace,
    GraphExplorer,
    IndexingExplorer,
    LossSurface,
    MatmulExplorer,
    OptimizerRace,
    StorageMap,
    StrideExplorer,
    TrainingDashboard,
)

IMAGE = "<img src=x onerror=alert(1)>"
DRAWN = {"svg", "g", "rect", "circle", "path", "line", "text", "tspan", "image"}
SECONDS = 5  # of the processor, for the largest


def wide() -> torch.Tensor:
    return torch.zeros(2500, 4000)


def graph_of(x: torch.Tensor, name: str = "x") -> GraphExplorer:
    x.requires_grad_()
    return GraphExplorer((x * 2).sum(), names={name: x})


def trained(size: int, make=torch.ones, metric: str = "loss") -> TrainingDashboard:
    weight = make(size).requires_grad_()

    def step(lr: float) -> dict[str, torch.Tensor]:
        weight.grad = None
        loss = (weight * weight).sum()
        loss.backward()
        with torch.no_grad():
            weight.sub_(lr * weight.grad)
        return {metric: loss}

    return TrainingDashboard(step, parameters={metric: weight}, lr=0.1).run(steps=1)


def typed(widget: IndexingExplorer | StrideExplorer) -> IndexingExplorer | StrideExplorer:
    """With a line that is refused, and shown."""
    widget._arrive(widget, {"kind": "run", "data": {"code": f"x['{IMAGE}']"}}, [])
    assert IMAGE in json.dumps(widget.picture)
    return widget


ODD = {
    "nan": torch.tensor([[float("nan"), float("inf")], [-float("inf"), 1e-38]]),
    "bool": torch.tensor([[True, False], [False, True]]),
}

EXTREMES = {
    "ten million": {
        "StrideExplorer": lambda: StrideExplorer(wide().t(), path=True),
        "StorageMap": lambda: StorageMap(x := wide(), x.t(), x[::2]),
        "BroadcastExplorer": lambda: BroadcastExplorer(wide(), torch.zeros(4000)),
        "IndexingExplorer": lambda: IndexingExplorer(wide(), index="x[::2, x[0] == 0]"),
        "MatmulExplorer": lambda: MatmulExplorer(wide(), torch.zeros(4000, 2)),
        "ConvolutionExplorer": lambda: ConvolutionExplorer(wide(), torch.ones(3, 3)),
        "GraphExplorer": lambda: graph_of(wide()),
        "TrainingDashboard": lambda: trained(10_000_000),
        "DeviceRace": lambda: DeviceRace(sizes=[10_000_000]),
    },
    "empty": {
        "StrideExplorer": lambda: StrideExplorer(torch.empty(0, 3), path=True),
        "StorageMap": lambda: StorageMap(torch.empty(0, 3), torch.empty(0)),
        "BroadcastExplorer": lambda: BroadcastExplorer(torch.empty(0, 3), torch.ones(3)),
        "IndexingExplorer": lambda: IndexingExplorer(torch.empty(0, 3)),
        "MatmulExplorer": lambda: MatmulExplorer(torch.empty(2, 0), torch.empty(0, 3)),
        "ConvolutionExplorer": lambda: ConvolutionExplorer(torch.empty(0, 3), torch.ones(1, 1), padding=1),
        "GraphExplorer": lambda: graph_of(torch.empty(0, 3)),
        "TrainingDashboard": lambda: trained(0),
    },
    "0-d": {
        "StrideExplorer": lambda: StrideExplorer(torch.tensor(2.5), path=True),
        "StorageMap": lambda: StorageMap(torch.tensor(2.5)),
        "BroadcastExplorer": lambda: BroadcastExplorer(torch.tensor(2.5), torch.tensor(1)),
        "IndexingExplorer": lambda: IndexingExplorer(torch.tensor(2.5)),
        "MatmulExplorer": lambda: MatmulExplorer(torch.tensor(2.5), torch.ones(2)),  # refused in words
        "GraphExplorer": lambda: graph_of(torch.tensor(2.5)),
        "TrainingDashboard": lambda: trained(1, lambda _: torch.tensor(1.0)),
    },
    **{
        name: {
            "StrideExplorer": lambda x=x: StrideExplorer(x.t(), path=True),
            "StorageMap": lambda x=x: StorageMap(x.clone(), x),
            "BroadcastExplorer": lambda x=x: BroadcastExplorer(x, x[0]),
            "IndexingExplorer": lambda x=x: IndexingExplorer(x, index="x[x == x]"),
            "MatmulExplorer": lambda x=x: MatmulExplorer(x, x),
            "ConvolutionExplorer": lambda x=x: ConvolutionExplorer(x, x, padding=1),
        }
        for name, x in ODD.items()
    },
    "nan within": {
        "GraphExplorer": lambda: graph_of(ODD["nan"].clone()),
        "TrainingDashboard": lambda: trained(3, lambda size: torch.full((size,), float("nan"))),
        "LossSurface": lambda: LossSurface(lambda w, b: w.sqrt() + b * b, at=(1.0, 0.0)),
    },
    "a mask in the graph": {
        "GraphExplorer": lambda: graph_of((x := torch.ones(3)).masked_fill(x > 0, 2.0)),
    },
    "hostile names": {
        "StrideExplorer": lambda: typed(StrideExplorer(torch.ones(2))),
        "IndexingExplorer": lambda: typed(IndexingExplorer(torch.ones(2))),
        "GraphExplorer": lambda: graph_of(torch.ones(2), IMAGE),
        "TrainingDashboard": lambda: trained(2, metric=IMAGE),
    },
}


@pytest.mark.parametrize(("extreme", "name"), [(extreme, name) for extreme, them in EXTREMES.items() for name in them])
def test_it_is_drawn_soundly_briefly_and_soon(extreme, name):
    start = time.process_time()
    widget = EXTREMES[extreme][name]()
    pictures = [widget.to_svg(theme) for theme in ("light", "dark")]
    assert time.process_time() - start < SECONDS
    for picture in pictures:
        root = ET.fromstring(picture)
        assert {one.tag.rpartition("}")[2] for one in root.iter()} <= DRAWN
        assert len(picture) < 1_500_000
    assert len(json.dumps(widget.picture, allow_nan=False)) < 1_000_000
    assert widget.error == ""
    assert len(repr(widget)) < 2_000 and repr(widget) == repr(widget)
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert html.count("<") == 1 and "onerror=alert" not in html.partition('src="data:')[2]


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match="expected a Python name"):
        StrideExplorer(torch.ones(2), name=IMAGE)
    with pytest.raises(ValueError, match="surface"):
        OptimizerRace(IMAGE)
