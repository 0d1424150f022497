//! Colours that survive print and colour-blindness; every line also has a weight or dash of its own.

use plotters::style::RGBColor;

pub(super) const INK: RGBColor = RGBColor(0x1F, 0x29, 0x37);
pub(super) const MUTED: RGBColor = RGBColor(0x6B, 0x72, 0x80);
pub(super) const GRID: RGBColor = RGBColor(0xE5, 0xE7, 0xEB);
pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

pub(super) const OLD: RGBColor = RGBColor(0x25, 0x63, 0xEB);
pub(super) const NEW: RGBColor = RGBColor(0x05, 0x96, 0x69);
pub(super) const DRAINING: RGBColor = RGBColor(0xD9, 0x77, 0x06);
pub(super) const DEMAND: RGBColor = RGBColor(0xDC, 0x26, 0x26);
pub(super) const BAKE: RGBColor = RGBColor(0x7C, 0x3A, 0xED);

/// Words on a wave's, a rollback's and a bake's shade.
pub(super) const WAVE_WORDS: RGBColor = RGBColor(0x92, 0x40, 0x0E);
pub(super) const BACK_WORDS: RGBColor = RGBColor(0x99, 0x1B, 0x1B);
pub(super) const BAKE_WORDS: RGBColor = RGBColor(0x5B, 0x21, 0xB6);

/// The stages of an instance, dark and light by turns so that neighbours differ in black and white too.
pub(super) const STAGES: [RGBColor; 6] = [
    RGBColor(0x1F, 0x29, 0x37),
    RGBColor(0x93, 0xC5, 0xFD),
    RGBColor(0x04, 0x78, 0x57),
    RGBColor(0xFB, 0xBF, 0x24),
    RGBColor(0x6D, 0x28, 0xD9),
    RGBColor(0xD1, 0xD5, 0xDB),
];
