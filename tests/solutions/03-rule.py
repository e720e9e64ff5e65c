# %% solution
def broadcast_shape(a, b):
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    shape = []
    for p, q in zip(a, b):
        if p != q and 1 not in (p, q):
            return None
        shape.append(q if p == 1 else p)
    return tuple(shape)

# %% solution
def broadcast_shape(a, b):
    from itertools import zip_longest
    pairs = list(zip_longest(a[::-1], b[::-1], fillvalue=1))
    if any(p != q and 1 not in (p, q) for p, q in pairs):
        return None
    return tuple(q if p == 1 else p for p, q in pairs)[::-1]

# %% wrong: for a row for a table
def broadcast_shape(a, b):
    n = max(len(a), len(b))
    a, b = a + (1,) * (n - len(a)), b + (1,) * (n - len(b))
    if any(p != q and 1 not in (p, q) for p, q in zip(a, b)):
        return None
    return tuple(max(p, q) for p, q in zip(a, b))

# %% wrong: for no numbers at all
def broadcast_shape(a, b):
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    if any(p != q and 1 not in (p, q) for p, q in zip(a, b)):
        return None
    return tuple(max(p, q) for p, q in zip(a, b))

# %% wrong: for sizes that differ
def broadcast_shape(a, b):
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    return tuple(max(p, q) for p, q in zip(a, b))

# %% wrong: it should be a tuple or None
def broadcast_shape(a, b):
    return list(max(a, b))

# %% wrong: sizes that no memory holds.* yours gives None
def broadcast_shape(a, b):
    try:
        return tuple((torch.ones(a) + torch.ones(b)).shape)
    except (RuntimeError, MemoryError):
        return None

# %% wrong: here 0 times
def broadcast_shape(a, b):
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    if any(p != q and p != 1 and q != 1 for p, q in zip(a, b)):
        return None
    return tuple(max(p, q) for p, q in zip(a, b))
