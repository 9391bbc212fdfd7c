//! What the user sees: the only code that prints.
