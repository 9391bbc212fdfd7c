//! Clusters as valleys with steep sides in the reachability of the order.
//!
//! Ankerst et al. 1999, section 4.3, with the level of a valley's right end compared as scikit-learn does (definition
//! 11, 4c, has its sign turned), and with the last rows cut off that were not reached from within the valley (Schubert &
//! Gertz 2018).

use super::Optics;

/// A steep way down into a valley.
struct Descent {
    start: usize,
    end: usize,
    /// The highest reachability between its end and the place where the search is.
    between: f64,
}

/// The reachability in order, and where it falls and rises.
struct Profile {
    /// One more than there are rows: behind the last, all valleys end.
    height: Vec<f64>,
    xi: f64,
}

impl Profile {
    fn falls(&self, at: usize) -> bool {
        self.height[at] > self.height[at + 1]
    }

    fn rises(&self, at: usize) -> bool {
        self.height[at] < self.height[at + 1]
    }

    fn falls_steeply(&self, at: usize) -> bool {
        self.falls(at) && self.height[at] * (1.0 - self.xi) >= self.height[at + 1]
    }

    fn rises_steeply(&self, at: usize) -> bool {
        self.rises(at) && self.height[at] <= self.height[at + 1] * (1.0 - self.xi)
    }

    /// The last steep place of a way that begins at `start`: it never turns, and has no more than `slack` places in a row
    /// that are not steep.
    fn end_of_way(
        &self,
        start: usize,
        slack: usize,
        steep: impl Fn(&Self, usize) -> bool,
        turns: impl Fn(&Self, usize) -> bool,
    ) -> usize {
        let (mut end, mut flat) = (start, 0);
        for at in start..self.height.len() - 1 {
            if steep(self, at) {
                (end, flat) = (at, 0);
            } else if turns(self, at) {
                break;
            } else {
                flat += 1;
                if flat > slack {
                    break;
                }
            }
        }
        end
    }
}

/// First and last places of valleys, inner ones before those around them.
pub(super) fn spans(order: &Optics, xi: f64, min_samples: usize, min_size: usize) -> Vec<(usize, usize)> {
    let mut height: Vec<f64> = order.ordering.iter().map(|&row| order.reachability[row]).collect();
    height.push(f64::INFINITY);
    let profile = Profile { height, xi };
    let mut descents: Vec<Descent> = Vec::new();
    let mut found = Vec::new();
    let (mut at, mut highest) = (0, 0.0f64);
    while at < profile.height.len() - 1 {
        highest = highest.max(profile.height[at]);
        let (down, up) = (profile.falls_steeply(at), profile.rises_steeply(at));
        if !down && !up {
            at += 1;
            continue;
        }
        // A valley lies all below its rim: descents that begin lower than what came behind them lead into none.
        descents.retain_mut(|descent| {
            descent.between = descent.between.max(highest);
            highest.is_finite() && highest <= profile.height[descent.start] * (1.0 - xi)
        });
        let start = at;
        if down {
            let end = profile.end_of_way(start, min_samples, Profile::falls_steeply, Profile::rises);
            descents.push(Descent { start, end, between: 0.0 });
            at = end + 1;
        } else {
            let end = profile.end_of_way(start, min_samples, Profile::rises_steeply, Profile::falls);
            let valleys = descents.iter().rev().filter_map(|descent| valley(order, &profile, descent, start, end));
            found.extend(valleys.filter(|&(from, to)| to + 1 >= from + min_size));
            at = end + 1;
        }
        highest = profile.height[at];
    }
    found
}

/// The valley between a way down and a way up, if there is one.
fn valley(order: &Optics, profile: &Profile, down: &Descent, up: usize, up_end: usize) -> Option<(usize, usize)> {
    let (height, keep) = (&profile.height, 1.0 - profile.xi);
    let (left, right) = (height[down.start], height[up_end + 1]);
    if right * keep < down.between {
        return None;
    }
    let (mut from, mut to) = (down.start, up_end);
    if left * keep >= right {
        // The left rim is higher: begin where it has come down to the right one.
        while from < down.end && height[from + 1] > right {
            from += 1;
        }
    } else if right * keep >= left {
        while to > up && height[to - 1] > left {
            to -= 1;
        }
    }
    let to = reached_from_within(order, height, from, to)?;
    (from <= down.end && to >= up).then_some((from, to))
}

/// The last place of a valley whose row was reached from a row of the valley.
fn reached_from_within(order: &Optics, height: &[f64], from: usize, to: usize) -> Option<usize> {
    (from + 1..=to).rev().find(|&to| {
        let source = order.predecessors[order.ordering[to]];
        height[from] > height[to] || order.ordering[from..to].iter().any(|&row| Some(row) == source)
    })
}
