# %% solution
def backward_order(root):
    seen, done = set(), []
    def visit(node):
        if node is None or node in seen:
            return
        seen.add(node)
        for following, _ in node.next_functions:
            visit(following)
        done.append(node)
    visit(root)
    return done[::-1]

# %% solution
def backward_order(root):
    waiting, todo = {root: 0}, [root]
    for node in todo:
        for following, _ in node.next_functions:
            if following is not None:
                if following not in waiting:
                    waiting[following] = 0
                    todo.append(following)
                waiting[following] += 1
    order = [root]
    for node in order:
        for following, _ in node.next_functions:
            if following is not None:
                waiting[following] -= 1
                if waiting[following] == 0:
                    order.append(following)
    return order

# %% wrong: Writing a node down on arrival
def backward_order(root):
    order = []
    def visit(node):
        if node is None or node in order:
            return
        order.append(node)
        for following, _ in node.next_functions:
            visit(following)
    visit(root)
    return order

# %% wrong: Nearest first is not enough
def backward_order(root):
    order = [root]
    for node in order:
        for following, _ in node.next_functions:
            if following is not None and following not in order:
                order.append(following)
    return order

# %% wrong: more than once
def backward_order(root):
    order = [root]
    for node in order:
        order += [following for following, _ in node.next_functions if following is not None]
    return order

# %% wrong: the wrong way round
def backward_order(root):
    seen, done = set(), []
    def visit(node):
        if node is None or node in seen:
            return
        seen.add(node)
        for following, _ in node.next_functions:
            visit(following)
        done.append(node)
    visit(root)
    return done

# %% wrong: leave it out
def backward_order(root):
    seen, done = set(), []
    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for following, _ in node.next_functions if node is not None else ():
            visit(following)
        done.append(node)
    visit(root)
    return done[::-1]

# %% wrong: over 200 times
def backward_order(root):
    done = []
    def visit(node):
        for following, _ in node.next_functions:
            if following is not None:
                visit(following)
        if node not in done:
            done.append(node)
    visit(root)
    return done[::-1]

# %% wrong: is missing
def backward_order(root):
    order = []
    while root is not None:
        order.append(root)
        root = root.next_functions[0][0] if root.next_functions else None
    return order
