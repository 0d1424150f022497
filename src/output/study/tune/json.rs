//! `tune.json`: the answer and all that was learned, for programs.

use std::io;

use super::TuneMeta;
use crate::output::json::Json;
use crate::output::manifest::FileDigest;
use crate::study::results::{
    CandidateResult, Chance, Configuration, Fate, Judgement, LimitResult, TuneResult, TunedReading,
    TunedReadings,
};

/// Writes `tune.json`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_tune_json(meta: &TuneMeta, result: &TuneResult, out: &mut dyn io::Write) -> io::Result<()> {
    let axis = |axis: &crate::study::results::Head| {
        let values = axis.labels.iter().map(Json::text);
        Json::object([("name", Json::text(&axis.name)), ("values", Json::list(values))])
    };
    let at = |at: usize| Json::whole(at as u64);
    let bad = meta.bad.iter().map(|(path, value)| (path.as_str(), Json::text(value)));
    let neighbour = |(axis, candidate): &(usize, usize)| {
        Json::object([("axis", Json::text(&result.axes[*axis].name)), ("candidate", at(*candidate))])
    };
    let readings = result.readings.as_ref();
    let words = |of: fn(&TunedReadings) -> &[String]| {
        Json::maybe(readings, |all| Json::list(of(all).iter().map(Json::text)))
    };
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("scenario", Json::text(&meta.scenario)),
        ("description", Json::text(&meta.description)),
        ("scenario_sha256", Json::text(&meta.scenario_sha256)),
        ("seed", Json::whole(meta.seed)),
        ("daemon", Json::text(&result.daemon)),
        ("minimize", Json::text(&result.objective.name)),
        ("capacity", Json::text(&result.capacity.name)),
        ("bad", Json::object(bad)),
        ("assurance", real(result.assurance)),
        ("indifference", real(result.indifference)),
        ("max_replications", Json::whole(meta.max_replications)),
        ("runs", Json::whole(result.runs)),
        ("brute_force_runs", Json::whole(result.brute_force)),
        ("recommended", Json::maybe(result.best, at)),
        ("deploymentConfiguration", Json::maybe(result.configuration.as_ref(), configuration)),
        ("limits", Json::list(result.limits.iter().map(limit))),
        (
            "binding",
            Json::maybe(result.binding, |binding| {
                Json::object([
                    ("limit", Json::whole(binding.limit as u64 + 1)),
                    ("missed_alone", Json::whole(binding.alone)),
                    ("nearest", at(binding.nearest)),
                ])
            }),
        ),
        ("neighbours", Json::list(result.neighbours.iter().map(neighbour))),
        ("pareto", Json::list(result.front.iter().copied().map(at))),
        ("axes", Json::list(result.axes.iter().map(axis))),
        ("candidates", Json::list(result.candidates.iter().map(|c| candidate(result, c)))),
        ("remarks", Json::list(result.remarks.iter().map(Json::text))),
        ("limited_runs", Json::whole(result.limited)),
        (
            "readings",
            Json::maybe(readings, |all| Json::list(all.searched.iter().map(|r| reading(result, r)))),
        ),
        ("readings_silent", words(|all| &all.silent)),
        ("readings_invalid", words(|all| &all.invalid)),
    ])
    .write(out)
}

/// Writes `manifest.json`: what was searched, and the SHA-256 of each file.
///
/// # Errors
///
/// Those of `out`.
pub fn write_tune_manifest(meta: &TuneMeta, files: &[FileDigest], out: &mut dyn io::Write) -> io::Result<()> {
    let mut files: Vec<&FileDigest> = files.iter().collect();
    files.sort();
    let digest = |file: &FileDigest| {
        Json::object([("sha256", Json::text(&file.sha256)), ("bytes", Json::whole(file.bytes))])
    };
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("scenario", Json::text(&meta.scenario)),
        ("scenario_sha256", Json::text(&meta.scenario_sha256)),
        ("seed", Json::whole(meta.seed)),
        ("max_replications", Json::whole(meta.max_replications)),
        ("files", Json::object(files.iter().map(|file| (file.name.as_str(), digest(file))))),
    ])
    .write(out)
}

/// What became of a candidate, in a word.
pub(super) const fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Best => "recommended",
        Fate::Missed(_) => "missed",
        Fate::Worse { .. } => "worse",
        Fate::Tied => "tied",
        Fate::Close => "equal",
        Fate::Open => "open",
    }
}

fn reading(result: &TuneResult, of: &TunedReading) -> Json {
    let values = |labels: &Vec<String>| {
        let values = result.axes.iter().zip(labels);
        Json::object(values.map(|(axis, label)| (axis.name.as_str(), Json::text(label))))
    };
    Json::object([
        ("reading", Json::text(&of.label)),
        ("recommended", Json::maybe(of.recommended.as_ref(), values)),
        ("changes", Json::Bool(of.changes)),
    ])
}

fn limit(limit: &LimitResult) -> Json {
    Json::object([
        ("limit", Json::text(&limit.text)),
        ("implied", Json::Bool(limit.implied)),
        ("revision", Json::text(if limit.bad { "bad" } else { "good" })),
        (if limit.at_least { "at_least" } else { "at_most" }, real(limit.share)),
        ("ruled_out", Json::whole(limit.ruled_out)),
    ])
}

fn candidate(result: &TuneResult, of: &CandidateResult) -> Json {
    let scale = result.objective.unit.scale() as f64;
    let values = result.axes.iter().zip(&of.labels);
    let objective = of.objective.map(|e| {
        Json::object([
            ("mean", real(e.mean / scale)),
            ("sd", Json::maybe(e.sd, |sd| real(sd / scale))),
            ("ci_low", Json::maybe(e.interval, |(low, _)| real(low / scale))),
            ("ci_high", Json::maybe(e.interval, |(_, high)| real(high / scale))),
        ])
    });
    let mut members = vec![
        ("values", Json::object(values.map(|(axis, label)| (axis.name.as_str(), Json::text(label))))),
        ("fate", Json::text(word(of.fate))),
    ];
    match of.fate {
        Fate::Missed(limit) => members.push(("missed_limit", Json::whole(limit as u64 + 1))),
        Fate::Worse { by, at_least } => {
            members.extend([("worse_by", real(by / scale)), ("worse_by_at_least", real(at_least / scale))]);
        }
        Fate::Best | Fate::Tied | Fate::Close | Fate::Open => (),
    }
    let capacity = result.capacity.unit.scale() as f64;
    members.extend([
        ("replications", Json::whole(of.runs[0])),
        ("bad_replications", Json::whole(of.runs[1])),
        ("objective", objective.unwrap_or(Json::Null)),
        ("capacity_mean", Json::maybe(of.capacity, |mean| real(mean / capacity))),
        ("limits", Json::list(of.chances.iter().map(chance))),
    ]);
    Json::object(members)
}

fn chance(chance: &Chance) -> Json {
    let verdict = match chance.verdict {
        Judgement::Met => "met",
        Judgement::Missed => "missed",
        Judgement::Open => "open",
    };
    Json::object([
        ("verdict", Json::text(verdict)),
        ("share", if chance.runs == 0 { Json::Null } else { real(chance.share()) }),
        ("low", real(chance.low)),
        ("high", real(chance.high)),
        ("runs", Json::whole(chance.runs)),
    ])
}

fn configuration(of: &Configuration) -> Json {
    let mut members = vec![
        ("drainPercent", Json::Number(of.drain_percent.clone())),
        ("bakeTimeInMinutes", Json::whole(of.bake_minutes)),
    ];
    if !of.alarms.is_empty() {
        let names = Json::list(of.alarms.iter().map(Json::text));
        members.push(("alarms", Json::object([("alarmNames", names), ("enable", Json::Bool(true))])));
    }
    Json::object(members)
}

/// Six decimals; JSON has no number for what is not finite.
fn real(value: f64) -> Json {
    let value = if value.abs() < 5e-7 { 0.0 } else { value };
    if value.is_finite() { Json::Number(format!("{value:.6}")) } else { Json::Null }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{found, meta};
    use super::*;

    #[test]
    fn programs_find_the_answer() {
        let mut out = Vec::new();
        write_tune_json(&meta(), &found(), &mut out).expect("memory");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(json["recommended"], 0);
        assert_eq!(
            json["deploymentConfiguration"],
            serde_json::json!({
                "drainPercent": 10.0,
                "bakeTimeInMinutes": 5,
                "alarms": {"alarmNames": ["errors"], "enable": true},
            })
        );
        assert_eq!(json["candidates"][1]["worse_by"], 300.0);
        assert_eq!(json["candidates"][2]["missed_limit"], 1);
        assert_eq!(json["limits"][1]["at_least"], 0.9);
        assert_eq!(json["binding"], serde_json::Value::Null);
        assert_eq!(json["readings"], serde_json::Value::Null);
    }

    #[test]
    fn programs_find_what_hangs_on_readings() {
        let reading = |label: &str, recommended: Option<[&str; 2]>, changes| TunedReading {
            label: label.to_owned(),
            recommended: recommended.map(|labels| labels.map(str::to_owned).to_vec()),
            changes,
        };
        let searched = vec![
            reading("bake=perWave", Some(["50", "5"]), true),
            reading("batchRounding=floor", None, true),
        ];
        let silent = vec!["supersede=afterWave".to_owned()];
        let readings = TunedReadings { searched, silent, tried: 8, invalid: Vec::new() };
        let mut out = Vec::new();
        let result = TuneResult { readings: Some(readings), ..found() };
        write_tune_json(&meta(), &result, &mut out).expect("memory");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        let values = serde_json::json!({"agent.drainPercent": "50", "agent.bakeTimeInMinutes": "5"});
        assert_eq!(
            json["readings"],
            serde_json::json!([
                {"reading": "bake=perWave", "recommended": values, "changes": true},
                {"reading": "batchRounding=floor", "recommended": null, "changes": true},
            ])
        );
        assert_eq!(json["readings_silent"], serde_json::json!(["supersede=afterWave"]));
        assert_eq!(json["readings_invalid"], serde_json::json!([]));
    }
}
