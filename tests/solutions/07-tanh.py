# %% solution
def tanh(a):
    t = math.tanh(a.data)
    return Value(t, (a,), (1 - t * t,))

# %% solution
def tanh(a):
    t = math.tanh(a.data)
    return Value(t, parents=(a,), slopes=(1 / math.cosh(a.data) ** 2,))

# %% wrong: wants the square of the result
def tanh(a):
    return Value(math.tanh(a.data), (a,), (1 - a.data**2,))

# %% wrong: it is a Python float
def tanh(a):
    return math.tanh(a.data)

# %% wrong: should be tuples, also with one entry
def tanh(a):
    t = math.tanh(a.data)
    return Value(t, (a), (1 - t * t))

# %% wrong: the only parent should be a itself
def tanh(a):
    t = math.tanh(a.data)
    return Value(t, (Value(a.data),), (1 - t * t,))

# %% wrong: the 1 is missing
def tanh(a):
    t = math.tanh(a.data)
    return Value(t, (a,), (-t * t,))

# %% wrong: it is a tensor of shape
def tanh(a):
    return torch.tanh(torch.tensor(a.data))

# %% wrong: not made of other rules
def tanh(a):
    e = exp(2 * a)
    return (e - 1) / (e + 1)
