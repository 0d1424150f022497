//! The font of all pictures, as bytes to embed and widths to lay out with.
//!
//! A picture must not depend on the fonts of the machine that shows it, so each carries Latin subsets of Roboto
//! (Apache-2.0, `assets/fonts/`), and texts are measured here with the same font's widths.

use std::sync::LazyLock;

/// The family's name, inside the font files too.
pub(super) const FAMILY: &str = "Roboto";

/// The family, and what takes its place in a viewer that passes over `@font-face`.
pub(super) const FAMILIES: &str = "Roboto, Helvetica, Arial, sans-serif";

pub(super) const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Roboto-Regular.subset.ttf");
pub(super) const MEDIUM: &[u8] = include_bytes!("../../../assets/fonts/Roboto-Medium.subset.ttf");

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Medium,
}

/// The style sheet that brings the font along.
pub(super) static STYLE_SHEET: LazyLock<String> = LazyLock::new(|| {
    let face = |weight: &str, font: &[u8]| {
        let data = base64(font);
        format!(
            "@font-face{{font-family:'{FAMILY}';font-weight:{weight};src:url(data:font/ttf;base64,{data}) \
             format('truetype')}}"
        )
    };
    format!("<style>{}{}</style>", face("400", REGULAR), face("700", MEDIUM))
});

/// How wide a text is at this size, rounded up.
pub(super) fn width(text: &str, size: i32, weight: Weight) -> i32 {
    let widths = match weight {
        Weight::Regular => &REGULAR_WIDTHS,
        Weight::Medium => &MEDIUM_WIDTHS,
    };
    let units: i64 = text
        .chars()
        .map(|c| {
            let ascii = u32::from(c).checked_sub(32).and_then(|i| widths.get(i as usize));
            i64::from(ascii.copied().unwrap_or(OTHER_WIDTH))
        })
        .sum();
    i32::try_from((units * i64::from(size) + 2047) / 2048).unwrap_or(i32::MAX)
}

/// A text that is not wider than `room`: the end is cut off and marked by `…`, but of `my-daemon/2` the number
/// stays.
pub(super) fn fitted(text: &str, size: i32, weight: Weight, room: i32) -> String {
    let mut columns = text.chars().count();
    let mut fitted = text.to_owned();
    while columns > 1 && width(&fitted, size, weight) > room {
        columns -= 1;
        fitted = crate::output::text::shorten(text, columns);
    }
    fitted
}

/// The same, with the middle cut out: of `batchRounding=floor` the value stays.
pub(super) fn fitted_middle(text: &str, size: i32, weight: Weight, room: i32) -> String {
    let mut columns = text.chars().count();
    let mut fitted = text.to_owned();
    while columns > 1 && width(&fitted, size, weight) > room {
        columns -= 1;
        fitted = crate::output::text::shorten_middle(text, columns);
    }
    fitted
}

/// Values in lines that are not wider than `room`; a line breaks after a comma, and of a value that is wider by itself
/// the middle is cut.
pub(super) fn in_lines(text: &str, size: i32, weight: Weight, room: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in text.split_inclusive(", ") {
        match lines.last_mut() {
            Some(line) if width(&format!("{line}{}", part.trim_end()), size, weight) <= room => {
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| fitted_middle(line.trim_end(), size, weight, room)).collect()
}

/// RFC 4648, as `data:` addresses want it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

/// For what is not ASCII: as wide as a digit.
const OTHER_WIDTH: u16 = 1151;

/// Widths of ASCII from space to tilde in 2048ths of the size, from the font's `hmtx` table.
#[rustfmt::skip]
const REGULAR_WIDTHS: [u16; 95] = [
    508, 528, 656, 1261, 1151, 1500, 1274, 358, 701, 713, 882, 1162, 403, 566, 540, 845,
    1151, 1151, 1151, 1151, 1151, 1151, 1151, 1151, 1151, 1151, 496, 433, 1041, 1124, 1071, 968,
    1839, 1336, 1276, 1333, 1344, 1164, 1132, 1395, 1461, 557, 1130, 1285, 1103, 1788, 1461, 1409,
    1292, 1409, 1262, 1216, 1222, 1328, 1304, 1817, 1284, 1230, 1227, 543, 841, 543, 856, 924,
    633, 1114, 1150, 1072, 1155, 1086, 712, 1150, 1128, 498, 490, 1038, 498, 1796, 1131, 1168,
    1150, 1164, 694, 1057, 670, 1129, 992, 1539, 1016, 969, 1016, 693, 500, 693, 1393,
];

/// Widths of ASCII from space to tilde in 2048ths of the size, from the font's `hmtx` table.
#[rustfmt::skip]
const MEDIUM_WIDTHS: [u16; 95] = [
    510, 549, 664, 1250, 1164, 1504, 1309, 346, 715, 723, 906, 1142, 451, 673, 572, 811,
    1164, 1164, 1164, 1164, 1164, 1164, 1164, 1164, 1164, 1164, 543, 487, 1041, 1146, 1066, 997,
    1833, 1363, 1293, 1337, 1338, 1158, 1126, 1395, 1456, 578, 1137, 1291, 1109, 1793, 1455, 1414,
    1310, 1414, 1279, 1237, 1244, 1336, 1326, 1803, 1296, 1248, 1234, 562, 856, 562, 876, 924,
    660, 1109, 1153, 1073, 1157, 1099, 726, 1161, 1137, 524, 513, 1069, 524, 1783, 1139, 1166,
    1153, 1163, 720, 1058, 682, 1138, 1014, 1522, 1031, 997, 1031, 687, 514, 687, 1361,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn text_is_measured_and_cut() {
        // Two digits of 1151/2048 at 2048 are 2302 wide.
        assert_eq!(width("42", 2048, Weight::Regular), 2302);
        assert_eq!(fitted("wave 3", 20, Weight::Regular, 1000), "wave 3");
        let cut = fitted("my-very-long-daemon-name/12", 20, Weight::Medium, 160);
        assert!(cut.ends_with("…/12") && width(&cut, 20, Weight::Medium) <= 160, "{cut}");
    }

    #[test]
    fn values_go_on_in_another_line() {
        let lines = |text| in_lines(text, 24, Weight::Medium, 500);
        assert_eq!(lines("drainPercent 5"), ["drainPercent 5"]);
        assert_eq!(
            lines("drainPercent 50, minimumHealthyPercent 50, bakeTimeInMinutes 15"),
            ["drainPercent 50, minimumHealthyPercent 50,", "bakeTimeInMinutes 15"]
        );
        let long = lines("registeringFailure {attempts: 20 and then for a long time nothing at all}");
        assert!(
            long.len() == 1 && long[0].starts_with("registering") && long[0].ends_with("at all}"),
            "{long:?}"
        );
    }

    #[test]
    fn fonts_stay_small() {
        assert!(REGULAR.len() < 40_000 && MEDIUM.len() < 40_000);
    }
}
