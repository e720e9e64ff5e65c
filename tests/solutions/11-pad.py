# %% solution
def pad(examples):
    lengths = torch.tensor([len(line) for line in examples])
    table = torch.zeros(len(examples), lengths.max().item(), dtype=torch.int64)
    for row, line in zip(table, examples):
        row[: len(line)] = line
    return table, lengths

# %% solution
def pad(examples):
    lengths = torch.tensor([len(line) for line in examples])
    return nn.utils.rnn.pad_sequence(examples, batch_first=True), lengths

# %% wrong: have become float32
def pad(examples):
    lengths = torch.tensor([len(line) for line in examples])
    table = torch.zeros(len(examples), lengths.max().item())
    for row, line in zip(table, examples):
        row[: len(line)] = line
    return table, lengths

# %% wrong: the zeros stand on the left
def pad(examples):
    lengths = torch.tensor([len(line) for line in examples])
    longest = lengths.max().item()
    table = torch.zeros(len(examples), longest, dtype=torch.int64)
    for row, line in zip(table, examples):
        row[longest - len(line) :] = line
    return table, lengths

# %% wrong: each line is a column|the shape of the table
def pad(examples):
    lengths = torch.tensor([len(line) for line in examples])
    return nn.utils.rnn.pad_sequence(examples), lengths

# %% wrong: should return the table and the lengths
def pad(examples):
    return nn.utils.rnn.pad_sequence(examples, batch_first=True)

# %% wrong: the lengths should be a tensor; it is a list
def pad(examples):
    return nn.utils.rnn.pad_sequence(examples, batch_first=True), [len(line) for line in examples]

# %% solution
def pad(examples):
    return [torch.nn.utils.rnn.pad_sequence(examples, batch_first=True), torch.tensor([len(e) for e in examples])]
