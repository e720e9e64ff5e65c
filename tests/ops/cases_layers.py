"""Attention, products of three, losses with margins: operations of layers, with their second derivatives."""

from typing import Any

import numpy as np

from tests.ops.cases import bools, case, given, normal, positive


def F(torch: Any) -> Any:
    return torch.nn.functional


case("bilinear", lambda torch, a, b, w, c: F(torch).bilinear(a, b, w, c), normal(4, 2), normal(4, 3), normal(5, 2, 3),
     normal(5))  # fmt: skip
case("bilinear of batches", lambda torch, a, b, w: F(torch).bilinear(a, b, w), normal(2, 3, 2), normal(2, 3, 3),
     normal(4, 2, 3))  # fmt: skip
case("bilinear sizes", lambda torch, a, b, w: F(torch).bilinear(a, b, w), normal(4, 2), normal(4, 2), normal(5, 2, 3))
case("bilinear batches", lambda torch, a, b, w: F(torch).bilinear(a, b, w), normal(4, 2), normal(3, 3), normal(5, 2, 3))

# Attention. PyTorch's fused form has no second derivative: what is recorded of it is asked for once.

HEADS = (2, 2, 3, 4)


def attend(**options: Any) -> Any:
    return lambda torch, q, k, v, *mask: F(torch).scaled_dot_product_attention(q, k, v, *mask, **options)


def first_slopes(call: Any) -> Any:
    def run(torch: Any, *tensors: Any) -> Any:
        out = call(torch, *tensors)
        wanted = [t for t in tensors if t.requires_grad]
        found = torch.autograd.grad(out, wanted, torch.ones_like(out) * torch.arange(4).to(out))
        return out.detach(), type(out.grad_fn).__name__, *found

    return run


for told, options in {"plain": {}, "causal": {"is_causal": True}, "scaled": {"scale": 0.3}}.items():
    case(
        f"attention {told}", first_slopes(attend(**options)), normal(*HEADS), normal(*HEADS), normal(*HEADS), kink=True
    )
    case(f"attention of three dims {told}", attend(**options), normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4))
case(
    "attention of two lengths",
    first_slopes(attend()),
    normal(*HEADS),
    normal(2, 2, 5, 4),
    normal(2, 2, 5, 4),
    kink=True,
)
case("attention where allowed", first_slopes(attend()), normal(*HEADS), normal(*HEADS), normal(*HEADS),
     given([[True, False, False], [True, True, False], [False, True, True]], "bool"), kink=True)  # fmt: skip
case("attention with a learned mask", attend(), normal(*HEADS), normal(*HEADS), normal(*HEADS), normal(3, 3))
case("attention of nobody", attend(), normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4),
     given([[True, False, True], [False, False, False], [False, True, True]], "bool"))  # fmt: skip
case("attention with shared heads", lambda torch, q, k, v: F(torch).scaled_dot_product_attention(
        q, k, v, dropout_p=0.0, enable_gqa=True).detach(), normal(2, 4, 3, 4), normal(2, 2, 3, 4), normal(2, 2, 3, 4),
     differentiable=False)  # fmt: skip
case("attention masked twice", attend(is_causal=True), normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4), bools(3, 3))
case(
    "attention of two dtypes", lambda torch, q: F(torch).scaled_dot_product_attention(q, q.double(), q), normal(2, 3, 4)
)
case("attention of vectors", attend(), normal(4), normal(4), normal(4))

# Losses

SIGNS = given(np.array([[1, -1, 1], [-1, 1, 1]]), "float32")
for how in ("mean", "sum", "none"):
    case(f"cosine_embedding_loss {how}", lambda torch, a, b, y, r=how: F(torch).cosine_embedding_loss(
            a, b, y, margin=0.1, reduction=r), normal(3, 4), normal(3, 4), given([1, -1, 1]), kink=True)  # fmt: skip
    case(f"margin_ranking_loss {how}", lambda torch, a, b, y, r=how: F(torch).margin_ranking_loss(
            a, b, y.detach(), 0.3, reduction=r), normal(2, 3), normal(2, 3), SIGNS, kink=True)  # fmt: skip
    case(f"hinge_embedding_loss {how}", lambda torch, a, y, r=how: F(torch).hinge_embedding_loss(
            a, y.detach(), 0.3, reduction=r), normal(2, 3), SIGNS, kink=True)  # fmt: skip
    case(f"soft_margin_loss {how}", lambda torch, a, y, r=how: F(torch).soft_margin_loss(a, y.detach(), reduction=r),
         normal(2, 3), SIGNS, kink=True)  # fmt: skip
    case(f"triplet_margin_loss {how}", lambda torch, a, p, n, r=how: F(torch).triplet_margin_loss(
            a, p, n, 5.0, reduction=r), normal(3, 4), normal(3, 4), normal(3, 4))  # fmt: skip
    case(f"gaussian_nll_loss {how}", lambda torch, a, y, v, r=how: F(torch).gaussian_nll_loss(a, y, v, reduction=r),
         normal(3, 4), normal(3, 4), positive(3, 4), kink=True)  # fmt: skip
    case(f"poisson_nll_loss {how}", lambda torch, a, y, r=how: F(torch).poisson_nll_loss(a, y, reduction=r),
         normal(3, 4), positive(3, 4))  # fmt: skip
    case(f"multilabel_soft_margin_loss {how}", lambda torch, a, y, r=how: F(torch).multilabel_soft_margin_loss(
            a, y, reduction=r), normal(3, 4), positive(3, 4))  # fmt: skip
for p in (1.0, 2.0, 3.0, float("inf")):
    case(
        f"pairwise_distance {p}",
        lambda torch, a, b, p=p: F(torch).pairwise_distance(a, b, p),
        normal(3, 4),
        normal(3, 4),
    )

for told, call in {
    "multi_margin_loss p": lambda torch, x: F(torch).multi_margin_loss(x, torch.tensor([0, 1]), p=3),
    "multi_margin_loss weight dims": lambda torch, x: F(torch).multi_margin_loss(x, torch.tensor([0, 1]), weight=x),
    "multi_margin_loss weight size": lambda torch, x: F(torch).multi_margin_loss(
        x, torch.tensor([0, 1]), weight=x[:, 0]),
    "multi_margin_loss target size": lambda torch, x: F(torch).multi_margin_loss(x, torch.tensor([0, 1, 2])),
    "multi_margin_loss target beyond": lambda torch, x: F(torch).multi_margin_loss(x, torch.tensor([0, 5])),
    "multi_margin_loss target dtype": lambda torch, x: F(torch).multi_margin_loss(x, torch.tensor([0.0, 1.0])),
    "multilabel_margin_loss size": lambda torch, x: F(torch).multilabel_margin_loss(x, torch.tensor([0, 1])),
    "multilabel_soft_margin_loss how": lambda torch, x: F(torch).multilabel_soft_margin_loss(x, x, reduction="bad"),
    "soft_margin_loss sizes": lambda torch, x: F(torch).soft_margin_loss(x, x[:, :2]),
    "soft_margin_loss how": lambda torch, x: F(torch).soft_margin_loss(x, x, reduction="bad"),
    "triplet_margin_loss dims": lambda torch, x: F(torch).triplet_margin_loss(x, x[0], x),
    "triplet_margin_loss margin": lambda torch, x: F(torch).triplet_margin_loss(x, x, x, margin=-1),
    "triplet_margin_with_distance_loss how": lambda torch, x: F(torch).triplet_margin_with_distance_loss(
        x, x, x, reduction="bad"),
    "cosine_embedding_loss target": lambda torch, x: F(torch).cosine_embedding_loss(x, x, x),
    "cosine_embedding_loss dims": lambda torch, x: F(torch).cosine_embedding_loss(x[None], x[None], x[0]),
    "cosine_embedding_loss sizes": lambda torch, x: F(torch).cosine_embedding_loss(x, x[:, :2], x[:, 0]),
    "margin_ranking_loss dims": lambda torch, x: F(torch).margin_ranking_loss(x, x, x[0]),
    "gaussian_nll_loss negative": lambda torch, x: F(torch).gaussian_nll_loss(x, x, -x * x),
    "gaussian_nll_loss size": lambda torch, x: F(torch).gaussian_nll_loss(x, x, torch.ones(4)),
    "gaussian_nll_loss how": lambda torch, x: F(torch).gaussian_nll_loss(x, x, 2.0, reduction="bad"),
    "poisson_nll_loss how": lambda torch, x: F(torch).poisson_nll_loss(x, x, reduction="bad"),
}.items():  # fmt: skip
    case(told, call, normal(2, 3), differentiable=False)
