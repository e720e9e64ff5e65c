# %% solution
corner = torch.tensor([[-3.0, -3, -3], [-3, 2, 2], [-3, 2, 0]])

# %% solution
corner = torch.tensor([[0.0, -2, -2], [-2, 2, 1], [-2, 1, 0]])

# %% wrong: along the .* edge it answers
corner = torch.tensor([[-1.0, -1, -1], [-1, 1, 1], [-1, 1, 1]])

# %% wrong: at the upper left corner it answers
corner = torch.tensor([[1.0, 1, -1], [1, 1, -1], [-1, -1, -1]])

# %% wrong: inside it answers
corner = torch.ones(3, 3)

# %% wrong: the dtype of corner
corner = torch.tensor([[-1, -1, -1], [-1, 1, 1], [-1, 1, 1]])

# %% wrong: the shape of corner
corner = torch.tensor([[-1.0, 1.0], [1.0, 1.0]])
