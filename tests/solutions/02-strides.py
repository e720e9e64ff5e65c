# %% solution
def slot(offset, stride, index):
    return offset + sum(step * i for step, i in zip(stride, index))

# %% solution
def slot(offset, stride, index):
    for k in range(len(stride)):
        offset += stride[k] * index[k]
    return offset

# %% wrong: where does the tensor's first element lie
def slot(offset, stride, index):
    return sum(step * i for step, i in zip(stride, index))

# %% wrong: paired from the other end
def slot(offset, stride, index):
    return offset + sum(step * i for step, i in zip(stride, index[::-1]))

# %% wrong: not by one slot
def slot(offset, stride, index):
    return offset + sum(index)

# %% wrong: does not multiply anything
def slot(offset, stride, index):
    return offset * sum(step * i for step, i in zip(stride, index))

# %% wrong: raised IndexError
def slot(offset, stride, index):
    if len(stride) == 3:
        return offset + stride[0] * index[0] + stride[1] * index[1] + stride[2] * index[2]
    return offset + stride[0] * index[0] + stride[1] * index[1]

# %% wrong: is a return missing
def slot(offset, stride, index):
    offset += sum(step * i for step, i in zip(stride, index))

# %% wrong: still a tensor
def slot(offset, stride, index):
    return offset + (torch.tensor(stride) * torch.tensor(index)).sum()

# %% wrong: two of the three dims are counted
def slot(offset, stride, index):
    return offset + stride[0] * index[0] + stride[1] * index[1]

# %% wrong: only the last product is left
def slot(offset, stride, index):
    found = offset
    for k in range(len(stride)):
        found = stride[k] * index[k]
    return found
