//! What should happen next, and why: reads everything, changes nothing.
