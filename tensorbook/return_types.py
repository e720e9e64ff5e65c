"""torch.return_types: what functions with several results return."""

from .ops.ordering import median_result as median
from .ops.ordering import nanmedian_result as nanmedian
from .ops.reduction import max_result as max
from .ops.reduction import min_result as min
from .ops.reduction import sort_result as sort
from .ops.reduction import topk_result as topk

__all__ = ["max", "median", "min", "nanmedian", "sort", "topk"]
