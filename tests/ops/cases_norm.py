"""Normalisations and embeddings: the functions of `nn.functional`, in their uses that differ."""

from typing import Any

from tests.ops.cases import case, given, ints, normal, positive


def F(torch: Any) -> Any:
    return torch.nn.functional


SHAPES = [(6, 3), (2, 3, 4), (2, 3, 3, 5), (2, 3, 2, 2, 5)]

for shape in SHAPES:
    dims = len(shape)
    case(f"batch_norm by the batch {dims}d", lambda torch, x, w, b: F(torch).batch_norm(x, None, None, w, b, True),
         normal(*shape), normal(3), normal(3))  # fmt: skip
    case(f"batch_norm by the batch alone {dims}d",
         lambda torch, x: F(torch).batch_norm(x, None, None, training=True, eps=0.1), normal(*shape))  # fmt: skip
    case(f"batch_norm by what is known {dims}d",
         lambda torch, x, w, b: F(torch).batch_norm(x, torch.arange(3).to(x.dtype).to(x.device),
                                                    (torch.arange(3) + 0.5).to(x.dtype).to(x.device), w, b),
         normal(*shape), normal(3), normal(3))  # fmt: skip
    case(f"group_norm {dims}d", lambda torch, x, w, b: F(torch).group_norm(x, 1, w, b), normal(*shape), normal(3),
         normal(3))  # fmt: skip
    if dims > 2:
        case(f"instance_norm {dims}d", lambda torch, x, w, b: F(torch).instance_norm(x, None, None, w, b),
             normal(*shape), normal(3), normal(3))  # fmt: skip
        case(f"instance_norm alone {dims}d", lambda torch, x: F(torch).instance_norm(x), normal(*shape))
    for count in (1, 2):
        last = shape[-count:]
        case(f"layer_norm {dims}d over {count}", lambda torch, x, w, b: F(torch).layer_norm(x, w.shape, w, b),
             normal(*shape), normal(*last), normal(*last))  # fmt: skip
        case(f"layer_norm alone {dims}d over {count}",
             lambda torch, x, n=count: F(torch).layer_norm(x, x.shape[-n:], eps=0.1), normal(*shape))  # fmt: skip
        case(f"rms_norm {dims}d over {count}", lambda torch, x, w: F(torch).rms_norm(x, w.shape, w),
             normal(*shape), normal(*last))  # fmt: skip
        case(f"rms_norm alone {dims}d over {count}",
             lambda torch, x, n=count: F(torch).rms_norm(x, x.shape[-n:], eps=0.1), normal(*shape))  # fmt: skip
case("layer_norm of all", lambda torch, x: F(torch).layer_norm(x, x.shape), normal(2, 3, 2))
case("layer_norm weight only", lambda torch, x, w: F(torch).layer_norm(x, (3,), w), normal(2, 3), normal(3))
case("layer_norm of one", lambda torch, x: F(torch).layer_norm(x, (1,)), normal(3, 1), kink=True)
case("layer_norm of nothing", lambda torch, x, w: F(torch).layer_norm(x, (3,), w), normal(0, 3), normal(3), kink=True)
case("rms_norm of nothing", lambda torch, x, w: F(torch).rms_norm(x, (3,), w), normal(0, 3), normal(3), kink=True)
for groups in (2, 4):
    case(f"group_norm in {groups}", lambda torch, x, w, b, g=groups: F(torch).group_norm(x, g, w, b),
         normal(2, 4, 3), normal(4), normal(4))  # fmt: skip
    case(f"group_norm in {groups} alone", lambda torch, x, g=groups: F(torch).group_norm(x, g), normal(2, 8, 3))
case("batch_norm weight only", lambda torch, x, w: F(torch).batch_norm(x, None, None, w, None, True),
     normal(4, 3), normal(3))  # fmt: skip
for name, dtype in (("float16", "float16"), ("float64", "float64")):
    for function in ("batch_norm", "layer_norm", "group_norm", "rms_norm"):
        args = {"batch_norm": (None, None, None, None, True), "group_norm": (2,)}.get(function, ((4,),))
        case(f"{function} of {name}", lambda torch, x, f=function, a=args: getattr(F(torch), f)(x, *a),
             normal(3, 4, dtype=dtype), differentiable=name == "float64")  # fmt: skip


def tracked(function: str, *args: Any, **kwargs: Any) -> Any:
    """The output and what the running averages have become."""

    def call(torch: Any, x: Any, mean: Any, var: Any) -> Any:
        mean, var = mean.detach().clone(), var.detach().clone()
        out = getattr(F(torch), function)(x, mean, var, *args, **kwargs)
        return out, mean, var, mean._version

    return call


for momentum in (0.1, 0.7, 0.0):
    case(f"batch_norm keeps averages {momentum}", tracked("batch_norm", training=True, momentum=momentum),
         normal(3, 3, 5), normal(3), positive(3), kink=True)  # fmt: skip
    case(f"instance_norm keeps averages {momentum}", tracked("instance_norm", momentum=momentum),
         normal(3, 3, 5), normal(3), positive(3), kink=True)  # fmt: skip
case("batch_norm uses averages", tracked("batch_norm"), normal(3, 3, 5), normal(3), positive(3), kink=True)
case("instance_norm uses averages", tracked("instance_norm", use_input_stats=False),
     normal(3, 3, 5), normal(3), positive(3), kink=True)  # fmt: skip

# Refusals

for told, call in {
    "batch_norm of nothing known": lambda torch, x: F(torch).batch_norm(x, None, None),
    "batch_norm sizes of the mean": lambda torch, x: F(torch).batch_norm(x, torch.zeros(4), torch.zeros(4)),
    "batch_norm sizes of the variance": lambda torch, x: F(torch).batch_norm(x, torch.zeros(3), torch.zeros(4)),
    "batch_norm sizes of the weight": lambda torch, x: F(torch).batch_norm(x, None, None, torch.ones(2), None, True),
    "batch_norm sizes of the bias": lambda torch, x: F(torch).batch_norm(x, None, None, None, torch.ones(2), True),
    "batch_norm of one value": lambda torch, x: F(torch).batch_norm(x[:1, :, 0], None, None, training=True),
    "batch_norm mean only": lambda torch, x: F(torch).batch_norm(x, torch.zeros(3), None, training=True),
    "batch_norm of integers": lambda torch, x: F(torch).batch_norm(x.long().contiguous(), None, None, training=True),
    "batch_norm of one dimension": lambda torch, x: F(torch).batch_norm(x[0, 0], torch.zeros(3), torch.ones(3)),
    "batch_norm of mixed dtypes": lambda torch, x: F(torch).batch_norm(x.double(), torch.zeros(3), torch.ones(3)),
    "batch_norm of mixed dtypes 2": lambda torch, x: F(torch).batch_norm(
        x, torch.zeros(3).double(), torch.ones(3).double()),
    "batch_norm learned averages": lambda torch, x: F(torch).batch_norm(
        x, torch.zeros(3, requires_grad=True), torch.ones(3), training=True),
    "layer_norm of another shape": lambda torch, x: F(torch).layer_norm(x, (3,)),
    "layer_norm of two other lengths": lambda torch, x: F(torch).layer_norm(x, (5, 4)),
    "layer_norm of no dims": lambda torch, x: F(torch).layer_norm(x, ()),
    "layer_norm of a number": lambda torch, x: F(torch).layer_norm(x, 4),
    "layer_norm sizes of the weight": lambda torch, x: F(torch).layer_norm(x, (4,), torch.ones(3)),
    "layer_norm sizes of the bias": lambda torch, x: F(torch).layer_norm(x, (4,), None, torch.ones(3)),
    "layer_norm of integers": lambda torch, x: F(torch).layer_norm(x.long(), (4,)),
    "layer_norm of mixed dtypes": lambda torch, x: F(torch).layer_norm(x.double(), (4,), torch.ones(4)),
    "group_norm in odd groups": lambda torch, x: F(torch).group_norm(x, 2),
    "group_norm in no groups": lambda torch, x: F(torch).group_norm(x, 0),
    "group_norm of one dimension": lambda torch, x: F(torch).group_norm(x[0, 0], 2),
    "group_norm of one value": lambda torch, x: F(torch).group_norm(x[:1, :, 0], 3),
    "group_norm sizes of the weight": lambda torch, x: F(torch).group_norm(x, 3, torch.ones(2)),
    "group_norm of integers": lambda torch, x: F(torch).group_norm(x.long(), 3),
    "instance_norm of one place": lambda torch, x: F(torch).instance_norm(x[..., :1]),
    "instance_norm of two dimensions": lambda torch, x: F(torch).instance_norm(x[0]),
    "instance_norm of nothing known": lambda torch, x: F(torch).instance_norm(x, use_input_stats=False),
    "instance_norm sizes of the weight": lambda torch, x: F(torch).instance_norm(x, weight=torch.ones(2)),
    "rms_norm of another shape": lambda torch, x: F(torch).rms_norm(x, (3,)),
    "rms_norm sizes of the weight": lambda torch, x: F(torch).rms_norm(x, (4,), torch.ones(3)),
    "rms_norm of integers": lambda torch, x: F(torch).rms_norm(x.long(), (4,)),
}.items():  # fmt: skip
    case(told, call, normal(2, 3, 4), differentiable=False)

# Embeddings

INDEX = given([[0, 2, 1], [2, 2, 3]], "int64")


def embed(**kwargs: Any) -> Any:
    return lambda torch, w, i: F(torch).embedding(i, w, **kwargs)


case("embedding", embed(), normal(4, 3), INDEX)
case("embedding of int32", embed(), normal(4, 3), ints(2, 2, 2, low=0, high=4, dtype="int32"))
case("embedding of one", embed(), normal(4, 3), given(2, "int64"))
case("embedding of none", embed(), normal(4, 3), ints(0, 2), kink=True)
case("embedding with padding", embed(padding_idx=2), normal(4, 3), INDEX, kink=True)
case("embedding with padding from the end", embed(padding_idx=-1), normal(4, 3), INDEX, kink=True)
case("embedding by frequency", embed(scale_grad_by_freq=True), normal(4, 3), INDEX, kink=True)
case(
    "embedding by frequency with padding", embed(scale_grad_by_freq=True, padding_idx=2), normal(4, 3), INDEX, kink=True
)
case("embedding of integers", embed(), ints(4, 3), INDEX)
case("embedding beyond the last", embed(), normal(2, 3), INDEX)
case("embedding below the first", embed(), normal(2, 3), given([-1], "int64"))
case("embedding of floats", embed(), normal(2, 3), given([1.0]), differentiable=False)
case("embedding of bytes", embed(), normal(2, 3), ints(2, low=0, high=2, dtype="uint8"))
case("embedding in a vector", embed(), normal(3), INDEX)
case("embedding padding beyond", embed(padding_idx=9), normal(3, 2), INDEX)
for p in (2.0, 1.0, float("inf"), 3.0):
    case(
        f"embedding limited {p}",
        lambda torch, w, i, p=p: [
            F(torch).embedding(i, v, max_norm=1.0, norm_type=p) + v.sum() + v._version for v in [w.detach().clone()]
        ],
        normal(4, 3),
        INDEX,
        differentiable=False,
    )
