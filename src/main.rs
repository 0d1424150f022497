//! The program's door; everything else is library.

fn main() {}
