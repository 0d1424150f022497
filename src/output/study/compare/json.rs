//! `compare.json`: every difference, for programs.

use std::io;

use super::csv::rows;
use super::{CompareMeta, Side};
use crate::output::json::Json;
use crate::output::manifest::FileDigest;
use crate::study::results::{Comparison, Difference};

/// Writes `compare.json`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_compare_json(
    meta: &CompareMeta,
    comparison: &Comparison,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let expectations = (1_u64..).zip(&comparison.expectations);
    let measures =
        rows(comparison).map(|(name, scale, d)| (name.to_owned(), Json::maybe(d, |d| difference(d, scale))));
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("a", side(&meta.a)),
        ("b", side(&meta.b)),
        ("seed", Json::whole(meta.seed)),
        ("replications", Json::whole(comparison.replications)),
        ("expectations", Json::object(expectations.map(|(n, path)| (n.to_string(), Json::text(path))))),
        ("measures", Json::object(measures)),
    ])
    .write(out)
}

/// Writes `manifest.json`: what was compared, and the SHA-256 of each file.
///
/// # Errors
///
/// Those of `out`.
pub fn write_compare_manifest(
    meta: &CompareMeta,
    replications: u64,
    files: &[FileDigest],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut files: Vec<&FileDigest> = files.iter().collect();
    files.sort();
    let digest = |file: &FileDigest| {
        Json::object([("sha256", Json::text(&file.sha256)), ("bytes", Json::whole(file.bytes))])
    };
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("a", side(&meta.a)),
        ("b", side(&meta.b)),
        ("seed", Json::whole(meta.seed)),
        ("replications", Json::whole(replications)),
        ("files", Json::object(files.iter().map(|file| (file.name.as_str(), digest(file))))),
    ])
    .write(out)
}

fn side(side: &Side) -> Json {
    Json::object([
        ("scenario", Json::text(&side.scenario)),
        ("label", Json::text(&side.label)),
        ("scenario_sha256", Json::text(&side.sha256)),
    ])
}

fn difference(d: &Difference, scale: f64) -> Json {
    let real = |value: f64| {
        let written = value / scale;
        let written = if written.abs() < 5e-7 { 0.0 } else { written };
        Json::Number(format!("{written:.6}"))
    };
    Json::object([
        ("a_mean", real(d.a_mean)),
        ("b_mean", real(d.b_mean)),
        ("difference", real(d.mean)),
        ("sd", Json::maybe(d.sd, real)),
        ("ci_low", Json::maybe(d.interval, |(low, _)| real(low))),
        ("ci_high", Json::maybe(d.interval, |(_, high)| real(high))),
        ("min", real(d.least as f64)),
        ("max", real(d.most as f64)),
        ("pairs", Json::whole(d.pairs)),
        ("b_smaller", Json::whole(d.b_smaller)),
        ("equal", Json::whole(d.equal)),
        ("b_larger", Json::whole(d.b_larger)),
        ("only_a", Json::whole(d.only_a)),
        ("only_b", Json::whole(d.only_b)),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{comparison, meta, single, spread};
    use super::*;
    use crate::study::results::Unit;

    #[test]
    fn differences_as_json() {
        let all = comparison(&[
            ("deployments.d.duration_s", Unit::Milliseconds, Some(spread(90_500.0, 80_500.0, 250.0))),
            ("cluster.instances_max", Unit::Count, Some(single(7.0, 9.0))),
            ("deployments.d.time_to_detect_s", Unit::Milliseconds, None),
        ]);
        let mut out = Vec::new();
        write_compare_json(&meta(), &all, &mut out).expect("memory");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(json["a"]["label"], "my-agent.drainPercent=25");
        assert_eq!((&json["replications"], &json["seed"]), (&100.into(), &7.into()));
        let duration = &json["measures"]["deployments.d.duration_s"];
        assert_eq!((&duration["difference"], &duration["ci_low"]), (&(-10.0).into(), &(-10.25).into()));
        assert_eq!((&duration["pairs"], &duration["b_smaller"]), (&100.into(), &90.into()));
        let most = &json["measures"]["cluster.instances_max"];
        assert_eq!((&most["difference"], &most["max"]), (&2.0.into(), &2.0.into()));
        assert!(most["sd"].is_null() && most["ci_low"].is_null());
        assert!(json["measures"]["deployments.d.time_to_detect_s"].is_null());
    }
}
