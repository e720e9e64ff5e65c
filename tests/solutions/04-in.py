# %% solution
def to_tensor(array):
    return torch.from_numpy(array.copy()).float()

# %% solution
def to_tensor(array):
    return torch.tensor(array.copy(), dtype=torch.float32)

# %% solution
def to_tensor(array):
    return torch.from_numpy(array.astype(np.float32, copy=True, order="C"))

# %% wrong: never sharing|shares the array's memory
def to_tensor(array):
    return torch.from_numpy(array).float()

# %% wrong: for whole numbers: the dtype of the tensor should be torch.float32
def to_tensor(array):
    return torch.from_numpy(array.copy())

# %% wrong: stride
def to_tensor(array):
    return torch.from_numpy(array).float().clone()

# %% wrong: was a dimension of size 1 kept|the shape of
def to_tensor(array):
    return torch.from_numpy(array.copy()).float().flatten()

# %% solution
def to_tensor(array):
    return torch.from_numpy(array.astype(np.float32))
