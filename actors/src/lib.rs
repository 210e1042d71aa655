//! Who owns which state.
