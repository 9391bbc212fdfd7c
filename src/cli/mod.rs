//! The command line: `run`, the REPL, `doctor`.
