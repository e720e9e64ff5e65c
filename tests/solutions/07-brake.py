# %% solution
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return torch.clamp(grad_output, -ctx.limit, ctx.limit), None

# %% solution
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.clamp(-ctx.limit, ctx.limit), None

# %% wrong: only the upper bound is kept
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return torch.clamp(grad_output, max=ctx.limit), None

# %% wrong: the first is Brake.apply
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return torch.clamp(x, -limit, limit)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, None

# %% wrong: what is too large was set to zero
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return torch.where(torch.abs(grad_output) > ctx.limit, 0.0, grad_output), None

# %% wrong: incorrect number of gradients
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return torch.clamp(grad_output, -ctx.limit, ctx.limit)

# %% wrong: the whole gradient was scaled down
class Brake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * min(1.0, ctx.limit / grad_output.norm().item()), None
