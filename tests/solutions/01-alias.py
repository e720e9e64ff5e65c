# %% solution
def doubled(x):
    return x * 2


# %% solution
def doubled(x):
    y = x.clone()
    y.mul_(2)
    return y


# %% wrong: changed the tensor that it was given
def doubled(x):
    y = x
    y.mul_(2)
    return y


# %% wrong: nothing was doubled
def doubled(x):
    y = x
    y.mul(2)
    return y


# %% wrong: 2 was added
def doubled(x):
    return x + 2


# %% wrong: x times x
def doubled(x):
    return x**2


# %% wrong: it is a list
def doubled(x):
    return [2 * v for v in x]
