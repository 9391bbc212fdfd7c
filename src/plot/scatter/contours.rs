//! Where points lie densely: lines around the densest regions that hold given shares of them.
//!
//! A Gaussian kernel density estimate on a grid, with Scott's bandwidths (1992), and marching squares on it. The levels are
//! those of highest density regions: the line of a share is drawn at the density that this share of the points exceeds.

/// Cells of the grid along each axis.
const GRID: usize = 100;
/// Shares of the points within the lines, the outermost first.
pub(super) const SHARES: [f64; 3] = [0.9, 0.6, 0.3];

/// A line's ends.
pub(super) type Segment = ([f64; 2], [f64; 2]);

/// The lines of each of [`SHARES`] over the axes' ranges; none for fewer than five points or points on a line.
pub(super) fn contours(points: &[[f64; 2]], ranges: [(f64, f64); 2]) -> Vec<Vec<Segment>> {
    let n = points.len() as f64;
    let bandwidth = [0, 1].map(|k| {
        let mean = points.iter().map(|p| p[k]).sum::<f64>() / n;
        let sd = (points.iter().map(|p| (p[k] - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        // A bandwidth below a cell of the grid would not be seen.
        (sd * n.powf(-1.0 / 6.0)).max(0.5 * (ranges[k].1 - ranges[k].0) / GRID as f64)
    });
    if points.len() < 5 || bandwidth.iter().any(|b| !b.is_finite()) {
        return Vec::new();
    }
    let step = [0, 1].map(|k| (ranges[k].1 - ranges[k].0) / (GRID - 1) as f64);
    let place = |p: &[f64; 2], k: usize| (p[k] - ranges[k].0) / step[k];
    // Counts spread linearly over the four nearest grid points, then blurred along both axes.
    let mut density = vec![0.0; GRID * GRID];
    for p in points {
        let (x, y) = (place(p, 0), place(p, 1));
        let (i, j) = ((x as usize).min(GRID - 2), (y as usize).min(GRID - 2));
        let (fx, fy) = (x - i as f64, y - j as f64);
        for (di, dj, share) in
            [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)]
        {
            density[(j + dj) * GRID + i + di] += share;
        }
    }
    density = blurred(&density, bandwidth[0] / step[0], 1);
    density = blurred(&density, bandwidth[1] / step[1], GRID);
    let at = |p: &[f64; 2]| {
        let (x, y) = (place(p, 0), place(p, 1));
        let (i, j) = ((x as usize).min(GRID - 2), (y as usize).min(GRID - 2));
        let (fx, fy) = (x - i as f64, y - j as f64);
        let value = |i: usize, j: usize| density[j * GRID + i];
        (1.0 - fy) * ((1.0 - fx) * value(i, j) + fx * value(i + 1, j))
            + fy * ((1.0 - fx) * value(i, j + 1) + fx * value(i + 1, j + 1))
    };
    let mut at_points: Vec<f64> = points.iter().map(at).collect();
    at_points.sort_by(|a, b| b.total_cmp(a));
    let level = |share: f64| at_points[((share * n) as usize).min(points.len() - 1)];
    let to_data = |[x, y]: [f64; 2]| [ranges[0].0 + x * step[0], ranges[1].0 + y * step[1]];
    SHARES
        .map(|share| {
            let lines = marching_squares(&density, level(share));
            lines.into_iter().map(|(a, b)| (to_data(a), to_data(b))).collect()
        })
        .to_vec()
}

/// Convolution with a Gaussian along one axis, `stride` apart in memory.
fn blurred(values: &[f64], sd: f64, stride: usize) -> Vec<f64> {
    let reach = (4.0 * sd).ceil() as usize;
    let kernel: Vec<f64> = (0..=reach).map(|k| (-0.5 * (k as f64 / sd).powi(2)).exp()).collect();
    let mut out = vec![0.0; values.len()];
    for line in 0..GRID {
        let first = if stride == 1 { line * GRID } else { line };
        for i in 0..GRID {
            let value = values[first + i * stride];
            if value == 0.0 {
                continue;
            }
            for k in i.saturating_sub(reach)..=(i + reach).min(GRID - 1) {
                out[first + k * stride] += value * kernel[k.abs_diff(i)];
            }
        }
    }
    out
}

/// The line of one level through a grid, in units of its cells.
fn marching_squares(values: &[f64], level: f64) -> Vec<Segment> {
    let value = |i: usize, j: usize| values[j * GRID + i];
    let mut lines = Vec::new();
    for j in 0..GRID - 1 {
        for i in 0..GRID - 1 {
            // Corners counter-clockwise from the lower left, and where the level crosses the edges between them.
            let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
            let mut crossings = Vec::with_capacity(4);
            for k in 0..4 {
                let (a, b) = (corners[k], corners[(k + 1) % 4]);
                let (va, vb) = (value(a.0, a.1), value(b.0, b.1));
                if (va >= level) != (vb >= level) {
                    let t = (level - va) / (vb - va);
                    let mix = |p: usize, q: usize| p as f64 + t * (q as f64 - p as f64);
                    crossings.push([mix(a.0, b.0), mix(a.1, b.1)]);
                }
            }
            // At a saddle four edges are crossed; joining neighbours keeps the high corners apart.
            lines.extend(crossings.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_their_shares() {
        // A disc of points, evenly dense in a spiral (golden angle).
        let n = 4000;
        let point = |i: usize| {
            let (sin, cos) = (i as f64 * 2.399_963_229_728_653).sin_cos();
            // Radii of a Rayleigh distribution: a round normal cloud.
            let r = (-2.0 * (1.0 - (i as f64 + 0.5) / n as f64).ln()).sqrt();
            [r * cos, r * sin]
        };
        let points: Vec<_> = (0..n).map(point).collect();
        let found = contours(&points, [(-5.0, 5.0), (-5.0, 5.0)]);
        for (lines, share) in found.iter().zip(SHARES) {
            // A round normal cloud has this share within radius sqrt(-2 ln(1 - share)).
            let expected = (-2.0 * (1.0 - share).ln()).sqrt();
            assert!(!lines.is_empty());
            for (a, _) in lines {
                assert!((a[0].hypot(a[1]) / expected - 1.0).abs() < 0.15, "{share}: {a:?}");
            }
        }
    }

    #[test]
    fn few_points_have_no_lines() {
        assert!(contours(&[[0.0, 0.0]; 4], [(-1.0, 1.0), (-1.0, 1.0)]).is_empty());
        // All in one place: a round hill of one cell.
        assert!(contours(&[[0.0, 0.0]; 9], [(-1.0, 1.0), (-1.0, 1.0)]).iter().all(|l| l.len() < 200));
    }
}
