# %% solution
class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.factor, None

# %% solution
class Scaled(Scale):
    @staticmethod
    def backward(ctx, grad_output):
        return ctx.factor * grad_output, None

# %% wrong: returned an incorrect number of gradients
class Scaled(Scale):
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.factor

# %% wrong: grad_output is left out
class Scaled(Scale):
    @staticmethod
    def backward(ctx, grad_output):
        return torch.full_like(grad_output, ctx.factor), None

# %% wrong: handed on as it is
class Scaled(Scale):
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, None

# %% wrong: returned an incorrect number of gradients
Scaled = Scale

# %% wrong: should be a class
def Scaled(x, factor):
    return x * factor

# %% wrong: a gradient different than None at position 2
class Scaled(Scale):
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.factor, grad_output
