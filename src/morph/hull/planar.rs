//! Convex polygons round points of a plane.

use robust::{Coord, orient2d};

/// Indices of the hull's corners, counter-clockwise from the lowest x, without points on its sides: Andrew's monotone chain
/// (1979) with exact orientations (Shewchuk 1997). Two corners for points on a line, one for a single position; at least
/// one point is needed.
pub(crate) fn polygon(points: &[[f64; 2]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    let by_place = |&i: &usize, &j: &usize| {
        points[i][0].total_cmp(&points[j][0]).then(points[i][1].total_cmp(&points[j][1])).then(i.cmp(&j))
    };
    order.sort_unstable_by(by_place);
    order.dedup_by(|a, b| points[*a] == points[*b]);
    if order.len() < 3 {
        return order;
    }
    let coord = |i: usize| Coord { x: points[i][0], y: points[i][1] };
    let turns_left = |a: usize, b: usize, c: usize| orient2d(coord(a), coord(b), coord(c)) > 0.0;
    let mut corners: Vec<usize> = Vec::new();
    // The lower side from left to right, then the upper side back.
    for back in [false, true] {
        let first = corners.len();
        for at in 0..order.len() {
            let i = if back { order[order.len() - 1 - at] } else { order[at] };
            while corners.len() >= first + 2 && !turns_left(corners[corners.len() - 2], corners[corners.len() - 1], i) {
                corners.pop();
            }
            corners.push(i);
        }
        // The last point of a side is the first of the next.
        corners.pop();
    }
    corners
}
