# %% solution
def centred(a):
    t = torch.from_numpy(a)
    return t - t.mean()

# %% solution
def centred(a):
    t = torch.tensor(a)
    t -= t.mean()
    return t

# %% wrong: the caller's array has changed
def centred(a):
    return centred_wrong(a)

# %% wrong: the caller's array has changed
def centred(a):
    t = torch.as_tensor(a)
    t.sub_(t.mean())
    return t.clone()

# %% wrong: it is a NumPy array
def centred(a):
    return a - a.mean()

# %% wrong: the dtype of .* should be torch.float32
def centred(a):
    t = torch.from_numpy(a).double()
    return t - t.mean()

# %% wrong: takes the median away
def centred(a):
    t = torch.from_numpy(a)
    return t - t.median()
