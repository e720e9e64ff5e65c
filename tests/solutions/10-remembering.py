# %% solution
class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)

# %% solution
class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))

    def forward(self, x):
        return self.net(x)

# %% wrong: it finds none
class Remembering(Forgetful):
    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))

# %% wrong: a relu follows the last layer still
class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 1)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x

# %% wrong: the relu between the layers is missing
class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 1)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

# %% wrong: should be a class
Remembering = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))

# %% wrong: it finds none
class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4), nn.Linear(4, 1)]

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))
