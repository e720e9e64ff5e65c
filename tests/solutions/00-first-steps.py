# %% solution
cells = 3 * 4

# %% wrong: 3 \+ 4
cells = 7

# %% wrong: number of dims
cells = 2

# %% wrong: still a tensor
cells = torch.tensor(12)

# %% wrong: that is not it
cells = 11
