# %% solution
def cells_of(rows, columns):
    return rows * columns

# %% solution
def cells_of(rows, columns):
    return sum(columns for _ in range(rows))

# %% wrong: is a return missing
def cells_of(rows, columns):
    print(rows * columns)

# %% wrong: use the two inputs
def cells_of(rows, columns):
    return 3 * 4

# %% wrong: rows has \d+ cells
def cells_of(rows, columns):
    return rows + columns

# %% wrong: the shape itself
def cells_of(rows, columns):
    return rows, columns

# %% wrong: should be a function
cells_of = 3 * 4
