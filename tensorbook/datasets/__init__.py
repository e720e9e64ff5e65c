"""Data to learn from, as tensors.

    train, test = datasets.digits().split()
    loader = torch.utils.data.DataLoader(train, batch_size=32, shuffle=True)

`digits`, `iris`, `wine`, `breast_cancer` and `diabetes` come with scikit-learn and need no network. `two_moons`,
`circles`, `spirals`, `xor` and `gauss` are made from a seed. `MNIST` and `FashionMNIST` are fetched when asked for.
"""

from .bundled import breast_cancer, diabetes, digits, iris, wine
from .labelled import LabelledDataset
from .mnist import MNIST, FashionMNIST
from .points import circles, gauss, spirals, two_moons, xor

__all__ = [
    "MNIST",
    "FashionMNIST",
    "LabelledDataset",
    "breast_cancer",
    "circles",
    "diabetes",
    "digits",
    "gauss",
    "iris",
    "spirals",
    "two_moons",
    "wine",
    "xor",
]
