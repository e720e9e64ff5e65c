# %% solution
total = torch.tensor([1, 2, 3]) + torch.tensor([10, 20, 30])

# %% solution
total = torch.tensor([11, 22, 33])

# %% wrong: 10 was added to all three
total = torch.tensor([1, 2, 3]) + 10

# %% wrong: the left tensor by itself
total = torch.tensor([1, 2, 3])

# %% wrong: third number on the left was left out
total = torch.tensor([1, 2]) + torch.tensor([10, 20])

# %% wrong: should be a tensor; it is a list
total = [1, 2, 3] + [10, 20, 30]

# %% wrong: the dtype of total should be torch.int64
total = torch.tensor([1.0, 2.0, 3.0]) + torch.tensor([10, 20, 30])
