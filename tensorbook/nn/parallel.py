"""`nn.DataParallel`, which PyTorch uses to share a batch among GPUs."""

from __future__ import annotations

from collections.abc import Sequence

from .. import devices
from ..ops.conversion import to
from ..tensor import Tensor
from .modules.module import Module


class DataParallel(Module):
    """A module whose batches would be shared among GPUs; on a machine with at most one it only calls the module.

    Args:
        module: what to call. Its names begin with `module.` in the state_dict.
        device_ids: numbers of the GPUs; all of them by default.
        output_device: where the output would be collected.
        dim: the dimension that holds the batch.

    More than one GPU is not supported: NotImplementedError.

    >>> import tensorbook as torch
    >>> model = torch.nn.DataParallel(torch.nn.Linear(3, 2))
    >>> list(model.state_dict()), model(torch.ones(4, 3)).shape
    (['module.weight', 'module.bias'], torch.Size([4, 2]))
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int] | None = None,
        output_device: int | None = None,
        dim: int = 0,
    ):
        super().__init__()
        here = range(devices.gpu_count())
        self.device_ids = list(here if device_ids is None else device_ids) if here else []
        if len(self.device_ids) > 1:
            raise NotImplementedError(
                f"nn.DataParallel: tensorbook does not share a batch among several GPUs (these are {self.device_ids}). "
                "Pass device_ids=[0], or leave DataParallel out."
            )
        self.module, self.output_device, self.dim = module, output_device, dim

    def forward(self, *inputs: object, **kwargs: object) -> object:
        if self.device_ids:
            place = devices.device("cuda", self.device_ids[0])
            inputs = tuple(to(x, place) if isinstance(x, Tensor) else x for x in inputs)
        return self.module(*inputs, **kwargs)
