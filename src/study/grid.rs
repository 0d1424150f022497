//! Axes → the points of their grid, in order: the last axis varies fastest.

use crate::scenario::{Axis, AxisValue};

/// More points than this nobody looks at; each is a scenario of its own in memory.
pub const POINTS_MAX: usize = 10_000;

/// A grid with too many points: how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany(pub u128);

/// The values of each point, one of each axis; no axes make one point.
///
/// # Errors
///
/// When there are more than [`POINTS_MAX`].
pub fn points(axes: &[Axis]) -> Result<Vec<Vec<&AxisValue>>, TooMany> {
    let count = axes.iter().fold(1_u128, |count, axis| count.saturating_mul(axis.values.len() as u128));
    if count > POINTS_MAX as u128 {
        return Err(TooMany(count));
    }
    let mut points = vec![Vec::new()];
    for axis in axes {
        points = points.iter().flat_map(|point| axis.values.iter().map(|v| with(point, v))).collect();
    }
    Ok(points)
}

fn with<'a>(point: &[&'a AxisValue], value: &'a AxisValue) -> Vec<&'a AxisValue> {
    point.iter().copied().chain([value]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axes: &[&str]) -> Vec<String> {
        let axes: Vec<Axis> = axes.iter().map(|text| Axis::parse("--vary", text).expect("an axis")).collect();
        let points = points(&axes).expect("few points");
        let labels = points.iter().map(|p| p.iter().map(|v| v.label.as_str()).collect::<Vec<_>>().join(" "));
        labels.collect()
    }

    #[test]
    fn the_last_axis_varies_fastest() {
        assert_eq!(labels(&["a=1,2", "b=x,y,z"]), ["1 x", "1 y", "1 z", "2 x", "2 y", "2 z"]);
        assert_eq!(labels(&[]), [""]);
    }

    #[test]
    fn a_grid_has_a_limit() {
        let axis = Axis::parse("--vary", "a=1..1000/1").expect("an axis");
        let axes = vec![axis; 14];
        assert_eq!(points(&axes[..3]), Err(TooMany(1_000_000_000)));
        // 10⁴² does not fit into 128 bits.
        assert_eq!(points(&axes), Err(TooMany(u128::MAX)));
    }
}
