//! The phases of the Leiden algorithm: moving nodes, refining communities, aggregating.
//!
//! Traag, Waltman & van Eck 2019. What is made large is, in sum over communities, the weight inside less half of
//! `gamma` times the squared mass; moving a node between communities changes it by a difference of two terms.

use std::collections::VecDeque;

use rand::Rng as _;
use rand::seq::SliceRandom;

use super::graph::Graph;
use crate::error::Result;
use crate::interrupt;
use crate::run::seed::Rng;

/// Randomness of the refinement, in units of the mean edge weight.
const THETA: f64 = 0.01;

/// Smaller gains are rounding.
const LEAST_GAIN: f64 = 1e-12;

/// The quality of a partition, in units of weight.
pub(super) fn quality(graph: &Graph, community: &[usize], gamma: f64) -> f64 {
    let communities = community.iter().max().map_or(0, |last| last + 1);
    let (mut inside, mut mass) = (vec![0.0; communities], vec![0.0; communities]);
    for node in 0..graph.len() {
        let own = community[node];
        let edges = graph.around(node).filter(|&(other, _)| community[other] == own).map(|(_, weight)| 0.5 * weight);
        inside[own] += graph.inside[node] + edges.sum::<f64>();
        mass[own] += graph.mass[node];
    }
    inside.iter().zip(&mass).map(|(inside, mass)| inside - 0.5 * gamma * mass * mass).sum()
}

/// Improves a partition by one run through all levels of aggregation. Communities are numbered without gaps.
pub(super) fn improve(graph: &Graph, community: &[usize], gamma: f64, rng: &mut Rng) -> Result<Vec<usize>> {
    // Which node of the current level each row is in.
    let mut node_of: Vec<usize> = (0..graph.len()).collect();
    let mut level = graph.clone();
    let mut community = community.to_vec();
    loop {
        interrupt::check()?;
        move_nodes(&level, &mut community, gamma, rng);
        let communities = compact(&mut community);
        let mut refined = refine(&level, &community, communities, gamma, rng);
        let nodes = compact(&mut refined);
        if communities == level.len() || nodes == level.len() {
            return Ok(node_of.iter().map(|&node| community[node]).collect());
        }
        // A node of the next level begins in the community that it was refined from.
        let mut next = vec![0; nodes];
        refined.iter().zip(&community).for_each(|(&node, &community)| next[node] = community);
        level = level.aggregate(&refined, nodes);
        node_of.iter_mut().for_each(|node| *node = refined[*node]);
        community = next;
    }
}

/// Numbers communities without gaps, in the order in which they come; gives their number.
pub(super) fn compact(community: &mut [usize]) -> usize {
    let mut number = vec![usize::MAX; community.iter().max().map_or(0, |last| last + 1)];
    let mut next = 0;
    for own in community.iter_mut() {
        if number[*own] == usize::MAX {
            number[*own] = next;
            next += 1;
        }
        *own = number[*own];
    }
    next
}

/// Moves single nodes to the community where they gain most, as long as any does; neighbours of a moved node are looked
/// at again.
fn move_nodes(graph: &Graph, community: &mut [usize], gamma: f64, rng: &mut Rng) {
    let n = graph.len();
    let mut mass = vec![0.0; n];
    let mut members = vec![0usize; n];
    for node in 0..n {
        mass[community[node]] += graph.mass[node];
        members[community[node]] += 1;
    }
    let mut empty: Vec<usize> = (0..n).filter(|&c| members[c] == 0).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    let mut queue: VecDeque<usize> = order.into();
    let mut queued = vec![true; n];
    let mut towards = vec![0.0; n];
    let mut touched: Vec<usize> = Vec::new();
    while let Some(node) = queue.pop_front() {
        queued[node] = false;
        let own = community[node];
        for (other, weight) in graph.around(node) {
            let other = community[other];
            if towards[other] == 0.0 {
                touched.push(other);
            }
            towards[other] += weight;
        }
        let gain = |c: usize, towards: f64| {
            let rest = if c == own { mass[c] - graph.mass[node] } else { mass[c] };
            towards - gamma * graph.mass[node] * rest
        };
        let stay = gain(own, towards[own]);
        let mut best = (stay, own);
        // Alone in a new community, a node gains nothing and pays nothing.
        if members[own] > 1
            && stay < -LEAST_GAIN
            && let Some(&free) = empty.last()
        {
            best = (0.0, free);
        }
        for &c in &touched {
            let found = gain(c, towards[c]);
            if found > best.0 + LEAST_GAIN {
                best = (found, c);
            }
        }
        touched.drain(..).for_each(|c| towards[c] = 0.0);
        let to = best.1;
        if to == own {
            continue;
        }
        if members[to] == 0 {
            empty.pop();
        }
        members[own] -= 1;
        mass[own] -= graph.mass[node];
        if members[own] == 0 {
            mass[own] = 0.0;
            empty.push(own);
        }
        members[to] += 1;
        mass[to] += graph.mass[node];
        community[node] = to;
        for (other, _) in graph.around(node) {
            if community[other] != to && !queued[other] {
                queued[other] = true;
                queue.push_back(other);
            }
        }
    }
}

/// Splits communities into parts that are well connected: nodes that begin alone join parts of their community at random,
/// the more likely the more they gain, and never at a loss. Parts are connected, as nodes join along edges.
fn refine(graph: &Graph, community: &[usize], communities: usize, gamma: f64, rng: &mut Rng) -> Vec<usize> {
    let n = graph.len();
    let theta = THETA * graph.total() / graph.edges().max(1) as f64;
    let mut whole = vec![0.0; communities];
    (0..n).for_each(|node| whole[community[node]] += graph.mass[node]);
    let mut part: Vec<usize> = (0..n).collect();
    let mut mass = graph.mass.clone();
    let mut alone = vec![true; n];
    // Weight between each part and the rest of its community.
    let mut outward: Vec<f64> = (0..n)
        .map(|node| graph.around(node).filter(|&(o, _)| community[o] == community[node]).map(|(_, w)| w).sum())
        .collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    let mut towards = vec![0.0; n];
    let mut touched: Vec<usize> = Vec::new();
    for node in order {
        let own = community[node];
        let connected = |mass: f64, outward: f64| outward >= gamma * mass * (whole[own] - mass);
        if !alone[part[node]] || !connected(mass[part[node]], outward[part[node]]) {
            continue;
        }
        for (other, weight) in graph.around(node).filter(|&(o, _)| community[o] == own) {
            let other = part[other];
            if towards[other] == 0.0 {
                touched.push(other);
            }
            towards[other] += weight;
        }
        let gains: Vec<(usize, f64)> = touched
            .iter()
            .filter(|&&p| connected(mass[p], outward[p]))
            .map(|&p| (p, towards[p] - gamma * graph.mass[node] * mass[p]))
            .filter(|&(_, gain)| gain >= 0.0)
            .collect();
        let to = draw(&gains, theta, rng);
        if let Some(to) = to {
            let from = part[node];
            outward[to] += outward[from] - 2.0 * towards[to];
            mass[to] += graph.mass[node];
            (outward[from], mass[from]) = (0.0, 0.0);
            part[node] = to;
            alone[to] = false;
        }
        touched.drain(..).for_each(|p| towards[p] = 0.0);
    }
    part
}

/// One of the parts, with probability proportional to the exponential of its gain over `theta`; staying alone gains 0.
fn draw(gains: &[(usize, f64)], theta: f64, rng: &mut Rng) -> Option<usize> {
    let largest = gains.iter().map(|&(_, gain)| gain).fold(0.0, f64::max);
    let weight = |gain: f64| ((gain - largest) / theta).exp();
    let total: f64 = weight(0.0) + gains.iter().map(|&(_, gain)| weight(gain)).sum::<f64>();
    let mut left = rng.gen_range(0.0..1.0) * total;
    for &(part, gain) in gains {
        left -= weight(gain);
        if left < 0.0 {
            return Some(part);
        }
    }
    None
}
