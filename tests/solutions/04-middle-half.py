# %% solution
def middle_half(t):
    low, high = np.percentile(t.detach().numpy(), [25, 75])
    return t[(t >= low) & (t <= high)]

# %% solution
def middle_half(t):
    a = t.detach().numpy()
    mask = (a >= np.percentile(a, 25)) & (a <= np.percentile(a, 75))
    return t[torch.from_numpy(mask)]

# %% wrong: come back without their tape
def middle_half(t):
    a = t.detach().numpy()
    return torch.from_numpy(a[(a >= np.percentile(a, 25)) & (a <= np.percentile(a, 75))])

# %% wrong: Use tensor.detach
def middle_half(t):
    low, high = np.percentile(t.numpy(), [25, 75])
    return t[(t >= low) & (t <= high)]

# %% wrong: the bounds themselves belong to it
def middle_half(t):
    low, high = np.percentile(t.detach().numpy(), [25, 75])
    return t[(t > low) & (t < high)]

# %% wrong: they were sorted
def middle_half(t):
    low, high = np.percentile(t.detach().numpy(), [25, 75])
    return t[(t >= low) & (t <= high)].sort().values

# %% wrong: these are the numbers outside
def middle_half(t):
    low, high = np.percentile(t.detach().numpy(), [25, 75])
    return t[(t < low) | (t > high)]
