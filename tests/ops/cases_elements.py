"""Cases of operations on single elements: signs, bits, gamma, the error function, several steps at once."""

from tests.ops.cases import bools, case, fraction, given, ints, normal, positive

NAN, INF = float("nan"), float("inf")
ODD = given([0.0, -0.0, 1.5, -2.0, NAN, INF, -INF])
ODDER = given([-0.0, 1.0, NAN, -1.5, 2.0, -INF, INF])

# ---- one operand

for name, maker in {
    "sgn": normal(2, 3),
    "erf": normal(2, 3),
    "erfc": normal(2, 3),
    "erfinv": fraction(2, 3),
    "lgamma": positive(2, 3),
    "digamma": positive(2, 3),
    "sinc": normal(2, 3),
    "deg2rad": normal(2, 3),
    "rad2deg": normal(2, 3),
}.items():
    small = fraction if name == "erfinv" else positive
    rough = 2e-9 if name in ("lgamma", "digamma") else 0  # PyTorch's polygamma keeps nine digits
    case(f"{name} as function and method", lambda torch, x, n=name: [getattr(torch, n)(x), getattr(x, n)()], maker,
         rough=rough)  # fmt: skip
    case(f"{name} without dims", lambda torch, x, n=name: getattr(torch, n)(x), small(), rough=rough)
    case(f"{name} of nothing", lambda torch, x, n=name: getattr(torch, n)(x), small(0, 3))
    case(f"{name} of three dims", lambda torch, x, n=name: getattr(torch, n)(x), small(2, 1, 2), rough=rough)
    case(f"{name} of integers", lambda torch, x, n=name: getattr(torch, n)(x), ints(3, low=0, high=2))
    case(f"{name} of odd numbers", lambda torch, x, n=name: getattr(torch, n)(x), ODD, differentiable=False)
    case(f"{name}_ in place", lambda torch, x, n=name: getattr(x.clone(), f"{n}_")(), maker, rough=rough)
case("lgamma of negative numbers", lambda torch, x: torch.lgamma(x), given([-0.5, -1.3, -2.7, 20.0, 150.0]),
     kink=True, rough=2e-9)  # fmt: skip
case("lgamma at its poles", lambda torch, x: torch.lgamma(x), given([0.0, -1.0, -2.0]), differentiable=False)
case("digamma of negative numbers", lambda torch, x: torch.digamma(x), given([-0.5, -1.3, -2.7, 20.0]), kink=True,
     rough=2e-9)  # fmt: skip
case("digamma at its poles", lambda torch, x: torch.digamma(x), given([0.0, -0.0, -1.0]), differentiable=False)
for n in (0, 1, 2, 4):
    case(f"polygamma {n}", lambda torch, x, n=n: torch.polygamma(n, x), positive(2, 3), rough=2e-9)
case("polygamma -1", lambda torch, x: torch.polygamma(-1, x), positive(2))
case("polygamma of integers", lambda torch, x: torch.polygamma(1, x), ints(3, low=1))
case("erfc of large numbers", lambda torch, x: torch.erfc(x), given([0.4, 2.0, 5.0, 9.0, -5.0]))
case("erfinv at the ends", lambda torch, x: torch.erfinv(x), given([1.0, -1.0, 1.5, NAN]), differentiable=False)
case("erfinv near the ends", lambda torch, x: torch.erfinv(x), given([0.9999, -0.99999, 1e-6]), kink=True)
case("sinc at 0", lambda torch, x: torch.sinc(x), given([0.0, 0.25, 1.0]), once=True, kink=True)
for name in ["signbit", "isposinf", "isneginf", "isreal"]:
    case(name, lambda torch, x, n=name: [getattr(torch, n)(x), getattr(x, n)()], ODD, differentiable=False)
    case(f"{name} of integers", lambda torch, x, n=name: getattr(torch, n)(x), ints(3))
    case(f"{name} of a recorded tensor", lambda torch, x, n=name: getattr(torch, n)(x), normal(2, 2))
case("positive", lambda torch, x: [torch.positive(x), x.positive(), +x], normal(2, 3))
case("positive of bools", lambda torch, x: +x, bools(3))
case("is_nonzero", lambda torch, x: [torch.is_nonzero(x), x.is_nonzero()], normal(1))
case("is_nonzero of two", lambda torch, x: torch.is_nonzero(x), normal(2))
case("is_same_size", lambda torch, a, b: [a.is_same_size(b), a.is_same_size(b.T)], normal(2, 3), normal(2, 3))
case("what only complex numbers have",
     lambda torch, x: [x.conj(), torch.real(x), x.real, x.resolve_conj(), torch.is_complex(x), x.is_conj(), x.is_neg(),
                       torch.is_signed(x)],
     normal(2))  # fmt: skip

# ---- two operands

for name, (left, right) in {
    "hypot": (positive, positive),
    "ldexp": (positive, normal),
    "fmax": (normal, normal),
    "fmin": (normal, normal),
    "logaddexp2": (normal, normal),
    "copysign": (normal, normal),
    "xlogy": (positive, positive),
    "atan2": (positive, positive),
    "float_power": (positive, normal),
}.items():
    case(f"{name} of two tensors", lambda torch, a, b, n=name: [getattr(torch, n)(a, b), getattr(a, n)(b)],
         left(2, 3), right(2, 3))  # fmt: skip
    case(f"{name} stretched", lambda torch, a, b, n=name: getattr(torch, n)(a, b), left(2, 1, 2), right(3, 1))
    case(f"{name} of scalars", lambda torch, a, b, n=name: getattr(torch, n)(a, b), left(), right())
    case(f"{name} of nothing", lambda torch, a, b, n=name: getattr(torch, n)(a, b), left(0, 3), right(3))
    case(f"{name} of two integers", lambda torch, a, b, n=name: getattr(torch, n)(a, b), ints(3, low=1), ints(3, low=1))
    case(f"{name} of odd numbers", lambda torch, a, b, n=name: getattr(torch, n)(a, b), ODD, ODDER,
         differentiable=False)  # fmt: skip
    case(f"{name} of two dtypes", lambda torch, a, b, n=name: getattr(torch, n)(a, b), left(2),
         given([1.5, 2.5], "float64"), rough=1e-6)  # fmt: skip
    case(f"{name} that do not fit", lambda torch, a, b, n=name: getattr(torch, n)(a, b), left(2), right(3))
    if name != "fmax" and name != "fmin" and name != "logaddexp2":
        case(f"{name}_ in place of a copy",
             lambda torch, a, b, n=name: getattr((a.double() if n == "float_power" else a).clone(), f"{n}_")(b),
             left(2, 3), right(3))  # fmt: skip
case("copysign of a number", lambda torch, x: [torch.copysign(x, -1), x.copysign(2.5), x.copysign_(-0.0)]
     if not x.requires_grad else [torch.copysign(x, -1), x.copysign(2.5)], normal(2, 3))  # fmt: skip
case("copysign of zeros", lambda torch, x, y: torch.copysign(x, y), given([0.0, -0.0, 1.0]), normal(3), kink=True,
     once=True)  # fmt: skip
case("xlogy with numbers", lambda torch, x: [torch.xlogy(x, 2), torch.xlogy(2.5, x), x.xlogy(0.5)], positive(2, 3))
case("xlogy of zeros", lambda torch, x, y: torch.xlogy(x, y), given([0.0, 0.0, 1.0, NAN]),
     given([0.0, NAN, 0.0, 0.0]), differentiable=False)  # fmt: skip
case("float_power with numbers", lambda torch, x: [torch.float_power(x, 2), torch.float_power(2, x)], positive(2, 3))
case("fmax where equal", lambda torch, a, b: [torch.fmax(a, b), torch.fmin(a, b)], given([1.0, 2.0]),
     given([1.0, 3.0]), kink=True)  # fmt: skip
case("heaviside", lambda torch, a, b: [torch.heaviside(a, b), a.heaviside(b)], ODD, normal(7), differentiable=False)
case("heaviside of integers", lambda torch, a, b: torch.heaviside(a, b), ints(2, 3, low=-1, high=2), ints(3))
case("heaviside of two dtypes", lambda torch, a, b: torch.heaviside(a, b), normal(2), ints(2), differentiable=False)
case("nextafter", lambda torch, a, b: [torch.nextafter(a, b), a.nextafter(b)], ODD, ODDER, differentiable=False,
     exact=True)  # fmt: skip
case("nextafter of integers", lambda torch, a, b: torch.nextafter(a, b), ints(2), ints(2))
for name in ["gcd", "lcm", "bitwise_left_shift", "bitwise_right_shift"]:
    call = lambda torch, a, b, n=name: [getattr(torch, n)(a, b), getattr(a, n)(b), getattr(a.clone(), f"{n}_")(b)]  # noqa: E731
    case(name, call, ints(2, 3, low=-9, high=20), ints(3, low=0, high=9))
    case(f"{name} without dims", call, ints(low=1), ints(low=0))
    case(f"{name} of nothing", call, ints(0, 2), ints(2))
    case(f"{name} of two kinds of integers", lambda torch, a, b, n=name: getattr(torch, n)(a, b),
         ints(3, low=0, dtype="int32"), ints(3, low=0, dtype="uint8"))  # fmt: skip
    case(f"{name} of floats", lambda torch, a, b, n=name: getattr(torch, n)(a, b), normal(2), normal(2))
case("shifts too far", lambda torch, a, b: [a << b, a >> b], ints(4, dtype="int8"), given([7, 8, 9, -1], "int8"))
case("shifts by a number", lambda torch, a: [a << 2, a >> 1, 2 << a, 100 >> a, torch.bitwise_left_shift(a, 3)],
     ints(4, low=0, high=4))  # fmt: skip
for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]:
    call = lambda torch, a, b, n=name: [getattr(torch, n)(a, b), getattr(a, n)(b), getattr(a.clone(), f"{n}_")(b)]  # noqa: E731
    case(f"{name} function", call, ints(2, 3), ints(3))
    case(f"{name} of bools", call, bools(2, 3), bools(3))
    case(f"{name} with a number", lambda torch, a, n=name: [getattr(torch, n)(a, 6), getattr(torch, n)(6, a)], ints(4))
    case(f"{name} of floats", lambda torch, a, b, n=name: getattr(torch, n)(a, b), normal(2), normal(2))

# ---- three operands

for name in ["addcmul", "addcdiv"]:
    call = lambda torch, x, a, b, n=name: [getattr(torch, n)(x, a, b), getattr(x, n)(a, b, value=0.5)]  # noqa: E731
    case(name, call, normal(2, 3), normal(2, 3), positive(2, 3))
    case(f"{name} stretched", call, normal(3), normal(2, 1), positive(2, 1, 1))
    case(f"{name} of scalars", call, normal(), normal(), positive())
    case(f"{name} of nothing", call, normal(0), normal(1), positive(1))
    case(f"{name} in place", lambda torch, x, a, b, n=name: getattr(x.clone(), f"{n}_")(a, b, value=-2),
         normal(2, 3), normal(2, 3), positive(3))  # fmt: skip
    case(f"{name} of integers", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b), ints(3), ints(3),
         ints(3, low=1))  # fmt: skip
    case(f"{name} of two dtypes", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b), normal(3), ints(3),
         positive(3), differentiable=False)  # fmt: skip
    case(f"{name} that do not fit", call, normal(2), normal(3), positive(2))
