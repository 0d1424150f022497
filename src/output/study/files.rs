//! Which pictures a study has, and a search.

use super::StudyMeta;
use super::text::main_measures;
use super::tune::TuneMeta;
use super::view::View;
use crate::output::plot::study::{heat_svg, measure_svg, pareto_svg, search_svg};
use crate::study::results::{Column, StudyResult, TuneResult};

/// A picture of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is called, without an ending: only letters, digits, `_`, `.` and `-`.
    pub name: String,
    /// The picture, for `<name>.svg`.
    pub svg: String,
    /// Whether people want it as `<name>.png` too.
    pub bitmap: bool,
}

/// Longer names than this some file systems do not take.
const NAME_MAX: usize = 200;

/// All pictures of a study: fast against safe, heat maps of the main measures over two axes, and every measure that is
/// not the same in all runs.
pub fn pictures(meta: &StudyMeta, result: &StudyResult) -> Vec<Picture> {
    let view = View::of(result);
    let mut pictures: Vec<Picture> = Vec::new();
    let mut put = |name: &str, svg: String, bitmap: bool| {
        let name = file_name(name, |name| pictures.iter().any(|p| p.name.eq_ignore_ascii_case(name)));
        pictures.push(Picture { name, svg, bitmap });
    };
    let deployments = view.deployments();
    if result.points.len() > 1 {
        for (n, deployment) in deployments.iter().enumerate() {
            let name = if n == 0 { "pareto".to_owned() } else { format!("pareto.{}", deployment.daemon) };
            if let Some(svg) = pareto_svg(meta, result, deployment.daemon) {
                put(&name, svg, true);
            }
        }
    }
    let columns: Vec<(usize, &Column)> = view.measures().filter(|(at, _)| view.varies(*at)).collect();
    let main = main_measures(view);
    let mains = main.iter().filter_map(|at| columns.iter().find(|(column, _)| column == at));
    let mut first = true;
    for (_, column) in mains {
        if let Some(svg) = heat_svg(meta, result, column) {
            put(&format!("heat.{}", column.name), svg, first);
            first = false;
        }
    }
    for (at, column) in columns {
        let bitmap = deployments.iter().any(|d| d.duration == at);
        put(&column.name, measure_svg(meta, result, column), bitmap);
    }
    pictures
}

/// The picture of a search: every setting, what is worth having, and what is recommended.
pub fn tune_picture(meta: &TuneMeta, result: &TuneResult) -> Option<Picture> {
    let svg = search_svg(meta, result)?;
    Some(Picture { name: "pareto".to_owned(), svg, bitmap: true })
}

/// A name as a file's: no longer than file systems take, and none that is taken, whatever the case of its letters.
fn file_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let all: String = name.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    // The end tells measures apart better than the beginning.
    let (head, tail) = all.split_at(all.rfind('.').unwrap_or(all.len()));
    let short: String = head.chars().take(NAME_MAX.saturating_sub(tail.len())).collect::<String>() + tail;
    let own = short.trim_start_matches('.').to_owned();
    if !is_taken(&own) {
        return own;
    }
    (2..).map(|n| format!("{own}-{n}")).find(|name| !is_taken(name)).unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{head, meta, single, study, sweep};
    use super::*;

    fn names(result: &StudyResult) -> Vec<String> {
        pictures(&meta(), result).into_iter().map(|p| p.name + if p.bitmap { "*" } else { "" }).collect()
    }

    #[test]
    fn two_axes_have_heat_maps() {
        let result = sweep(vec![head("a", &["1", "2"]), head("b", &["x", "y"])]);
        assert_eq!(
            names(&result),
            [
                "pareto*",
                "heat.deployments.my-agent.duration_s*",
                "heat.deployments.my-agent.rolled_back",
                "heat.cluster.app_running_min",
                "heat.cluster.instances_max",
                "heat.cluster.cost",
                "deployments.my-agent.duration_s*",
                "deployments.my-agent.successful",
                "deployments.my-agent.rolled_back",
                "deployments.my-agent.exposure_instance_s",
                "services.my-app.min_running",
                "cluster.instances_max",
                "cluster.app_running_min",
                "cluster.cost",
            ]
        );
    }

    #[test]
    fn what_never_varies_has_no_picture() {
        let result = study(Vec::new(), |_| vec![Some(single(60_000)); 10]);
        assert_eq!(names(&result), [""; 0]);
        assert_eq!(names(&study(vec![head("a", &["1", "2"])], |_| vec![None; 10])), [""; 0]);
    }

    #[test]
    fn one_axis_has_no_heat_map_and_one_point_nothing_to_choose() {
        let one = names(&sweep(vec![head("a", &["1", "2"])]));
        assert!(one.iter().all(|name| !name.starts_with("heat")) && one[0] == "pareto*");
        let point = names(&sweep(Vec::new()));
        assert_eq!(point[0], "deployments.my-agent.duration_s*");
    }

    #[test]
    fn files_have_names_that_every_disk_takes() {
        let free = |_: &str| false;
        assert_eq!(file_name("cluster.cost", free), "cluster.cost");
        assert_eq!(file_name("../a b/=é.cost", free), "_a_b___.cost");
        let long = file_name(&format!("deployments.{}.duration_s", "d".repeat(255)), free);
        assert!(long.len() == NAME_MAX && long.ends_with("d.duration_s"), "{long}");
        let taken = ["X.cost", "x.cost-2"];
        let is_taken = |name: &str| taken.iter().any(|t| t.eq_ignore_ascii_case(name));
        assert_eq!(file_name("x.cost", is_taken), "x.cost-3");
    }
}
