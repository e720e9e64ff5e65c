"""Layers as plain functions: everything that has no weights of its own."""

from ..ops.activation import (
    hardshrink,
    hardsigmoid,
    hardtanh,
    leaky_relu,
    prelu,
    relu,
    relu6,
    softshrink,
    threshold,
)
from ..ops.adaptive_max_pooling import adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d
from ..ops.attention import scaled_dot_product_attention
from ..ops.average_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    local_response_norm,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
)
from ..ops.bilinear import bilinear
from ..ops.classes import cross_entropy, nll_loss, one_hot
from ..ops.contraction import pdist
from ..ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from ..ops.ctc import ctc_loss
from ..ops.distance import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    pairwise_distance,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from ..ops.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from ..ops.elementary import sigmoid, tanh
from ..ops.embedding import embedding
from ..ops.embedding_bag import embedding_bag
from ..ops.gating import (
    celu,
    elu,
    gelu,
    glu,
    hardswish,
    logsigmoid,
    mish,
    selu,
    silu,
    softplus,
    softsign,
    tanhshrink,
)
from ..ops.implicit_dim import log_softmax, softmax, softmin
from ..ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from ..ops.margins import (
    gaussian_nll_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
    soft_margin_loss,
)
from ..ops.matrix import linear
from ..ops.max_pooling import max_pool1d, max_pool2d, max_pool3d
from ..ops.max_unpooling import max_unpool1d, max_unpool2d, max_unpool3d
from ..ops.multihead import multi_head_attention_forward
from ..ops.normalisation import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from ..ops.overwriting import celu_, elu_, hardtanh_, leaky_relu_, relu_, rrelu_, selu_, threshold_
from ..ops.padding import pad
from ..ops.patches import channel_shuffle, fold, pixel_shuffle, pixel_unshuffle, unfold
from ..ops.random_activation import gumbel_softmax, rrelu
from ..ops.resizing import interpolate, upsample, upsample_bilinear, upsample_nearest
from ..ops.sampling import affine_grid, grid_sample
from ..ops.similarity import cosine_similarity, normalize
from .explained import explained as _explained
from .explained import with_indices as _with_indices

for _function in (
    max_pool1d, max_pool2d, max_pool3d, adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d,
):  # fmt: skip
    globals()[f"{_function.__name__}_with_indices"] = _with_indices(_function)
for _name, _function in list(globals().items()):
    if callable(_function) and not _name.startswith("_"):
        globals()[_name] = _explained(_function)
