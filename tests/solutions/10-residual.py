# %% solution
class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)

    def forward(self, x):
        return x + torch.relu(self.inner(x))

# %% wrong: the input itself is lost
class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)

    def forward(self, x):
        return torch.relu(self.inner(x))

# %% wrong: cuts off x as well
class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)

    def forward(self, x):
        return torch.relu(x + self.inner(x))

# %% wrong: before Module.__init__
class Residual(nn.Module):
    def __init__(self, size):
        self.inner = nn.Linear(size, size)

    def forward(self, x):
        return x + torch.relu(self.inner(x))

# %% wrong: has no forward yet
class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)

# %% wrong: should have the parameters inner.weight
class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(size, size)

    def forward(self, x):
        return x + torch.relu(self.layer(x))
