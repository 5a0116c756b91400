"""What the figures leave out, as a table, and the calibration as a table and a picture."""

from __future__ import annotations

from .statistics import Bin, Estimate
from .trials import Trials

SIZE, MARGIN = 420, 50


def table(trials: Trials) -> str:
    """By kind of code: per cent called suspect, per cent shown to regulators, looks until then."""
    alarms = trials.false_alarms
    lines = [f"genuine packs {len(trials.genuine.outcomes):,}: suspect {_shown(alarms, 2)} in 10,000"]
    lines.append(f"genuine packs: shown to regulators {_shown(trials.genuine.watched, 2)} %")
    lines.append(f"genuine packs: asked where they are from {_shown(trials.genuine.asked, 2)} %")
    lines.append(f"precision at the assumed prior {_shown(trials.precision, 1)} %")
    lines.append(
        f"{'kind':<20} {'suspect %':<20} {'watch or suspect %':<20} {'looks since 2nd place':<22} telling looks"
    )
    for name, trial in trials.kinds.items():
        cells = (_shown(trial.suspect, 1), _shown(trial.watched, 1), _shown(trial.delay(telling=False), 1))
        lines.append(f"{name:<20} {cells[0]:<20} {cells[1]:<20} {cells[2]:<22} {_shown(trial.delay(telling=True), 1)}")
    lines.append(f"{'stated':<16} {'mean stated':<12} copied in truth")
    lines += [
        f"{each.low:.3f} to {each.high:<6.3f} {each.said:<12.4f} {each.copied:.4f}" for each in trials.calibration()
    ]
    return "\n".join(lines)


def _shown(estimate: Estimate, digits: int) -> str:
    return f"{estimate.value:.{digits}f} ({estimate.low:.{digits}f} to {estimate.high:.{digits}f})"


def calibration_svg(bins: list[Bin]) -> str:
    """Stated probability across, true share up, the diagonal for a model that knows how sure it is."""
    inner = SIZE - 2 * MARGIN

    def at(said: float, copied: float) -> tuple[float, float]:
        return MARGIN + said * inner, SIZE - MARGIN - copied * inner

    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    points = [at(each.said, each.copied) for each in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" font-family="sans-serif" font-size="13">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="#fff"/>'
        f'<path d="M{x0} {y1}V{y0}H{x1}" fill="none" stroke="#444"/>'
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke="#999" stroke-dasharray="4 4"/>'
        f'<polyline points="{path}" fill="none" stroke="#1b6e3c" stroke-width="2"/><g fill="#1b6e3c">{dots}</g>'
        f'<text x="{SIZE / 2}" y="{SIZE - 14}" text-anchor="middle">stated probability of copies</text>'
        f'<text transform="translate(18 {SIZE / 2}) rotate(-90)" text-anchor="middle">copied in truth</text>'
        f'<text x="{x0}" y="{y0 + 16}" text-anchor="middle">0</text>'
        f'<text x="{x1}" y="{y0 + 16}" text-anchor="middle">1</text>'
        f'<text x="{x0 - 8}" y="{y1 + 5}" text-anchor="end">1</text></svg>\n'
    )
