# %% solution
class Momentum:
    def __init__(self, parameters, lr, momentum):
        self.parameters, self.lr, self.momentum = list(parameters), lr, momentum
        self.velocities = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.parameters, self.velocities):
                if p.grad is not None:
                    v.mul_(self.momentum).add_(p.grad)
                    p -= self.lr * v

# %% wrong: keep list\(parameters\)
class Momentum:
    def __init__(self, parameters, lr, momentum):
        self.velocities = [torch.zeros_like(p) for p in parameters]
        self.parameters, self.lr, self.momentum = parameters, lr, momentum

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.parameters, self.velocities):
                v.mul_(self.momentum).add_(p.grad)
                p -= self.lr * v

# %% wrong: this is plain SGD
class Momentum:
    def __init__(self, parameters, lr, momentum):
        self.parameters, self.lr, self.momentum = list(parameters), lr, momentum

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    v = self.momentum * torch.zeros_like(p) + p.grad
                    p -= self.lr * v

# %% wrong: here it is added whole
class Momentum:
    def __init__(self, parameters, lr, momentum):
        self.parameters, self.lr, self.momentum = list(parameters), lr, momentum
        self.velocities = [None for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        with torch.no_grad():
            for i, p in enumerate(self.parameters):
                if p.grad is not None:
                    v, m = self.velocities[i], self.momentum
                    self.velocities[i] = p.grad.clone() if v is None else m * v + (1 - m) * p.grad
                    p -= self.lr * self.velocities[i]

# %% wrong: in-place operation
class Momentum:
    def __init__(self, parameters, lr, momentum):
        self.parameters, self.lr, self.momentum = list(parameters), lr, momentum
        self.velocities = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        for p, v in zip(self.parameters, self.velocities):
            if p.grad is not None:
                v.mul_(self.momentum).add_(p.grad)
                p -= self.lr * v

# %% wrong: should pass it by
class Momentum:
    def __init__(self, parameters, lr, momentum):
        self.parameters, self.lr, self.momentum = list(parameters), lr, momentum
        self.velocities = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad.zero_()

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.parameters, self.velocities):
                v.mul_(self.momentum).add_(p.grad)
                p -= self.lr * v
