//! Recorded values → bytes.
