//! The quantiles of the standard normal distribution.

/// The value below which a standard normal variable falls with probability `p`, for `p` in (0, 1): Wichura's
/// algorithm AS 241, PPND16 (Applied Statistics 37, 1988), good to about sixteen digits.
pub(super) fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let x = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if q < 0.0 { -x } else { x }
}

/// Horner's scheme, multiplying and adding as two roundings everywhere.
#[inline]
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

macro_rules! as_published {
    ($($name:ident = $values:expr;)*) => {
        $(
            #[expect(clippy::excessive_precision, reason = "the digits as published")]
            const $name: [f64; 8] = $values;
        )*
    };
}

as_published! {
    A = [
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ];
    B = [
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ];
    C = [
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ];
    D = [
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ];
    E = [
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ];
    F = [
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How likely a standard normal variable is below `x`, the other way round.
    fn probability(x: f64) -> f64 {
        libm::erfc(-x / core::f64::consts::SQRT_2) / 2.0
    }

    #[test]
    fn the_quantile_undoes_the_probability() {
        let mut probabilities: Vec<f64> = (1..1_000).map(|i| f64::from(i) / 1_000.0).collect();
        probabilities.extend((4..16).map(|i| libm::pow(10.0, -f64::from(i))));
        for p in probabilities {
            let back = probability(normal_quantile(p));
            assert!((back / p - 1.0).abs() < 2e-14, "{p} came back as {back}");
        }
    }

    #[test]
    fn well_known_quantiles() {
        assert_eq!(normal_quantile(0.5), 0.0);
        for (p, x) in [(0.95, 1.6448536269514722), (0.975, 1.959963984540054), (0.9995, 3.290526731491926)] {
            assert!((normal_quantile(p) - x).abs() < 1e-13);
            assert!((normal_quantile(1.0 - p) + x).abs() < 1e-11);
        }
    }

    #[test]
    fn the_ends_are_finite() {
        let smallest = f64::EPSILON / 2.0;
        assert!((-8.4..-8.2).contains(&normal_quantile(smallest)));
        assert!((8.2..8.4).contains(&normal_quantile(1.0 - smallest)));
    }
}
