# %% solution
def xor_network():
    w1 = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    return w1, torch.zeros(2), torch.ones(2), torch.tensor(0.0)

# %% wrong: by the two hidden neurons of section 3
def xor_network():
    w1 = torch.tensor([[1.0, 2.0], [1.0, 2.0]])
    return w1, torch.tensor([0.0, -2.0]), torch.tensor([1.0, -1.0]), torch.tensor(0.0)

# %% wrong: find another way
def xor_network():
    w1 = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    return w1, torch.tensor([0.0, -1.0]), torch.tensor([1.0, -2.0]), torch.tensor(0.0)

# %% wrong: at \(1, 1\) it should give 0
def xor_network():
    w1 = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    return w1, torch.zeros(2), torch.ones(2), torch.tensor(0.0)

# %% wrong: the shape of b2 should be
def xor_network():
    w1 = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    return w1, torch.zeros(2), torch.ones(2), torch.zeros(1)

# %% wrong: should return w1, b1, w2, b2
def xor_network():
    return torch.tensor([[1.0, -1.0], [-1.0, 1.0]])

# %% wrong: by the two hidden neurons of section 3
def xor_network():
    w1, b1 = torch.tensor([[1.0, 1.0], [1.0, 1.0]]), torch.tensor([-1.0, 0.0])
    return w1, b1, torch.tensor([-2.0, 1.0]), torch.tensor(0.0)

# %% solution
def xor_network():
    w1, b1 = torch.tensor([[-1.0, 1.0], [-1.0, 1.0]]), torch.tensor([1.0, -1.0])
    return w1, b1, torch.tensor([-1.0, -1.0]), torch.tensor(1.0)
