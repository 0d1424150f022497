//! `study.json`: every point of a study, for programs.

use std::io;

use super::StudyMeta;
use super::view::View;
use crate::output::decimal;
use crate::output::json::Json;
use crate::study::results::{Estimate, PointResult, StudyResult, Unit};

/// Writes `study.json`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_study_json(meta: &StudyMeta, result: &StudyResult, out: &mut dyn io::Write) -> io::Result<()> {
    let texts = |texts: &[String]| Json::list(texts.iter().map(Json::text));
    let axes = result
        .axes
        .iter()
        .map(|axis| Json::object([("name", Json::text(&axis.name)), ("values", texts(&axis.labels))]));
    let expectations = (1_u64..).zip(&result.expectations);
    let assumptions = meta.assumptions.iter().map(|(name, word)| (name.as_str(), Json::text(word)));
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("scenario", Json::text(&meta.scenario)),
        ("description", Json::text(&meta.description)),
        ("scenario_sha256", Json::text(&meta.scenario_sha256)),
        ("seed", Json::whole(meta.seed)),
        ("replications", Json::text(&meta.replications)),
        ("assumptions", Json::object(assumptions)),
        ("axes", Json::list(axes)),
        ("expectations", Json::object(expectations.map(|(n, e)| (n.to_string(), Json::text(&e.path))))),
        ("points", Json::list((0..result.points.len()).map(|at| point(View::of(result), at)))),
    ])
    .write(out)
}

fn point(view: View<'_>, at: usize) -> Json {
    let point: &PointResult = &view.result.points[at];
    let values = view.result.axes.iter().zip(&point.labels);
    let measures = view.measures().map(|(n, column)| {
        let json = Json::maybe(view.estimate(at, n), |e| measure(e, column.unit));
        (column.name.as_str(), json)
    });
    let expectations = view.expectations().map(|(number, n)| {
        let json = Json::maybe(view.estimate(at, n), |e| {
            let members = [("share", real(e.mean, Unit::Flag))];
            Json::object(members.into_iter().chain(interval(e, Unit::Flag)))
        });
        (number.to_string(), json)
    });
    Json::object([
        ("values", Json::object(values.map(|(axis, label)| (axis.name.as_str(), Json::text(label))))),
        ("replications", Json::whole(point.replications)),
        ("imprecise", Json::Bool(point.imprecise)),
        ("measures", Json::object(measures)),
        ("expectations", Json::object(expectations)),
    ])
}

fn measure(e: &Estimate, unit: Unit) -> Json {
    let [low, high] = interval(e, unit);
    Json::object([
        ("mean", real(e.mean, unit)),
        ("sd", Json::maybe(e.sd, |sd| real(sd, unit))),
        ("p5", whole(e.p5, unit)),
        ("p50", whole(e.p50, unit)),
        ("p95", whole(e.p95, unit)),
        low,
        high,
        ("min", whole(e.least, unit)),
        ("max", whole(e.most, unit)),
        ("runs", Json::whole(e.runs)),
        ("absent", Json::whole(e.absent)),
    ])
}

fn interval(e: &Estimate, unit: Unit) -> [(&'static str, Json); 2] {
    let end = |end: Option<f64>| Json::maybe(end, |end| real(end, unit));
    [("ci_low", end(e.interval.map(|(low, _)| low))), ("ci_high", end(e.interval.map(|(_, high)| high)))]
}

/// Six decimals in the unit in which it is written; JSON has no number for what is not finite.
fn real(value: f64, unit: Unit) -> Json {
    let written = value / unit.scale() as f64;
    let written = if written.abs() < 5e-7 { 0.0 } else { written };
    if written.is_finite() { Json::Number(format!("{written:.6}")) } else { Json::Null }
}

fn whole(value: u64, unit: Unit) -> Json {
    Json::Number(match unit {
        Unit::Milliseconds => decimal::milli(value.into()),
        Unit::MicroDollars => decimal::dollars(u128::from(value) * 1000),
        Unit::Count | Unit::Flag | Unit::Outcome | Unit::Status => value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{around, column, head, meta, share, single, study};
    use super::*;

    #[test]
    fn a_study_as_json() {
        let mut result = study(vec![head("=a", &["5%"])], |_| {
            vec![
                Some(Estimate { absent: 2, ..around(90_500.0, 250.0, 1_000) }),
                Some(share(0.9, 0.825, 0.945)),
            ]
        });
        result.columns = vec![
            column("deployments.d.duration_s", Unit::Milliseconds),
            column("expect.1", Unit::Flag),
            column("outcome", Unit::Outcome),
        ];
        let mut out = Vec::new();
        write_study_json(&meta(), &result, &mut out).expect("memory");
        let sha = "ab".repeat(32);
        let expected = format!(
            r#"{{
  "daemonsim": "0.1.0",
  "scenario": "existing-provider",
  "description": "A monitoring agent arrives.",
  "scenario_sha256": "{sha}",
  "seed": 7,
  "replications": "100",
  "assumptions": {{
    "bake": "atEnd"
  }},
  "axes": [
    {{
      "name": "=a",
      "values": [
        "5%"
      ]
    }}
  ],
  "expectations": {{
    "1": "services.my-app.runningTasks.atLeast"
  }},
  "points": [
    {{
      "values": {{
        "=a": "5%"
      }},
      "replications": 102,
      "imprecise": false,
      "measures": {{
        "deployments.d.duration_s": {{
          "mean": 90.500000,
          "sd": 1.250000,
          "p5": 89.500,
          "p50": 90.500,
          "p95": 91.500,
          "ci_low": 90.250000,
          "ci_high": 90.750000,
          "min": 88.500,
          "max": 92.500,
          "runs": 100,
          "absent": 2
        }}
      }},
      "expectations": {{
        "1": {{
          "share": 0.900000,
          "ci_low": 0.825000,
          "ci_high": 0.945000
        }}
      }}
    }}
  ]
}}
"#
        );
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }

    #[test]
    fn nothing_is_null() {
        let mut result = study(Vec::new(), |_| vec![Some(single(12)), None, None]);
        result.columns = vec![
            column("cluster.instances_max", Unit::Count),
            column("deployments.d.duration_s", Unit::Milliseconds),
            column("expect.1", Unit::Flag),
        ];
        let mut out = Vec::new();
        write_study_json(&meta(), &result, &mut out).expect("memory");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        let point = &json["points"][0];
        assert!(point["measures"]["deployments.d.duration_s"].is_null());
        assert!(point["measures"]["cluster.instances_max"]["sd"].is_null());
        assert!(point["measures"]["cluster.instances_max"]["ci_low"].is_null());
        assert_eq!(point["measures"]["cluster.instances_max"]["max"], 12);
        assert!(point["expectations"]["1"].is_null());
    }
}
