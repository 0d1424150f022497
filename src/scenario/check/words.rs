//! Numbers, chances and distributions in words.

use crate::kernel::{Distribution, SimDuration};
use crate::scenario::duration;

/// A number of the file, or a sum of a few: nine decimals, as the file may have, and no digit of binary dust.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A probability: `12.5 %`, `0.0038 %`, `less than 0.0001 %`.
pub(super) fn chance(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent >= 0.1 {
        return format!("{percent:.1} %");
    }
    if percent >= 0.0001 {
        return format!("{percent:.4} %");
    }
    "less than 0.0001 %".to_owned()
}

/// Something that laws are of.
pub(super) trait Told: Copy {
    fn told(self) -> String;
}

impl Told for SimDuration {
    fn told(self) -> String {
        duration::text(self)
    }
}

impl Told for f64 {
    fn told(self) -> String {
        number(self)
    }
}

/// A distribution in words.
pub(super) fn law<Q: Told>(distribution: &Distribution<Q>) -> String {
    match distribution {
        Distribution::Constant(value) => value.told(),
        Distribution::Uniform { min, max } => format!("uniform, {} to {}", min.told(), max.told()),
        Distribution::Exponential { mean } => format!("exponential, mean {}", mean.told()),
        Distribution::Lognormal { median, p95 } => {
            format!("lognormal, median {}, p95 {}", median.told(), p95.told())
        }
        Distribution::Weibull { shape, scale } => format!("Weibull, shape {shape}, scale {}", scale.told()),
        Distribution::Triangular { min, mode, max } => {
            format!("triangular, {} to {}, mostly {}", min.told(), max.told(), mode.told())
        }
        Distribution::Empirical(values) => match (values.first(), values.last()) {
            (Some(first), Some(last)) => {
                format!("one of {} values, {} to {}", values.len(), first.told(), last.told())
            }
            _ => "nothing".to_owned(),
        },
        Distribution::Mixture(parts) => {
            let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
            let parts =
                parts.iter().map(|(weight, of)| format!("{:.1} %: {}", weight * 100.0 / total, law(of)));
            parts.collect::<Vec<_>>().join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::setup::Delays;

    #[test]
    fn laws_are_told_in_words() {
        let default = Delays::default();
        assert_eq!(law(&default.app_start), "lognormal, median 16s, p95 45s");
        assert_eq!(
            law(&default.instance_launch),
            "98.0 %: lognormal, median 20s, p95 45s; 2.0 %: uniform, 1m20s to 1m40s"
        );
        assert_eq!(law(&Distribution::Uniform { min: -0.01, max: 0.01 }), "uniform, -0.01 to 0.01");
    }

    #[test]
    fn numbers_have_no_dust() {
        assert_eq!(number(0.01 + 0.04 + 0.01), "0.06");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(-1e-12), "0");
        assert_eq!(number(1_000_000_000.0), "1000000000");
        assert_eq!(number(0.000_000_001), "0.000000001");
    }

    #[test]
    fn chances_have_the_digits_that_matter() {
        assert_eq!(chance(0.125), "12.5 %");
        assert_eq!(chance(1.0), "100.0 %");
        assert_eq!(chance(3.8e-5), "0.0038 %");
        assert_eq!(chance(1e-9), "less than 0.0001 %");
    }
}
