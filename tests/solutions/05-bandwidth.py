# %% solution
def bandwidth(n, seconds):
    return 3 * 4 * n / seconds / 1e9

# %% wrong: only one of the three tensors
def bandwidth(n, seconds):
    return 4 * n / seconds / 1e9

# %% wrong: two of the three tensors
def bandwidth(n, seconds):
    return 8 * n / seconds / 1e9

# %% wrong: these are numbers a second
def bandwidth(n, seconds):
    return 3 * n / seconds / 1e9

# %% wrong: these are bytes a second
def bandwidth(n, seconds):
    return 12 * n / seconds

# %% wrong: not 2\*\*30
def bandwidth(n, seconds):
    return 12 * n / seconds / 2**30
