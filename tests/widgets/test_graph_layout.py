"""The layout: the same everywhere, nothing on top of anything else, edges downward, and fast."""

import time  # process_time: other work on the machine does not count
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorbook.widgets.graph_layout import layout

SIZE = st.tuples(st.integers(40, 200), st.sampled_from([32, 48]))


@st.composite
def graphs(draw):
    """Sizes and edges of a graph whose nodes hang on earlier ones, with repeated and long edges."""
    sizes = draw(st.lists(SIZE, min_size=1, max_size=30))
    edges = []
    for lower in range(1, len(sizes)):
        edges += [(upper, lower) for upper in draw(st.lists(st.integers(0, lower - 1), min_size=1, max_size=4))]
    return sizes, edges


def pieces(found, edge):
    """The straight-down stretches and the curves of an edge, as rectangles that hold them."""
    for at in found.route(edge):
        s = found.segments[at]
        yield s.x0, s.y0, s.x0, s.bend
        yield min(s.x0, s.x1), s.bend, max(s.x0, s.x1), s.y1


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_boxes_stand_apart_and_inside_the_picture(graph):
    sizes, edges = graph
    found = layout(sizes, edges)
    assert [(w, h) for _, _, w, h in found.boxes] == sizes  # each node once, in its own size
    for at, (x, y, w, h) in enumerate(found.boxes):
        assert x >= 0 and x + w <= found.width and y >= 0 and y + h <= found.height
        for other_x, other_y, other_w, other_h in found.boxes[:at]:
            beside = x + w < other_x or other_x + other_w < x
            assert beside or y + h < other_y or other_y + other_h < y


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_edges_run_down_from_their_box_to_their_box_around_all_others(graph):
    sizes, edges = graph
    found = layout(sizes, edges)
    for edge, (upper, lower) in enumerate(edges):
        route = [found.segments[at] for at in found.route(edge)]
        x, y, w, h = found.boxes[upper]
        assert x <= route[0].x0 <= x + w and route[0].y0 == y + h
        x, y, w, _ = found.boxes[lower]
        assert x <= route[-1].x1 <= x + w and route[-1].y1 == y
        for before, after in pairwise(route):
            assert (before.x1, before.y1) == (after.x0, after.y0)
        for left, top, right, bottom in pieces(found, edge):
            assert top <= bottom
            for x, y, w, h in found.boxes:
                assert right <= x or x + w <= left or bottom <= y or y + h <= top


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_the_same_graph_gives_the_same_picture_in_whole_numbers(graph):
    once, again = layout(*graph), layout(*graph)
    assert once == again
    numbers = [n for box in once.boxes for n in box]
    numbers += [n for s in once.segments for n in (s.x0, s.y0, s.bend, s.x1, s.y1)]
    assert all(type(n) is int for n in numbers)


def test_a_chain_is_straight_and_a_leaf_hangs_below_its_consumer():
    sizes = [(80, 32), (96, 32), (64, 32), (80, 32), (60, 48)]
    found = layout(sizes, [(0, 1), (1, 2), (2, 3), (2, 4)])
    middles = [x + w // 2 for x, _, w, _ in found.boxes]
    assert middles[0] == middles[1] == middles[2]
    assert found.layers == [0, 1, 2, 3, 3]


def test_long_edges_into_one_node_share_a_trunk():
    count = 1_000
    edges = [(at, at + 1) for at in range(count - 2)] + [(at, count - 1) for at in range(count - 1)]
    found = layout([(80, 32)] * count, edges)
    assert len(found.segments) < 4 * count  # and not count² / 2
    assert found.width < 400


@pytest.mark.parametrize("shape", ["chain with a shared leaf", "star", "tangle"])
def test_thousands_of_nodes_take_well_under_two_seconds(shape):
    count = 4_000
    edges = {
        "chain with a shared leaf": [(i, i + 1) for i in range(count - 2)] + [(i, count - 1) for i in range(count - 1)],
        "star": [(0, i) for i in range(1, count)],
        "tangle": [(max(0, i - 1 - (i * k * 7919) % 30), i) for i in range(1, count) for k in (1, 2)],
    }[shape]
    start = time.process_time()
    layout([(80, 32)] * count, edges)
    assert time.process_time() - start < 2


def test_a_circle_is_refused_in_words():
    with pytest.raises(ValueError, match="goes round in a circle: 2 have no layer"):
        layout([(80, 32)] * 3, [(0, 1), (1, 2), (2, 1)])


def test_nothing_to_lay_out():
    assert layout([], []).boxes == []
