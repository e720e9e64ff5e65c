"""Make docs/concepts.md: every concept of the lecture notes that the course teaches, with the place that teaches it.

    python docs/make_concepts.py

A place is named by its notebook and by words that stand in one cell of it, and in no other. Where the words are gone,
the script says so and writes nothing.
"""

# ruff: noqa: E501 - each concept is one row of a table

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "concepts.md"

Place = tuple[str, str, str]
"""A concept, the number of a notebook, and words that stand in the one cell of it that teaches the concept."""

CONCEPTS: dict[str, list[Place]] = {
    "What a tensor is": [
        ("numbers of one kind in a rectangular box, with a shape", "01", "**a tensor is a box of numbers, all of one kind"),
        ("a structure that relates numbers, beyond the numbers themselves", "01", "The digit is not in any one of the 64 numbers"),
        ("numbers that change together by a rule, as in mathematics", "01", "Mathematicians call numbers with such a rule a tensor"),
        ("scalars, vectors, matrices: the number of dims is the number of indices", "01", "how many indices you need to name one number"),
        ("what goes into a learning machine is first written as numbers", "01", "Whatever goes in is first written as numbers"),
        ("what a tensor has over a NumPy array: devices, and a memory of how it was computed", "01", "Two things a NumPy array cannot do"),
        ("why boxed Python numbers and lists are slow", "01", "A Python number is a whole object"),
        ("bare numbers in one block, and loops in compiled code", "01", "hands the loop to compiled code"),
        ("an import line away from PyTorch", "00", "change it to `import torch`"),
    ],
    "Making tensors": [
        ("from a list, from lists of lists", "01", "A list of lists becomes rows"),
        ("from a NumPy array, by copy", "01", "torch.tensor(np.array("),
        ("from a NumPy array, sharing its memory", "04", "`from_numpy` makes a tensor *over an array's memory*"),
        ("`zeros`, `ones`, and others that are filled", "01", "Say the shape; the numbers follow"),
        ("`arange` and `linspace`", "01", "`linspace(start, end, steps)` is told how many"),
        ("`empty` holds whatever was there", "01", "reserves memory and writes nothing"),
        ("`rand` and `randn`", "01", "`randn` draws from the bell curve"),
        ("seeds, so that numbers come again", "01", "the **seed** says where to start"),
        ("the `_like` methods: a shape and a dtype taken from another", "01", "torch.zeros_like(counts)"),
        ("`rand_like`", "01", "torch.rand_like(zero)"),
        ("any number of dims", "01", "room = torch.empty(2, 3, 2)"),
        ("a dtype of one's own choice", "01", "torch.ones(2, 2, dtype=torch.int16)"),
    ],
    "What a tensor says of itself": [
        ("shape and size, dtype, device, how many numbers, `requires_grad`, `grad`", "01", 'print("requires_grad ", z.requires_grad)'),
        ("watch the dims: most errors come from shapes", "03", "print the shape of the difference"),
        ("numeric types: their ranges and their precision", "01", "For floats two things are limited"),
        ("which dtype comes of two", "01", "This is called **promotion**"),
        ("casting", "01", "**Casting** is asking for a dtype yourself"),
        ("casting, in NumPy's words", "04", "a.astype(np.float32)"),
        ("`torch.FloatTensor`, in older code", "01", "Older code says `torch.FloatTensor(...)`"),
    ],
    "Operations": [
        ("pointwise operations, as signs and by name", "01", "each operator has a name, as a function of `torch` and as a method"),
        ("`out=`, another way to write in place", "01", "`torch.add(a, 20, out=a)`"),
        ("in place: the underscore", "01", "With an underscore at the end they work **in place**"),
        ("`=` gives a second name, not a copy", "01", 'The misconception: "`b = a` copies."'),
        ("indexing and slicing, rows and columns", "01", "of each the number at index 1"),
        ("one element is still a tensor; `item()`", "01", "`.item()` takes the Python number out of it"),
        ("`x[i][j]` and `x[i, j]`", "01", "makes a row first and then picks from it"),
        ("`dim` is NumPy's `axis`", "01", "**`dim` is NumPy's `axis`.**"),
        ("`sum`, `mean`, `max`, along a dim or over all", "03", "turn many numbers into fewer"),
        ("joining: `cat` along rows and along columns", "01", "torch.cat([r, r, r], dim=1)"),
        ("joining on a new dim: `stack`", "01", "`stack` makes a new one"),
        ("a `DataFrame` to look at a tensor", "01", "A pandas `DataFrame` shows a matrix"),
        ("saving and loading a tensor", "01", "`torch.save` writes a tensor to a file"),
        ("broadcasting", "03", "**Broadcasting** does that for whole tensors"),
        ("masks", "03", "A comparison gives a tensor of truth values"),
        ("a new dim of size 1: `unsqueeze`", "03", "rows.unsqueeze(1)"),
        ("matrix products", "01", "`@` is the matrix product"),
        ("comparing floats: `allclose`", "06", "torch.allclose(points.grad, cosine)"),
    ],
    "Memory": [
        ("a storage is one flat run of numbers; tensors are readings of it", "02", "A tensor does not hold its numbers. A **storage** does"),
        ("row-major order", "02", "This is called **row-major** order"),
        ("size, storage offset, stride", "02", "The tensor adds three facts"),
        ("finding an element by offset and strides", "02", "One row further is 2 slots on"),
        ("a part of a tensor is a view: nothing is copied", "02", "Such a tensor is a **view**"),
        ("several tensors over one storage", "02", "Two tensors share a storage when"),
        ("comparing the `id` of two storages misleads", "02", "is a trap that many texts fall into"),
        ("a change to a part changes the whole", "02", "The change went through the view into the strip"),
        ("`clone` for a storage of one's own", "02", "`clone()` makes a copy with a storage of its own"),
        ("assigning to a name writes nothing", "02", "only makes the *name* `row` mean another object"),
        ("a transpose moves strides, not numbers", "02", "the strip is untouched"),
        ("transposing two of many dims", "02", "`transpose(a, b)` swaps two of them"),
        ("contiguous or not", "02", "the tensor is **contiguous**"),
        ("`contiguous()` lays the numbers out anew", "02", "laid out in its own reading order"),
        ("`view`, and −1 for the size that follows", "02", "One of the numbers may be −1"),
        ("`view` beside `reshape`", "02", "`view` promises never to copy, so it refuses"),
        ("NumPy's `view` is another thing", "02", "changes the dtype, not the size"),
        ("what views and copies cost", "02", "A view makes three small facts. A copy must touch every number"),
    ],
    "To NumPy and back": [
        ("`numpy()` shares memory", "04", "The way back is `numpy()`, and it shares as well"),
        ("changes on either side are seen on the other", "04", "Each write is seen by both"),
        ("only from the CPU", "05", "NumPy knows only ordinary memory"),
        ("`detach` first where there is a gradient", "04", "The message ends with the cure"),
        ("NumPy's words and PyTorch's", "04", "torch.cat([a, b], dim=0)"),
        ("plots of tensors", "04", "Matplotlib takes tensors without a tape as they are"),
    ],
    "Devices": [
        ("a GPU has many slow cores, a CPU a few fast ones", "05", "A **GPU** has thousands of simple cores"),
        ("why graphics cards suit learning", "05", "Deep learning is mostly matrix products"),
        ("memory bandwidth", "05", "What memory can carry is its **bandwidth**"),
        ("`%%time`: a first look at the time of a cell", "05", "`%%time` on the first line of a cell"),
        ("CUDA", "05", "**cuda** is NVIDIA's word"),
        ("host and device, CUDA's words", "05", "In its language the CPU's side is the **host**"),
        ("is there a GPU, how many, and what are they called", "05", "torch.cuda.get_device_name(k)"),
        ("device objects and their numbers", "05", 'torch.device("cuda:0")'),
        ("`torch.cuda.device(0)`", "05", "`torch.cuda.device(0)` is a context manager"),
        ("other devices, such as `mps`", "05", '`"mps"` is the GPU of Apple\'s machines'),
        ("one line that runs on either", "05", "One line at the top of a program makes it run on either"),
        ("building a tensor there, or moving it", "05", "`.to(device)` copies it over"),
        ("all tensors of an operation on one device", "05", "must be on the same device"),
        ("timing: what a run really took", "05", "Four rules make one, each for a reason"),
        ("random numbers, sums and products timed, as tensors and in NumPy", "05", "Whoever times \"randn, randn, add\" times `randn`"),
        ("a GPU hands back before it is done: honest speed-ups", "05", "Whoever stops the clock after the loop"),
        ("parallel work such as matrix products gains most", "05", "**Matrix products** use each number often"),
        ("when a GPU does not pay", "05", "Left of the crossing a GPU is *slower*"),
        ("a training loop on a GPU: every tensor on it", "08", "A GPU takes part when **every** tensor of the computation lives on it"),
    ],
    "Autograd": [
        ("what a gradient is", "06", "The six derivatives, in the shape of `x`, are the **gradient**"),
        ("the chain rule, by hand", "06", "multiply the factors"),
        ("`backward()` and `.grad`", "06", "walks from `t` back to `x` and leaves the gradient in `x.grad`"),
        ("the gradient of a squared dot product", "06", "### A second example: a dot product, then a square"),
        ("`requires_grad`, and results that inherit it", "06", "*remember what is done with this tensor*"),
        ("history on a tape: `grad_fn`", "06", "like a tape that was recorded while you computed"),
        ("reading the history: `next_functions`, newest first", "06", "node = node.next_functions[0][0]"),
        ("`AccumulateGrad`, where the tape begins", "06", "Newest first: the sum"),
        ("leaves", "06", "`points` is a **leaf**"),
        ("without `requires_grad` there is no history", "06", "plain = torch.linspace"),
        ("the derivative of the sine is the cosine, on the screen", "06", "agrees with the cosine"),
        ("the graph, drawn", "06", "GraphExplorer(t, names="),
        ("a vector of results: `backward` wants an argument", "06", "So you choose: how much does each of the six matter"),
        ("vector–Jacobian products", "06", "That is called a **vector–Jacobian product**"),
        ("gradients add up", "06", "It **adds** to what is there"),
        ("`no_grad`: off for a stretch of code", "06", "Inside `no_grad` nothing is"),
        ("`detach`: the numbers without the tape", "06", "for one tensor. NumPy knows no tape"),
        ("`autograd.grad`: gradients handed over, nothing accumulated", "06", "`torch.autograd.grad` returns them"),
        ("after the walk the graph is gone: a second backward", "06", "Trying to backward through the graph a second time"),
        ("new operations out of tensor operations", "07", "what can be composed can be"),
        ("`autograd.Function`, `save_for_backward`", "07", "ctx.save_for_backward(x)\n        return x * x * x"),
        ("when to write a `Function`: rarely", "07", "All this is rarely needed"),
        ("why a function of one's own: fewer nodes", "07", "**Fewer nodes.**"),
    ],
    "Learning from data": [
        ("supervised learning approximates a function", "08", "So supervised learning is **approximating a function**"),
        ("parameters, and what training looks for", "08", "*Training* looks for the setting"),
        ("training examples, targets and predictions", "08", "is what the model says"),
        ("the loss", "08", "The **loss** puts all twenty errors into one number"),
        ("the gradient of a loss", "08", "The gradient says how the loss answers"),
        ("gradient descent and the learning rate", "08", "This is **gradient descent**"),
        ("the loop: forward, backward, step, clear", "08", "Each line of the loop has one job"),
        ("a step inside `no_grad`", "08", "`with torch.no_grad():` around the step"),
        ("clearing gradients, and what happens if one forgets", "08", "look for the missing `zero_()` first"),
        ("learning rates that fail", "08", "**Too large** (0.12)"),
    ],
    "Networks": [
        ("a neuron: weights, a bias, an activation", "09", "A **neuron** is a function with numbers in it"),
        ("what a weight does: direction and steepness", "09", "The sign of the weight gives the direction"),
        ("what a bias does: an offset", "09", "the **bias** $b$ shifts the sum"),
        ("the activation decides what is handed on", "09", "the **activation** $\\varphi$ (phi) bends the result"),
        ("without activation a neuron is a line", "09", "it is the line $wx + b$ of notebook 08"),
        ("sigmoids with several weights, drawn", "09", 'label=f"weight {weight}"'),
        ("`tanh`, and other activations", "09", '("tanh", torch.tanh)'),
        ("the perceptron, and yes-or-no answers", "09", "(Rosenblatt's **perceptron**, 1958)"),
        ("a network: functions inside functions, layer by layer", "09", "A **network** feeds neurons into neurons"),
        ("each layer gives the data another form", "09", "The hidden layer moved the corners"),
        ("forward through a two-layer network", "09", "**Forward** (forward propagation): pass the data through"),
        ("backward by hand, with shapes", "09", "**Backward** (backpropagation): the chain rule from the end"),
        ("a two-layer network trained with gradients written by hand", "09", "loss, grad_w1, grad_w2 = gradients_by_hand(x, y, w1, w2)\n    w1 -="),
        ("the same, trained by autograd", "09", "loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()\n    loss.backward()\n    with"),
        ("the playground", "09", "Each small picture shows where one neuron says yes"),
        ("features made by hand, and features that are learned", "12", "Once, such windows were designed by hand"),
    ],
    "Modules and optimizers": [
        ("a layer holds its weights: `Linear`", "10", "`nn.Linear(3, 2)` is"),
        ("`Sequential`", "10", "`nn.Sequential` calls one after the other"),
        ("`parameters()`, and a step over all of them", "10", "`model.parameters()` hands out all weights"),
        ("a whole model moved to a device", "10", "`model.to(device)` moves all weights"),
        ("`model.zero_grad()`", "10", "`model.zero_grad()`: without it"),
        ("losses as functions: `mse_loss`", "10", "loss = nn.functional.mse_loss(model(x), y)\n    loss.backward()\n    with"),
        ("a module of one's own", "10", "`__init__` makes the layers, `forward` says how data go through"),
        ("`super().__init__()` comes first", "10", "It has to come first"),
        ("modules and `Sequential` mixed", "10", "mixed with `Sequential` as you like"),
        ("parallel blocks", "10", "class ParallelBlock(nn.Module)"),
        ("a model is ordinary Python, decided as it runs", "10", "`forward` is ordinary Python"),
        ("a dynamic graph: another one in each pass", "10", "(a **dynamic graph**)"),
        ("optimizers own the step", "10", "An **optimizer** owns the step"),
        ("SGD", "10", "**SGD** (stochastic gradient descent"),
        ("Adam", "10", "**Adam** (Kingma and Ba, 2015)"),
    ],
    "Data": [
        ("a dataset: the bridge from your data to tensors", "11", "All that a **dataset** has to know"),
        ("`TensorDataset`", "11", "`TensorDataset` is the same in one line"),
        ("`DataLoader` and minibatches", "11", "A **DataLoader** deals the examples out"),
        ("epochs", "11", "One pass over all of them is an **epoch**"),
        ("the whole loop over a loader", "11", "for xs, ys in loader:\n        optimizer.zero_grad()"),
    ],
}  # fmt: skip

LATER = {
    "Static graphs beside dynamic ones": "immediate and deferred execution; a graph that is built once and run many times; `jit.script` and "
    "TorchScript; what can be fused, reused and deployed; what is harder to debug; models whose structure depends on "
    "the input (recurrent, recursive, modular)",
    "Other frameworks": "TensorFlow 1 and 2 (sessions, `GradientTape`, `tf.function`), Keras, Theano; how PyTorch came "
    "about, and what it is chosen for",
    "Pretrained models": "AlexNet, VGG and ResNet, taken ready-made",
    "Several machines": "operations spread over devices and machines",
}


HEAD = """\
# Where each concept is taught

Every concept of the lecture notes that the course is built on, and the place that teaches it. The last column is the \
id of the cell. Made by `python docs/make_concepts.py`; a test holds it to the notebooks.
"""


def notebooks() -> dict[str, Path]:
    """The notebooks of the course by their number."""
    return {path.stem[:2]: path for path in sorted((REPOSITORY / "notebooks").glob("[0-9]*.ipynb"))}


def find(book: nbformat.NotebookNode, words: str) -> tuple[str, str]:
    """The section of the one cell that holds these words, and the cell's id; LookupError says what is wrong."""
    section, part, found = "", "", []
    for cell in book.cells:
        text = cell.cell_type == "markdown"
        for piece in re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE) if text else [cell.source]:
            if text and (heading := re.match(r"(#+) +(.+)", piece)):
                title = re.sub(r" \*\(.*\)\*$", "", heading[2])
                section, part = (section, title) if len(heading[1]) > 2 else (title, "")
            if squeezed(words) in squeezed(piece):
                found.append((f"{section} › {part}" if part else section, cell.id))
    if len(found) != 1:
        raise LookupError(f"{'no cell holds' if not found else f'{len(found)} places hold'} the words {words!r}")
    return found[0]


def squeezed(text: str) -> str:
    """A line may be broken elsewhere tomorrow."""
    return " ".join(text.split())


def page() -> tuple[str, list[str]]:
    """The page's text, and a sentence for each concept that has no place."""
    paths = notebooks()
    books = {number: nbformat.read(path, as_version=4) for number, path in paths.items()}
    lines, complaints = [HEAD], []
    for theme, places in CONCEPTS.items():
        lines += [f"## {theme}\n", "| concept | notebook | section | cell |", "|---|---|---|---|"]
        for concept, number, words in places:
            try:
                section, cell = find(books[number], words)
            except KeyError:
                complaints.append(f"{concept}: there is no notebook {number}")
            except LookupError as error:
                complaints.append(f"{concept}: in notebook {number} {error}")
            else:
                name = paths[number].stem
                lines.append(f"| {concept} | [{name}](../notebooks/{name}.ipynb) | {section} | `{cell}` |")
        lines.append("")
    lines += ["## Comes later\n", "| what | with |", "|---|---|"]
    lines += [f"| {what} | {concepts} |" for what, concepts in LATER.items()] + [""]
    return "\n".join(lines), complaints


def main() -> int:
    text, complaints = page()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        print(f"{PAGE.name} was left as it is.", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(REPOSITORY)}: {sum(map(len, CONCEPTS.values()))} concepts, each with its place")
    return 0


if __name__ == "__main__":
    sys.exit(main())
