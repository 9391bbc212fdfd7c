//! What the animal does in each frame.

use std::sync::Arc;

use crate::data::Labels;
use crate::error::{Error, Result, did_you_mean};

/// One state per frame, or none where it is not known.
///
/// Names keep the order they are given in (that of a cycle of behaviour, often), and a state that never occurs keeps its
/// name, so that animals can be compared; that is what [`Labels`], whose classes are sorted, do not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States {
    names: Arc<[String]>,
    codes: Arc<[Option<u32>]>,
}

/// A run of frames in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bout {
    /// The state, an index into the names; none where it is not known.
    pub state: Option<u32>,
    /// The first frame.
    pub start: usize,
    /// Number of frames.
    pub frames: usize,
}

impl States {
    /// States from their names and an index into them for each frame.
    ///
    /// # Errors
    /// When a name is empty or occurs twice, or an index is beyond the names.
    pub fn new(names: Arc<[String]>, codes: Vec<Option<u32>>) -> Result<Self> {
        for (i, name) in names.iter().enumerate() {
            if name.is_empty() || names[..i].contains(name) {
                return Err(Error::value(format!("state {i} is called `{name}`, expected a name of its own"))
                    .help("give every state another name"));
            }
        }
        if let Some((frame, code)) =
            codes.iter().enumerate().find_map(|(i, c)| c.filter(|&c| c as usize >= names.len()).map(|c| (i, c)))
        {
            return Err(Error::value(format!(
                "frame {frame} is in state {code}, but there are {} states",
                names.len()
            ))
            .help("states are numbered from 0, in the order of their names"));
        }
        Ok(States { names, codes: codes.into() })
    }

    /// States from a name per frame, numbered as they first occur; an empty name is not known.
    pub fn from_names<S: AsRef<str>>(frames: impl IntoIterator<Item = S>) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut code = |name: &str| {
            let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
                names.push(name.to_string());
                names.len() - 1
            });
            at as u32
        };
        let frames = frames.into_iter().map(|f| Some(f.as_ref().trim()).filter(|n| !n.is_empty()).map(&mut code));
        let codes: Vec<Option<u32>> = frames.collect();
        States { names: names.into(), codes: codes.into() }
    }

    /// The states' names.
    pub fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// The state of each frame, an index into [`names`](Self::names).
    pub fn codes(&self) -> &[Option<u32>] {
        &self.codes
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The name of a frame's state.
    pub fn get(&self, frame: usize) -> Option<&str> {
        self.codes[frame].map(|c| self.names[c as usize].as_str())
    }

    /// Number of frames in each state.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        self.codes.iter().flatten().for_each(|&c| counts[c as usize] += 1);
        counts
    }

    /// Runs of equal states, in order, those that are not known too.
    pub fn bouts(&self) -> Vec<Bout> {
        let mut bouts: Vec<Bout> = Vec::new();
        for (frame, &state) in self.codes.iter().enumerate() {
            match bouts.last_mut() {
                Some(last) if last.state == state => last.frames += 1,
                _ => bouts.push(Bout { state, start: frame, frames: 1 }),
            }
        }
        bouts
    }

    /// The same frames with states renamed: each pair says how an old state is called from here on, or (with an empty
    /// name) that it counts as not known. States that no pair names keep their names.
    ///
    /// # Errors
    /// When there is no state of an old name.
    pub fn merge(&self, pairs: &[(String, String)]) -> Result<States> {
        for (old, _) in pairs {
            if !self.names.contains(old) {
                let near = did_you_mean(old, self.names.iter().map(String::as_str));
                let cure =
                    near.map_or(format!("there are: {}", self.names.join(", ")), |n| format!("did you mean `{n}`?"));
                return Err(Error::value(format!("there is no state `{old}`")).help(cure));
            }
        }
        let renamed =
            |name: &String| pairs.iter().find(|(old, _)| old == name).map_or(name.clone(), |(_, new)| new.clone());
        let mut names: Vec<String> = Vec::new();
        for new in self.names.iter().map(renamed).filter(|n| !n.is_empty()) {
            if !names.contains(&new) {
                names.push(new);
            }
        }
        let place = |name: &String| names.iter().position(|n| *n == renamed(name)).map(|i| i as u32);
        let of: Vec<Option<u32>> = self.names.iter().map(place).collect();
        let codes = self.codes.iter().map(|c| c.and_then(|c| of[c as usize])).collect::<Vec<_>>();
        Ok(States { names: names.into(), codes: codes.into() })
    }

    /// The frames at these places.
    #[must_use]
    pub fn select(&self, frames: impl IntoIterator<Item = usize>) -> States {
        States { names: Arc::clone(&self.names), codes: frames.into_iter().map(|i| self.codes[i]).collect() }
    }

    /// As labels, whose classes are those that occur, in the order of their names.
    pub fn labels(&self) -> Labels {
        Labels::new((0..self.len()).map(|frame| self.get(frame)))
    }
}

impl std::fmt::Display for States {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = self.names.iter().zip(self.counts()).map(|(name, n)| format!("{name} {n}"));
        let missing = self.codes.iter().filter(|c| c.is_none()).count();
        let missing = (missing > 0).then(|| format!("{missing} not known"));
        let shown: Vec<String> = counts.chain(missing).collect();
        write!(f, "States({} frames: {}; {} bouts)", self.len(), shown.join(", "), self.bouts().len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn states() -> States {
        States::from_names(["", "fwd", "fwd", "slow", "rev", "fwd"])
    }

    #[test]
    fn bouts_are_runs_and_unknown_frames_count() {
        let bouts = states().bouts();
        assert_eq!(bouts.iter().map(|b| b.frames).collect::<Vec<_>>(), [1, 2, 1, 1, 1]);
        assert_eq!(bouts[0].state, None);
        assert_eq!(states().to_string(), "States(6 frames: fwd 3, slow 1, rev 1, 1 not known; 5 bouts)");
    }

    #[test]
    fn merged_states_share_a_name_and_empty_names_are_unknown() {
        let merged = states().merge(&[("slow".into(), "fwd".into()), ("rev".into(), String::new())]).unwrap();
        assert_eq!(merged.names().as_ref(), ["fwd"]);
        assert_eq!(merged.codes(), [None, Some(0), Some(0), Some(0), None, Some(0)]);
        let error = states().merge(&[("slwo".into(), "fwd".into())]).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `slow`?"));
    }

    #[test]
    fn codes_and_names_must_fit() {
        let names: Arc<[String]> = ["a".into(), "b".into()].into();
        assert!(States::new(names.clone(), vec![Some(2)]).is_err());
        assert!(States::new(["a".into(), "a".into()].into(), vec![]).is_err());
        assert_eq!(States::new(names, vec![Some(1), None]).unwrap().get(0), Some("b"));
    }
}
