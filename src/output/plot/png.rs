//! The same picture as a bitmap.

use std::io;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::font::{FAMILY, MEDIUM, REGULAR};

/// Half-pixels become pixels.
const ZOOM: f32 = 2.0;

/// Writes one of our SVGs as a PNG of twice its size, with our own font and no other.
pub fn write_png(svg: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let tree = usvg::Tree::from_str(svg, &options()).map_err(io::Error::other)?;
    let size = tree.size().to_int_size().scale_by(ZOOM).ok_or_else(too_large)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(too_large)?;
    resvg::render(&tree, Transform::from_scale(ZOOM, ZOOM), &mut pixels.as_mut());
    out.write_all(&pixels.encode_png().map_err(io::Error::other)?)
}

/// How usvg reads our pictures: it passes over `@font-face`, so it is handed the fonts.
pub(super) fn options() -> usvg::Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(MEDIUM.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    usvg::Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(fonts), ..usvg::Options::default() }
}

fn too_large() -> io::Error {
    io::Error::other("the picture is too large")
}
