# %% solution
class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        x = torch.tensor([i / self.n])
        return x, x * x

# %% wrong: this is i itself
class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        x = torch.tensor([float(i)])
        return x, x * x

# %% wrong: should be a subclass of Dataset
class Squares:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

# %% wrong: is a dimension of size 1 missing
class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        x = torch.tensor(i / self.n)
        return x, x * x

# %% wrong: has no len|__len__
class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __getitem__(self, i):
        x = torch.tensor([i / self.n])
        return x, x * x

# %% wrong: x should be a tensor; it is a Python float
class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i / self.n, (i / self.n) ** 2

# %% solution
class Squares(TensorDataset):
    def __init__(self, n):
        x = (torch.arange(n) / n)[:, None]
        super().__init__(x, x * x)
