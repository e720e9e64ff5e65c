# %% solution
def margin(scores, labels):
    rows = torch.arange(len(labels))
    others = scores.clone()
    others[rows, labels] = -float("inf")
    return scores[rows, labels] - others.max(dim=1).values

# %% solution
def margin(scores, labels):
    own = scores.gather(1, labels[:, None])[:, 0]
    is_label = torch.arange(scores.shape[1]) == labels[:, None]
    return own - torch.where(is_label, -float("inf"), scores).amax(dim=1)

# %% wrong: compared with itself
def margin(scores, labels):
    return scores[torch.arange(len(labels)), labels] - scores.max(dim=1).values

# %% wrong: changed the tensor
def margin(scores, labels):
    rows = torch.arange(len(labels))
    own = scores[rows, labels]
    scores[rows, labels] = -float("inf")
    return own - scores.max(dim=1).values

# %% wrong: the sign is the wrong way round
def margin(scores, labels):
    rows = torch.arange(len(labels))
    others = scores.clone()
    others[rows, labels] = -float("inf")
    return others.max(dim=1).values - scores[rows, labels]

# %% wrong: the best of the others is still to be taken away
def margin(scores, labels):
    return scores[torch.arange(len(labels)), labels]

# %% wrong: was a dimension of size 1 kept|a dim of size 1 was kept
def margin(scores, labels):
    rows = torch.arange(len(labels))[:, None]
    others = scores.clone()
    others[rows, labels[:, None]] = -float("inf")
    return scores.gather(1, labels[:, None]) - others.max(dim=1, keepdim=True).values

# %% wrong: scores may all be negative
def margin(scores, labels):
    rows = torch.arange(len(labels))
    others = scores.clone()
    others[rows, labels] = 0
    return scores[rows, labels] - others.max(dim=1).values
