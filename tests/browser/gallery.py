"""Each widget in a setting that shows much of it at once, as cells for a notebook: for pictures and for checks."""

STRIDES = """\
import tensorbook as torch
from tensorbook.widgets import StrideExplorer
x = torch.arange(12).view(3, 4)
StrideExplorer(x)"""

GRAPH = """\
import tensorbook as torch
from tensorbook.widgets import GraphExplorer
torch.manual_seed(0)
x, y = torch.randn(20, 1), torch.randn(20, 1)
w = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.1], requires_grad=True)
loss = ((x * w + b - y) ** 2).sum()
GraphExplorer(loss)"""

DASHBOARD = """\
import tensorbook as torch
from tensorbook.widgets import TrainingDashboard
nn, data = torch.nn, torch.utils.data
torch.manual_seed(0)
x, x_test = torch.randn(160, 2), torch.randn(80, 2)
y, y_test = (x[:, 0] * x[:, 1] > 0).long(), (x_test[:, 0] * x_test[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
dashboard = TrainingDashboard(
    model,
    loss=nn.CrossEntropyLoss(),
    optimizer=torch.optim.Adam(model.parameters(), lr=0.03),
    loader=data.DataLoader(data.TensorDataset(x, y), batch_size=20, shuffle=True),
    test=(x_test, y_test),
)
dashboard.run(steps=60)"""

BROADCAST = """\
import tensorbook as torch
from tensorbook.widgets import BroadcastExplorer
a, b = torch.tensor([[0.0], [10.0], [20.0]]), torch.arange(4)
BroadcastExplorer(a, b)"""

INDEXING = """\
import tensorbook as torch
from tensorbook.widgets import IndexingExplorer
x = torch.arange(24).view(4, 6)
IndexingExplorer(x, index="x[1:, ::2]")"""

STORAGE = """\
import tensorbook as torch
from tensorbook.widgets import StorageMap
x = torch.arange(12)
grid = x.view(3, 4)
column = grid[:, 1]
copy = column.clone()
StorageMap(x, grid, column, copy)"""

CONVOLUTION = """\
import tensorbook as torch
from tensorbook.widgets import ConvolutionExplorer
torch.manual_seed(0)
image = torch.randint(0, 10, (6, 6))
edges = torch.tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
ConvolutionExplorer(image, edges, padding=1)"""

MATMUL = """\
import tensorbook as torch
from tensorbook.widgets import MatmulExplorer
torch.manual_seed(0)
a, b = torch.randint(-3, 4, (3, 4)), torch.randint(-3, 4, (4, 5))
MatmulExplorer(a, b)"""

ACTIVATION = """\
from tensorbook.widgets import ActivationExplorer
ActivationExplorer("tanh", weight=1.5, bias=-0.5, x=0.8, compare=["relu", "gelu"], derivative=True)"""

DEVICES = """\
from tensorbook.widgets import DeviceRace
race = DeviceRace(sizes=[10, 100, 1_000, 10_000, 100_000], seconds=0.01)
race.run()"""

OPTIMIZERS = """\
from tensorbook.widgets import OptimizerRace
OptimizerRace("valley")"""

LOSS = """\
from tensorbook.widgets import LossSurface
LossSurface()"""

PLAYGROUND = """\
from tensorbook.widgets import Playground
Playground(data="spiral", features=["x1", "x2", "sin(x1)"], layers=[6, 4], optimizer="Adam", lr=0.03).run(30)"""

WIDGETS = {
    "loss_surface": LOSS,
    "optimizer_race": OPTIMIZERS,
    "playground": PLAYGROUND,
    "device_race": DEVICES,
    "activation_explorer": ACTIVATION,
    "matmul_explorer": MATMUL,
    "convolution_explorer": CONVOLUTION,
    "storage_map": STORAGE,
    "indexing_explorer": INDEXING,
    "broadcast_explorer": BROADCAST,
    "stride_explorer": STRIDES,
    "graph_explorer": GRAPH,
    "training_dashboard": DASHBOARD,
}
