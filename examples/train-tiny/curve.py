"""Draws the losses of a run as an SVG: training, validation by source, and the unigram entropy as the bar."""

import math

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 40, 120, 50, 46  # margins
SMOOTH = 20  # training losses are means of this many steps
COLORS = ["#c2410c", "#047857", "#7c3aed", "#a16207"]  # of sources


def draw(log):
    steps, validation = log["steps"], log["validation"]
    training = [(steps[i]["tokens"], mean(steps[max(0, i - SMOOTH + 1) : i + 1])) for i in range(len(steps))]
    bars = [("corpus", log["entropy"], "#1d4ed8")]
    lines = [("training", training, "#1d4ed8")]
    for (name, entropy), color in zip(log["held_out"].items(), COLORS):
        bars.append((name, entropy, color))
        lines.append((name, [(each["tokens"], each["losses"][name]) for each in validation], color))
    end = steps[-1]["tokens"]
    top = math.ceil(max(y for _, points, _ in lines for _, y in points[:1]))
    low = math.floor(min(y for _, points, _ in lines for _, y in points))
    scale = (end, low, top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for y in range(low, top + 1):
        parts.append(line([(0, y), (end, y)], "#e5e5e5", 1, scale))
        parts.append(text(LEFT - 8, y_of(y, scale) + 4, y, "end"))
    before = {}
    for segment in log["segments"]:
        x = x_of(segment["tokens"], scale)
        parts.append(line([(segment["tokens"], low), (segment["tokens"], top)], "#bbb", 1, scale, "3 3"))
        # Two axes: a stage ends where the sequences' length does not, and the other way around.
        for name, y in (("stage", TOP - 24), ("length", TOP - 8)):
            if segment[name] != before.get(name):
                parts.append(text(x + 4, y, segment[name]))
        before = segment
    for _, entropy, color in bars:
        parts.append(line([(0, entropy), (end, entropy)], color, 1, scale, "7 4"))
    for _, points, color in lines:
        parts.append(line(points, color, 2, scale))
    labels = sorted(
        (y_of(points[-1][1], scale), name if name == "training" else f"{name}, held out", color)
        for name, points, color in lines
    )
    at = -math.inf
    for y, name, color in labels:
        at = max(y + 4, at + 15)
        parts.append(text(WIDTH - RIGHT + 6, at, name, color=color))
    for x in ticks(end):
        parts.append(text(x_of(x, scale), HEIGHT - BOTTOM + 18, f"{x // 1000}K" if x else "0", "middle"))
    parts.append(
        text(
            LEFT,
            HEIGHT - 8,
            "tokens trained on; loss in nats a token; broken: unigram entropy; above: stages and sequence lengths",
        )
    )
    return "\n".join([*parts, "</svg>", ""])


def mean(steps):
    return sum(step["loss"] for step in steps) / len(steps)


def ticks(end):
    unit = 10 ** math.floor(math.log10(end))
    unit = unit if end / unit >= 4 else unit // 5 if end / unit < 2 else unit // 2
    return range(0, end + 1, max(1, unit))


def x_of(tokens, scale):
    return LEFT + (WIDTH - LEFT - RIGHT) * tokens / scale[0]


def y_of(loss, scale):
    _, low, top = scale
    return TOP + (HEIGHT - TOP - BOTTOM) * (top - loss) / (top - low)


def line(points, color, width, scale, dashes="none"):
    at = " ".join(f"{x_of(x, scale):.1f},{y_of(y, scale):.1f}" for x, y in points)
    return f'<polyline points="{at}" fill="none" stroke="{color}" stroke-width="{width}" stroke-dasharray="{dashes}"/>'


def text(x, y, value, anchor="start", color="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{value}</text>'
