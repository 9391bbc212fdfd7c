//! Parts of a population, for runs that share the work on it.

use super::Population;
use crate::error::{Error, Result};

impl Population {
    /// Part `shard` of `shards` parts, counted from 0: neighbours stay together, sizes differ by one cell at most, and the
    /// parts in their order are the whole. A part of fewer cells than parts may be empty.
    ///
    /// # Errors
    /// When there is no such part.
    pub fn shard(&self, shard: i64, shards: i64) -> Result<Population> {
        let (Ok(shard), Ok(shards)) = (u128::try_from(shard), u128::try_from(shards)) else {
            return Err(no_such_part(shard, shards));
        };
        if shard >= shards {
            return Err(no_such_part(shard, shards));
        }
        let start = |part: u128| usize::try_from(part * self.len() as u128 / shards).unwrap_or(self.len());
        self.select(&(start(shard)..start(shard + 1)).collect::<Vec<usize>>())
    }
}

fn no_such_part(shard: impl std::fmt::Display, shards: impl std::fmt::Display) -> Error {
    Error::value(format!("there is no part `{shard}` of `{shards}` parts"))
        .help("parts are counted from 0: the last of 8 is `cells.shard(7, 8)`")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::morph::testing::forest;
    use crate::run::seed;

    #[test]
    fn parts_in_their_order_are_the_whole() {
        let cells = (0..7).map(|i| Arc::new(forest(&mut seed::stream(1, "shard", i), 3, 1))).collect();
        let cells = Population::new(cells);
        for shards in [1, 2, 3, 7, 10] {
            let parts: Vec<Population> = (0..shards).map(|shard| cells.shard(shard, shards).unwrap()).collect();
            let sizes: Vec<usize> = parts.iter().map(Population::len).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
            let ids: Vec<String> = parts.iter().flat_map(|part| part.ids().iter().cloned()).collect();
            assert_eq!(ids[..], cells.ids()[..]);
        }
        let error = cells.shard(3, 3).unwrap_err();
        assert_eq!(error.message, "there is no part `3` of `3` parts");
        assert!(cells.shard(-1, 3).is_err() && cells.shard(0, 0).is_err());
    }
}
