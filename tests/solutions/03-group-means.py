# %% solution
def group_means(values, groups, count):
    sums = torch.zeros(count, values.shape[1]).index_add_(0, groups, values)
    members = torch.zeros(count).index_add_(0, groups, torch.ones(len(groups)))
    return sums / members.clamp(min=1)[:, None]

# %% solution
def group_means(values, groups, count):
    belongs = (groups == torch.arange(count)[:, None]).float()
    return belongs @ values / belongs.sum(dim=1, keepdim=True).clamp(min=1)

# %% wrong: divide each by the number of its members
def group_means(values, groups, count):
    return torch.zeros(count, values.shape[1]).index_add_(0, groups, values)

# %% wrong: 0 / 0 is nan
def group_means(values, groups, count):
    sums = torch.zeros(count, values.shape[1]).index_add_(0, groups, values)
    members = torch.zeros(count).index_add_(0, groups, torch.ones(len(groups)))
    return sums / members[:, None]

# %% wrong: later writes to a place replace earlier ones
def group_means(values, groups, count):
    means = torch.zeros(count, values.shape[1])
    means[groups] = values
    return means

# %% wrong: counts a place once
def group_means(values, groups, count):
    sums = torch.zeros(count, values.shape[1])
    sums[groups] += values
    members = torch.zeros(count).index_add_(0, groups, torch.ones(len(groups)))
    return sums / members.clamp(min=1)[:, None]

# %% wrong: the group without members is missing
def group_means(values, groups, count):
    return torch.stack([values[groups == g].mean(dim=0) for g in sorted(set(groups.tolist()))])
