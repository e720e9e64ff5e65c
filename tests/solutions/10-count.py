# %% solution
def count(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)

# %% wrong: the first layer is frozen
def count(model):
    return sum(p.numel() for p in model.parameters())

# %% wrong: how many parameters there are
def count(model):
    return len(list(model.parameters()))

# %% wrong: the biases are missing
def count(model):
    return sum(p.numel() for name, p in model.named_parameters() if "weight" in name)

# %% wrong: should be a whole number; it is still a tensor
def count(model):
    return torch.tensor([p.numel() for p in model.parameters() if p.requires_grad]).sum()
