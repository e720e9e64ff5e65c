# %% solution
def nearest(points):
    gaps = ((points[:, None] - points[None]) ** 2).sum(dim=2)
    gaps[range(len(points)), range(len(points))] = float("inf")
    return gaps.argmin(dim=1)

# %% solution
def nearest(points):
    gaps = ((points[:, None] - points) ** 2).sum(-1).sqrt()
    return gaps.topk(2, dim=1, largest=False).indices[:, 1]

# %% wrong: its own nearest
def nearest(points):
    return ((points[:, None] - points[None]) ** 2).sum(dim=2).argmin(dim=1)

# %% wrong: these are the farthest
def nearest(points):
    return ((points[:, None] - points[None]) ** 2).sum(dim=2).argmax(dim=1)

# %% wrong: the positions are asked for
def nearest(points):
    gaps = ((points[:, None] - points[None]) ** 2).sum(dim=2)
    gaps[range(len(points)), range(len(points))] = float("inf")
    return gaps.min(dim=1).values

# %% wrong: square them before you add
def nearest(points):
    gaps = (points[:, None] - points[None]).sum(dim=2).abs()
    gaps[range(len(points)), range(len(points))] = float("inf")
    return gaps.argmin(dim=1)

# %% wrong: the way along streets
def nearest(points):
    gaps = (points[:, None] - points[None]).abs().sum(dim=2)
    return (gaps + 1e9 * torch.eye(len(points))).argmin(dim=1)

# %% wrong: a pair of .values and .indices
def nearest(points):
    gaps = ((points[:, None] - points[None]) ** 2).sum(dim=2)
    return (gaps + 1e9 * torch.eye(len(points))).min(dim=1)
