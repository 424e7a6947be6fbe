"""One curve over time as inline SVG, with marks where something begins."""

from collections.abc import Callable, Sequence

from fairlead.research.daily import Floats, Ints
from fairlead.research.render.charts import Sizes, axes, curve, svg, wants_logarithm
from fairlead.research.render.plot import scale_of
from fairlead.research.render.words import aligned

Words = Callable[[list[float]], list[str]]


def line_chart(
    name: str,
    label: str,
    ts: Ints,
    values: Floats,
    sizes: Sizes,
    offset_ms: int,
    words: Words = aligned,
    starts: Sequence[int] = (),
) -> str:
    """Draw `values` at `ts`; a dashed line stands before each index of `starts`.

    The scale is logarithmic once the values span eightfold above 0.
    """
    frame = sizes.equity
    scale = scale_of(frame, values, wants_logarithm(values))
    step = frame.plot_width / len(ts)
    foot = frame.height - frame.below
    cuts = "".join(f"M{start * step:.1f} {frame.above}V{foot}" for start in starts)
    marks = f'<path class="hold" d="{cuts}"/>' if cuts else ""
    inside = (
        f"{axes(ts, frame, scale, sizes.ticks, offset_ms, words)}{marks}"
        f'<path class="line" d="{curve(values, frame, scale, sizes.points)}"/>'
    )
    return svg(name, label, sizes, frame, inside)
