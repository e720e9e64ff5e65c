"""The small tables that scikit-learn brings along: no network is needed."""

from __future__ import annotations

import numpy as np

from ..ops.creation import tensor
from .labelled import LabelledDataset


def digits(as_images: bool = False) -> LabelledDataset:
    """1797 handwritten digits of 8 × 8 pixels with values from 0 to 16; 10 classes.

    The data have the shape (1797, 64), or with `as_images` (1797, 1, 8, 8), as a convolution wants them.

    >>> digits()
    digits: 1797 samples of 64 features, 10 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    """
    found = _bundled("digits")
    if not as_images:
        return found
    images = found.data.view(-1, 1, 8, 8)
    return LabelledDataset(
        images, found.targets, class_names=found.class_names, name="digits", description=found.description
    )


def iris() -> LabelledDataset:
    """150 flowers, 4 lengths in cm each; 3 kinds of iris (Fisher, 1936).

    >>> iris().feature_names[2], iris()[0]
    ('petal length (cm)', (tensor([5.1000, 3.5000, 1.4000, 0.2000]), tensor(0)))
    """
    return _bundled("iris")


def wine() -> LabelledDataset:
    """178 wines, 13 measurements each; 3 growers.

    >>> wine().data.shape
    torch.Size([178, 13])
    """
    return _bundled("wine")


def breast_cancer() -> LabelledDataset:
    """569 tumours, 30 measurements of cell nuclei each; malignant (0) or benign (1).

    >>> breast_cancer().class_names
    ('malignant', 'benign')
    """
    return _bundled("breast_cancer")


def diabetes() -> LabelledDataset:
    """442 patients, 10 standardised measurements each; the target is how far the disease went on in a year.

    The targets are float32 of shape (442,). A model that gives (n, 1) must be squeezed before it meets them.

    >>> diabetes()
    diabetes: 442 samples of 10 features, targets from 25 to 346
    """
    return _bundled("diabetes")


def _bundled(name: str) -> LabelledDataset:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            f"the dataset {name} comes with scikit-learn, which is not installed: pip install 'tensorbook[notebooks]'"
        ) from error
    found = getattr(datasets, f"load_{name}")()
    classes = [str(c) for c in found.target_names] if "target_names" in found else []
    return LabelledDataset(
        tensor(found.data.astype(np.float32)),
        tensor(found.target.astype(np.int64 if classes else np.float32)),
        [str(feature) for feature in found.feature_names],
        classes,
        name=name,
        description=found.DESCR,
    )
