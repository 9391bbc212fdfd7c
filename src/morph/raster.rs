//! Straight edges on a grid: which cells they pass through, and how much of them lies in each.

/// Calls `visit` with each cell that the edge passes through, in order, and the share of the edge's length that lies in it;
/// shares add up to 1. Cell `i` of an axis covers `i * size` up to `(i + 1) * size`. An edge without length lies in one
/// cell. (Amanatides & Woo 1987; limits are computed from the cells' numbers, so that nothing drifts on long edges.)
pub(super) fn cells_of_edge<const D: usize>(
    from: [f64; D],
    to: [f64; D],
    size: f64,
    mut visit: impl FnMut([i64; D], f64),
) {
    let mut cell: [i64; D] = std::array::from_fn(|k| (from[k] / size).floor() as i64);
    let last: [i64; D] = std::array::from_fn(|k| (to[k] / size).floor() as i64);
    let mut done = 0.0;
    loop {
        // The axis whose next limit comes first along the edge; none in the last cell.
        let mut next = (f64::INFINITY, D);
        for axis in (0..D).filter(|&axis| cell[axis] != last[axis]) {
            let limit = if last[axis] > cell[axis] { cell[axis] + 1 } else { cell[axis] };
            let at = (limit as f64 * size - from[axis]) / (to[axis] - from[axis]);
            if at < next.0 {
                next = (at, axis);
            }
        }
        let (at, axis) = next;
        if axis == D {
            visit(cell, 1.0 - done);
            return;
        }
        // Rounding may put a limit a little before the one that was just passed.
        let at = at.clamp(done, 1.0);
        visit(cell, at - done);
        done = at;
        cell[axis] += (last[axis] - cell[axis]).signum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn shares_add_up_and_neighbours_touch() {
        let mut rng = crate::run::seed::stream(1, "raster", 0);
        for _ in 0..500 {
            let [from, to]: [[f64; 3]; 2] =
                std::array::from_fn(|_| std::array::from_fn(|_| rng.gen_range(-20.0..20.0)));
            let (mut sum, mut before) = (0.0, None);
            cells_of_edge(from, to, 1.5, |cell, share| {
                assert!(share >= 0.0);
                // The middle of the piece lies in the cell that it is counted to.
                let middle = sum + 0.5 * share;
                for k in 0..3 {
                    let at = (from[k] + middle * (to[k] - from[k])) / 1.5;
                    assert!(at > cell[k] as f64 - 1e-9 && at < cell[k] as f64 + 1.0 + 1e-9);
                }
                let steps = before.map_or(1, |b: [i64; 3]| (0..3).map(|k| (cell[k] - b[k]).abs()).sum());
                assert_eq!(steps, 1);
                (sum, before) = (sum + share, Some(cell));
            });
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn edges_on_limits_and_points_have_a_cell() {
        let cells = |from, to| {
            let mut all = Vec::new();
            cells_of_edge::<2>(from, to, 1.0, |cell, share| all.push((cell, share)));
            all
        };
        assert_eq!(cells([2.0, 3.0], [2.0, 3.0]), [([2, 3], 1.0)]);
        assert_eq!(cells([0.0, 0.5], [2.0, 0.5]), [([0, 0], 0.5), ([1, 0], 0.5), ([2, 0], 0.0)]);
        assert_eq!(cells([1.0, 0.5], [-1.0, 0.5]), [([1, 0], 0.0), ([0, 0], 0.5), ([-1, 0], 0.5)]);
    }
}
