//! Models on libtorch: AC-Attention, encoders, heads, weights files, devices.
