"""torch.return_types: what functions with several results return."""

from .ops.decompositions import eigh_result as linalg_eigh
from .ops.decompositions import qr_result as linalg_qr
from .ops.decompositions import svd_result as linalg_svd
from .ops.ordering import median_result as median
from .ops.ordering import nanmedian_result as nanmedian
from .ops.reduction import max_result as max
from .ops.reduction import min_result as min
from .ops.reduction import sort_result as sort
from .ops.reduction import topk_result as topk

__all__ = ["linalg_eigh", "linalg_qr", "linalg_svd", "max", "median", "min", "nanmedian", "sort", "topk"]
