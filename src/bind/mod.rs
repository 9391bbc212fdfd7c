//! The script namespaces, one thin file each.
