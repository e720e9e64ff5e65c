# %% solution
def relative(x):
    return x - x[0]

# %% solution
def relative(x):
    result, first = x.clone(), x[0].clone()
    for row in result:
        row -= first
    return result

# %% wrong: By the time the second row's turn comes
def relative(x):
    first = x[0]
    for row in x:
        row -= first
    return x

# %% wrong: it is a view of row 0
def relative(x):
    result = x.clone()
    first = result[0]
    for row in result:
        row -= first
    return result

# %% wrong: x was changed on the way
def relative(x):
    first = x[0].clone()
    for row in x:
        row -= first
    return x

# %% wrong: gives the name row to a new tensor
def relative(x):
    result = x.clone()
    for row in result:
        row = row - x[0]
    return result

# %% wrong: lost its mean
def relative(x):
    return x - x.mean(0)

# %% wrong: is a return missing
def relative(x):
    first = x[0].clone()
    for row in x:
        row -= first

# %% wrong: the first row is as it was
def relative(x):
    y = x.clone()
    y[1:] -= x[0]
    return y
