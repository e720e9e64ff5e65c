"""Pictures of tensors, of the autograd graph and of training that one can touch, for JupyterLab.

They read only the public attributes that tensorbook shares with PyTorch, so they take `torch.Tensor`s as well.
Nothing is imported before the first name is asked for: anywidget, which they need, is in the extra `notebooks`.
"""

from importlib import import_module

_HOME = {
    "ActivationExplorer": "activation_explorer",
    "BroadcastExplorer": "broadcast_explorer",
    "ConvolutionExplorer": "convolution_explorer",
    "DeviceRace": "device_race",
    "GraphExplorer": "graph_explorer",
    "IndexingExplorer": "indexing_explorer",
    "LossSurface": "loss_surface",
    "MatmulExplorer": "matmul_explorer",
    "OptimizerRace": "optimizer_race",
    "Playground": "playground",
    "StorageMap": "storage_map",
    "StrideExplorer": "stride_explorer",
    "TrainingDashboard": "training_dashboard",
}

__all__ = [
    "ActivationExplorer",
    "BroadcastExplorer",
    "ConvolutionExplorer",
    "DeviceRace",
    "GraphExplorer",
    "IndexingExplorer",
    "LossSurface",
    "MatmulExplorer",
    "OptimizerRace",
    "Playground",
    "StorageMap",
    "StrideExplorer",
    "TrainingDashboard",
]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    try:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as missing:
        if missing.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise ModuleNotFoundError(
            f"{name} needs {missing.name}, which is not installed. Install the extra that holds it: "
            'pip install "tensorbook[notebooks]"',
            name=missing.name,
        ) from None


def __dir__() -> list[str]:
    return __all__
