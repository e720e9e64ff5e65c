"""The playground's data sets: `n` points in the square from -3 to 3, and what is to be said of each.

Their source becomes part of the program that `Playground.code` gives. So each stands by itself, and says nothing that
PyTorch does not understand too: `torch` is either library.
"""

import math

import tensorbook as torch


def circle(n, noise, generator):
    """A disc of one class, a ring of the other around it."""
    target = torch.arange(n) % 2
    radius = torch.where(target == 1, 1.2, 0.8) * torch.rand(n, generator=generator) + 1.8 * (1 - target)
    angle = 2 * math.pi * torch.rand(n, generator=generator)
    points = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
    return points + noise * torch.randn(n, 2, generator=generator), target.float()


def xor(n, noise, generator):
    """One class where both coordinates have the same sign."""
    points = 5 * torch.rand(n, 2, generator=generator) - 2.5
    points = points + 0.25 * torch.sign(points)
    target = (points[:, 0] * points[:, 1] > 0).float()
    return points + noise * torch.randn(n, 2, generator=generator), target


def gauss(n, noise, generator):
    """Two clouds."""
    target = torch.arange(n) % 2
    points = (2.0 * target - 1).unsqueeze(1) * 1.4 + (0.4 + noise) * torch.randn(n, 2, generator=generator)
    return points, target.float()


def spiral(n, noise, generator):
    """Two spirals, one within the other."""
    target, along = torch.arange(n) % 2, (torch.arange(n) // 2 + 1) / (n // 2 + 1)
    angle = 3.5 * math.pi * along + math.pi * target
    points = 2.8 * torch.stack([along * torch.sin(angle), along * torch.cos(angle)], dim=1)
    return points + noise / 2 * torch.randn(n, 2, generator=generator), target.float()


def plane(n, noise, generator):
    """A value that grows along the diagonal."""
    points = 6 * torch.rand(n, 2, generator=generator) - 3
    return points, points.sum(1) / 6 + noise / 3 * torch.randn(n, generator=generator)


def bumps(n, noise, generator):
    """Values that rise to 1 at two places, and fall to -1 at two others."""
    points = 6 * torch.rand(n, 2, generator=generator) - 3
    value = torch.zeros(n)
    for x1, x2, height in [(-1.5, 1.5, 1), (1.5, -1.5, 1), (1.5, 1.5, -1), (-1.5, -1.5, -1)]:
        value = value + height * torch.exp(-(points - torch.tensor([x1, x2])).square().sum(1))
    return points, value + noise / 3 * torch.randn(n, generator=generator)
