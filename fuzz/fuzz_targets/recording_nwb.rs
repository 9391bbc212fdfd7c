#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nms_fuzz::read_recordings("nwb", bytes));
