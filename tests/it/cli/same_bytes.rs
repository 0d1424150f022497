//! What must not matter does not move a byte: REL-5, REL-15, and correctness.md 1.9 (N1, N5, N6, N7).

use super::{Place, contents};
use serde_json::{Map, Value, json};

/// Two providers, services and daemons, random delays and a busy timeline.
fn scenario() -> Value {
    let service = |name: &str, task: &str, desired: u32, on: Value| {
        json!({"createService": {
            "serviceName": name, "taskDefinition": task, "desiredCount": desired, "capacityProviderStrategy": on,
            "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 150}}})
    };
    let daemon = |operation: &str, key: &str, name: &str, revision: &str, on: Value| {
        json!({operation: {key: name, "daemonTaskDefinitionArn": revision, "capacityProviderArns": on,
            "deploymentConfiguration": {"drainPercent": 30, "bakeTimeInMinutes": 2}}})
    };
    let at = |at: &str, mut request: Value| {
        request["at"] = json!(at);
        request
    };
    json!({
        "name": "same",
        "seed": 11,
        "horizon": "48h",
        "instanceTypes": [
            {"name": "mine.large", "vCpus": 2, "memoryMiB": 4096, "maxTasks": 20, "pricePerHour": 0.07},
            {"name": "mine.xlarge", "vCpus": 4, "memoryMiB": 8192, "maxTasks": 30, "pricePerHour": 0.15},
        ],
        "capacityProviders": [
            {"name": "left", "instanceTypes": ["mine.large", "mine.xlarge"], "availabilityZones": ["a", "b"]},
            {"name": "right", "instanceTypes": ["mine.xlarge"], "availabilityZones": ["b", "c", "a"],
             "scaleInAfter": 90},
        ],
        "taskDefinitions": [
            {"family": "web", "cpu": 512, "memory": 1024, "behaviour": {"imageMiB": 300}},
            {"family": "web", "cpu": 512, "memory": 1024},
            {"family": "worker", "cpu": 256, "memory": 900, "stopTimeout": 60},
        ],
        "daemonTaskDefinitions": [
            {"family": "logs", "cpu": 64, "memory": 128},
            {"family": "logs", "cpu": 64, "memory": 128},
            {"family": "metrics", "cpu": 128, "memory": 256},
        ],
        "before": [
            service("web", "web:1", 22, json!([{"capacityProvider": "left", "weight": 1},
                                              {"capacityProvider": "right", "weight": 2}])),
            service("worker", "worker", 9, json!([{"capacityProvider": "right", "weight": 1}])),
            daemon("createDaemon", "daemonName", "logs", "logs:1", json!(["left", "right"])),
        ],
        "timeline": [
            at("90s", daemon("createDaemon", "daemonName", "metrics", "metrics", json!(["left"]))),
            at("5m", json!({"updateService": {"service": "web", "desiredCount": 30, "taskDefinition": "web:2"}})),
            at("20m", daemon("updateDaemon", "daemonArn", "logs", "logs:2", json!(["left", "right"]))),
            at("3h", json!({"updateService": {"service": "worker", "desiredCount": 2}})),
        ],
        "delays": {"appStart": {"lognormal": {"median": "20s", "p95": "1m30s"}}, "waveGap": "90s"},
        "assumptions": {"waveMode": "replacementsActive", "victimOrder": "random"},
    })
}

/// How a value is written.
struct Style {
    /// Keys of mappings, backwards.
    backwards: bool,
    /// Indented lines rather than braces.
    block: bool,
}

impl Style {
    fn write(&self, value: &Value) -> String {
        if self.block { self.lines(value, 0) } else { self.flow(value) }
    }

    fn entries<'v>(&self, map: &'v Map<String, Value>) -> Vec<(&'v String, &'v Value)> {
        let mut entries: Vec<_> = map.iter().collect();
        if self.backwards {
            entries.reverse();
        }
        entries
    }

    fn flow(&self, value: &Value) -> String {
        if let Value::Array(items) = value {
            return format!("[{}]", items.iter().map(|item| self.flow(item)).collect::<Vec<_>>().join(", "));
        }
        let Value::Object(map) = value else { return value.to_string() };
        let member = |(key, value): (&String, &Value)| format!("{key:?}: {}", self.flow(value));
        format!("{{{}}}", self.entries(map).into_iter().map(member).collect::<Vec<_>>().join(", "))
    }

    fn lines(&self, value: &Value, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let nested = |value: &Value| value.is_object() || value.is_array();
        let below = |value: &Value| {
            if nested(value) {
                format!("\n{}", self.lines(value, depth + 1))
            } else if let Value::String(text) = value {
                format!(" {text}   # as it is\n")
            } else {
                format!(" {value}\n")
            }
        };
        if let Value::Array(items) = value {
            return items.iter().map(|item| format!("{indent}-{}", below(item))).collect();
        }
        let Value::Object(map) = value else { return value.to_string() };
        let member = |(key, value): (&String, &Value)| format!("{indent}{key}:{}", below(value));
        self.entries(map).into_iter().map(member).collect()
    }
}

/// What a run of a text writes, but for the hash of that text.
fn run_of(place: &Place, text: &str) -> Vec<(String, Vec<u8>)> {
    place.write("s.yaml", text);
    let done = place.run(&["run", "s.yaml", "--out", "o"]);
    assert_eq!(done.code, Some(0), "{text}\n{}", done.stderr);
    let mut files = contents(&place.path("o"));
    for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".json")) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let kept = text.lines().filter(|line| {
            // Of a file that holds the hash, the hash is another too.
            !line.contains("scenario_sha256") && !line.contains("\"summary.json\"")
        });
        *bytes = kept.collect::<Vec<_>>().join("\n").into_bytes();
    }
    files
}

/// All files of two runs are equal.
fn same(what: &str, one: &[(String, Vec<u8>)], other: &[(String, Vec<u8>)]) {
    for ((name, bytes), (_, others)) in one.iter().zip(other) {
        let texts = [bytes, others].map(|bytes| String::from_utf8_lossy(bytes));
        let part = texts[0].lines().zip(texts[1].lines()).find(|(a, b)| a != b);
        assert!(bytes == others, "{what}: {name}: {part:?}");
    }
    assert_eq!(one.len(), other.len());
}

#[test]
fn however_a_scenario_is_written_it_is_the_same() {
    let place = Place::new("written");
    let made = scenario();
    let flow = Style { backwards: false, block: false }.write(&made);
    let plain = run_of(&place, &flow);
    assert_eq!(plain.iter().filter(|(name, _)| name.ends_with(".csv")).count(), 7);
    let block = Style { backwards: false, block: true }.write(&made);
    for (what, text) in [
        ("again", flow.clone()),
        ("keys backwards", Style { backwards: true, block: false }.write(&made)),
        ("block", block.clone()),
        ("block, backwards", Style { backwards: true, block: true }.write(&made)),
        ("CR LF", block.replace('\n', "\r\n")),
        ("units", flow.replace("\"90s\"", "\"1m30s\"").replace("\"3h\"", "\"180m\"").replace("48h", "2d")),
        ("numbers", flow.replace("\"cpu\": 512", "\"cpu\": \"512\"").replace(": 30,", ": 30.0,")),
        ("one quote", flow.replace("\"left\"", "'left'")),
        ("a byte order mark", format!("\u{feff}{flow}")),
        (
            "an anchor",
            flow.replacen("[\"mine.xlarge\"]", "&types [\"mine.xlarge\"]", 1).replacen(
                "\"availabilityZones\": [\"a\", \"b\"]",
                "\"availabilityZones\": [\"a\", &b \"b\"]",
                1,
            ),
        ),
        ("an alias", flow.replacen("\"left\"", "&left \"left\"", 1).replace("[\"left\"]", "[*left]")),
        (
            "ARNs",
            flow.replace(
                "\"service\": \"web\"",
                "\"service\": \"arn:aws:ecs:eu-west-1:123456789012:service/default/web\"",
            ),
        ),
    ] {
        assert!(what == "again" || text != flow, "{what} changes nothing");
        same(what, &plain, &run_of(&place, &text));
    }
}

/// What is listed first makes no difference where the list is no order of requests.
#[test]
fn the_order_of_declarations_does_not_matter() {
    let place = Place::new("declared");
    let style = Style { backwards: false, block: false };
    let plain = run_of(&place, &style.write(&scenario()));
    let mut other = scenario();
    for list in ["capacityProviders", "instanceTypes"] {
        other[list].as_array_mut().unwrap().reverse();
    }
    // Entries of one family are its revisions, in their order.
    for list in ["taskDefinitions", "daemonTaskDefinitions"] {
        other[list].as_array_mut().unwrap().rotate_right(1);
    }
    for provider in other["capacityProviders"].as_array_mut().unwrap() {
        for list in ["instanceTypes", "availabilityZones"] {
            provider[list].as_array_mut().unwrap().reverse();
        }
    }
    same("permuted", &plain, &run_of(&place, &style.write(&other)));
}

/// REL-5: whoever takes no part moves nothing, wherever its name sorts.
#[test]
fn bystanders_move_nothing() {
    let place = Place::new("bystanders");
    let style = Style { backwards: false, block: false };
    let facts = |files: Vec<(String, Vec<u8>)>| {
        files
            .into_iter()
            .filter(|(name, _)| name.ends_with(".csv") && name != "timeseries.csv")
            .collect::<Vec<_>>()
    };
    let plain = facts(run_of(&place, &style.write(&scenario())));
    for name in ["aaa", "zzz"] {
        for (list, entry) in [
            (
                "capacityProviders",
                json!({"name": name, "instanceTypes": ["c6g.large"], "availabilityZones": ["0", "z"]}),
            ),
            ("taskDefinitions", json!({"family": name, "cpu": 1, "memory": 1})),
            ("daemonTaskDefinitions", json!({"family": name, "cpu": 1, "memory": 1})),
            (
                "instanceTypes",
                json!({"name": name, "vCpus": 1, "memoryMiB": 1, "maxTasks": 1, "pricePerHour": 1}),
            ),
            ("alarms", json!({"alarmName": name, "script": [{"at": "1h", "state": "OK"}]})),
        ] {
            let mut more = scenario();
            if list == "alarms" {
                more[list] = json!([]);
            }
            more[list].as_array_mut().unwrap().insert(0, entry);
            same(&format!("{list}: {name}"), &plain, &facts(run_of(&place, &style.write(&more))));
        }
    }
}

/// N7: not even where letters have other capitals and hours another minute.
#[test]
fn neither_locale_nor_time_zone_matters() {
    let place = Place::new("locale");
    place.write("s.yaml", Style { backwards: false, block: true }.write(&scenario()));
    assert_eq!(place.run(&["run", "s.yaml", "--out", "here"]).code, Some(0));
    let done = place
        .command()
        .args(["run", "s.yaml", "--out", "there"])
        .envs([
            ("LC_ALL", "tr_TR.UTF-8"),
            ("LANG", "tr_TR.UTF-8"),
            ("TZ", "Asia/Kathmandu"),
            ("HOME", "/nowhere"),
        ])
        .output()
        .unwrap();
    assert!(done.status.success());
    assert_eq!(contents(&place.path("here")), contents(&place.path("there")));
}
