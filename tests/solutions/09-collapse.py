# %% solution
def collapse(w1, b1, w2, b2):
    return w1 @ w2, b1 @ w2 + b2

# %% wrong: b1 is lost
def collapse(w1, b1, w2, b2):
    return w1 @ w2, b2

# %% wrong: b2 is missing
def collapse(w1, b1, w2, b2):
    return w1 @ w2, b1 @ w2

# %% wrong: raised RuntimeError
def collapse(w1, b1, w2, b2):
    return w2 @ w1, b1 @ w2 + b2

# %% wrong: should return the pair
def collapse(w1, b1, w2, b2):
    return w1 @ w2

# %% wrong: rows and columns
def collapse(w1, b1, w2, b2):
    return w2.T @ w1.T, b1 @ w2 + b2
