//! Lists in which nearly every value follows from the one before it.

/// A list as the places where a value does not follow from the one before, and the values there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Runs<T> {
    start: Box<[u32]>,
    first: Box<[T]>,
}

impl<T: Copy + PartialEq> Runs<T> {
    /// Packs a list; `next` gives what follows a value within a run.
    pub fn new(list: &[T], next: impl Fn(T) -> T) -> Self {
        let starts = |i: &usize| *i == 0 || list[*i] != next(list[*i - 1]);
        let (start, first) = (0..list.len()).filter(starts).map(|i| (i as u32, list[i])).collect::<(Vec<_>, Vec<_>)>();
        Runs { start: start.into(), first: first.into() }
    }

    /// The list of `n` values; `next` as it was packed with.
    pub fn to_vec(&self, n: usize, next: impl Fn(T) -> T) -> Vec<T> {
        let mut list = Vec::with_capacity(n);
        let ends = self.start.iter().skip(1).map(|&start| start as usize).chain([n]);
        for (&first, end) in self.first.iter().zip(ends) {
            let mut value = first;
            for _ in list.len()..end {
                list.push(value);
                value = next(value);
            }
        }
        list
    }

    /// The memory behind the value, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.start) + size_of_val(&*self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_as_short_as_the_list_is_regular() {
        let list = [5u32, 6, 7, 2, 3, 9];
        let next = |v: u32| v.wrapping_add(1);
        let runs = Runs::new(&list, next);
        assert_eq!((&*runs.start, &*runs.first), (&[0, 3, 5][..], &[5, 2, 9][..]));
        assert_eq!(runs.to_vec(6, next), list);
        assert_eq!(Runs::new(&[u32::MAX, 0, 1], next).first.len(), 1);
        assert!(Runs::<u32>::new(&[], next).to_vec(0, next).is_empty());
    }
}
