//! Exact decimals and shares in text.

/// One, in billionths.
pub(super) const ONE: i128 = 1_000_000_000;

/// Longer numbers nobody means.
const DIGITS_MAX: usize = 15;

/// A plain decimal, not below zero, in billionths; at most nine decimals.
pub(super) fn decimal(text: &str) -> Option<i128> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(rest) || whole.len() > DIGITS_MAX || rest.len() > 9 {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let rest: i128 = format!("{rest:0<9}").parse().ok()?;
    Some(whole * ONE + rest)
}

/// `80%`, in billionths of one.
pub(super) fn percent(text: &str) -> Option<i128> {
    decimal(text.strip_suffix('%')?.trim_end()).map(|billionths| billionths / 100)
}

/// Reads a share of runs, `95%` or `0.95`.
///
/// # Errors
///
/// When it is none, or one that no number of runs can show.
pub fn share(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let Some(billionths) = percent(text).or_else(|| decimal(text)) else {
        return Err("a share of runs is written 95% or 0.95".to_owned());
    };
    if billionths <= 0 || billionths >= ONE {
        return Err("no number of runs shows that a share is 0% or 100%; it must lie between".to_owned());
    }
    Ok(billionths as f64 / ONE as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_either_way() {
        assert_eq!((share("95%"), share("0.95"), share(" 0.5 % ")), (Ok(0.95), Ok(0.95), Ok(0.005)));
        for wrong in ["", "%", "95", "1", "100%", "0%", "0", "-5%", "1e-2", "0.9.5", "nan", ".5"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("12.5"), Some(12_500_000_000));
        assert_eq!(decimal("0.000000001"), Some(1));
        assert_eq!((decimal("0.0000000001"), decimal("1."), decimal("٥")), (None, None, None));
        assert_eq!(percent("28%"), Some(280_000_000));
    }
}
