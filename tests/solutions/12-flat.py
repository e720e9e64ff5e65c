# %% solution
class RightNet(WrongNet):
    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).flatten(1))

# %% solution
class RightNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.head = nn.Linear(4 * 64, 10)

    def forward(self, x):
        x = torch.relu(self.conv(x))
        return self.head(x.reshape(len(x), -1))

# %% wrong: the examples are mixed
RightNet = WrongNet

# %% wrong: something else has changed
class RightNet(WrongNet):
    def forward(self, x):
        return self.head(self.conv(x).flatten(1))

# %% wrong: the shape of its answer
class RightNet(WrongNet):
    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).flatten(1))[0]

# %% wrong: shapes cannot be multiplied
class RightNet(WrongNet):
    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).flatten(2))
