//! Taking soft links out of the groups of an HDF5 file.
//!
//! The reader of HDF5 files gives up on a group of the older kind (a symbol table) that has a soft link: the link has no
//! object header, and it looks for one. NWB files are full of such links. They are shortcuts to objects that are in the
//! file under another name as well, so leaving them out loses nothing: here they are cut out of the nodes that list the
//! members, in a copy of the bytes. (HDF5 file format specification 3.0, III.B and III.C.)

/// Bytes of a node before its entries: signature, version, a reserved byte, number of entries.
const HEAD: usize = 8;
/// Bytes of an entry where addresses have eight: name, address, kind, reserved, scratch.
const ENTRY: usize = 40;
/// What stands for no address.
const NOWHERE: [u8; 8] = [0xff; 8];

/// The bytes without soft links in groups of the older kind.
pub(super) fn removed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(4).position(|w| w == b"SNOD").map(|i| from + i) {
        from = at + 4;
        let Some(&[version, reserved, low, high]) = bytes.get(at + 4..at + HEAD).and_then(|b| b.first_chunk()) else {
            break;
        };
        let count = usize::from(u16::from_le_bytes([low, high]));
        let Some(entries) = bytes.get(at + HEAD..at + HEAD + count * ENTRY) else { continue };
        if (version, reserved) != (1, 0) {
            continue;
        }
        let soft = |entry: &[u8]| entry[8..16] == NOWHERE && entry[16..20] == 2u32.to_le_bytes();
        let kept: Vec<u8> = entries.chunks_exact(ENTRY).filter(|e| !soft(e)).flatten().copied().collect();
        let left = (kept.len() / ENTRY) as u16;
        bytes[at + 6..at + HEAD].copy_from_slice(&left.to_le_bytes());
        bytes[at + HEAD..at + HEAD + kept.len()].copy_from_slice(&kept);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_and_the_rest_moves_up() {
        let entry = |name: u8, kind: u8| {
            let mut entry = [0u8; ENTRY];
            entry[0] = name;
            entry[16] = kind;
            if kind == 2 {
                entry[8..16].fill(0xff);
            }
            entry
        };
        let node = [entry(1, 0), entry(2, 2), entry(3, 1)].concat();
        let bytes = [b"xxSNOD\x01\x00\x03\x00".as_slice(), &node, b"SNOD\x01"].concat();
        let found = removed(bytes.clone());
        assert_eq!((found.len(), &found[..10]), (bytes.len(), b"xxSNOD\x01\x00\x02\x00".as_slice()));
        assert_eq!((found[10], found[10 + ENTRY]), (1, 3));
        let other = b"SNOD\x07\x00\x01\x00".to_vec();
        assert_eq!(removed(other.clone()), other);
    }
}
