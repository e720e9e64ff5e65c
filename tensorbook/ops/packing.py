"""Taking out the elements that count, and putting them back among zeros."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor
from .define import op


def _put_back(values: np.ndarray, mask: Tensor, shape: tuple[int, ...]) -> np.ndarray:
    whole = np.zeros_like(values, shape=shape)
    whole[mask._array] = values
    return whole


pack = op("_pack_padded_sequence(self; mask)", "self[mask._array]", "PackPaddedSequenceBackward0",
          self="put_back(grad, mask, self.shape)",
          doc="The steps of self (steps, batch, …) at which mask (steps, batch) is True.")  # fmt: skip
put_back = op("_pack_padded_sequence_backward(self; mask, shape)", "_put_back(self, mask, shape)",
              "PackPaddedSequenceBackwardBackward0", self="pack(grad, mask)",
              doc="The other way round.")  # fmt: skip
