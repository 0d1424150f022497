//! What is asked of settings: limits and what is to be small, from the command line or else from the file.

use super::super::exit::{Exit, Failure};
use super::super::load::refused;
use super::TuneArgs;
use crate::scenario::{Mistakes, Remark, Remarks, StudyBlock};
use crate::study::Study;
use crate::study::limit::{Arm, Limit, Measured, Wording, share};
use crate::study::tune::Tuned;

/// In which share of runs a limit must hold, unless told otherwise.
const CONFIDENCE: &str = "95%";
/// What is made small.
const MINIMIZE: &str = "duration";

/// Limits, what nobody writes included, and what is made small.
pub(super) struct Asked {
    pub(super) limits: Vec<Limit>,
    pub(super) objective: Measured,
}

impl Asked {
    /// Reads all of it; all mistakes come at once.
    pub(super) fn read(
        args: &TuneArgs,
        block: &StudyBlock,
        study: &Study,
        tuned: &Tuned,
        bad: bool,
        color: bool,
    ) -> Result<Asked, Failure> {
        let mut remarks = Remarks::default();
        let confidence = confidence(args, block, &mut remarks);
        let wording = Wording::new(&study.columns, &tuned.name, bad, confidence);
        let (option, texts) =
            if args.limits.is_empty() { ("study.limits", &block.limits) } else { ("--limit", &args.limits) };
        let mut limits: Vec<Limit> = Vec::new();
        for text in texts {
            remarks.about(option, text);
            match wording.limit(text) {
                Ok(limit) => limits.push(limit),
                Err(remark) => remarks.push(*remark),
            }
        }
        let (option, text) = match (&args.minimize, &block.minimize) {
            (Some(text), _) => ("--minimize", text.as_str()),
            (None, Some(text)) => ("study.minimize", text.as_str()),
            (None, None) => ("--minimize", MINIMIZE),
        };
        remarks.about(option, text);
        let objective = wording.measure(text).map_err(|remark| remarks.push(*remark));
        let written = if args.limits.is_empty() { Exit::Scenario } else { Exit::Usage };
        let failed = |mistakes: Mistakes| Failure { exit: written, ..refused(&mistakes, color) };
        remarks.check().map_err(failed)?;
        if bad && !limits.iter().any(|limit| limit.arm == Arm::Bad) {
            let line =
                "there is a bad revision, but no limit asks whether it is caught: --limit 'P(caught) >= 90%'";
            return Err(Failure::new(Exit::Usage, line));
        }
        // A setting that hardly ever succeeds is of no use, however fast.
        if let Some(success) = wording.success()
            && !limits.iter().any(|limit| limit.arm == success.arm && limit.condition == success.condition)
        {
            limits.push(success);
        }
        let Ok(objective) = objective else { unreachable!("said above") };
        Ok(Asked { limits, objective })
    }
}

fn confidence(args: &TuneArgs, block: &StudyBlock, remarks: &mut Remarks) -> f64 {
    let (option, text) = match (&args.confidence, block.confidence) {
        (Some(text), _) => ("--confidence", text.clone()),
        (None, Some(confidence)) => ("study.confidence", confidence.to_string()),
        (None, None) => ("--confidence", CONFIDENCE.to_owned()),
    };
    remarks.about(option, &text);
    share(&text).unwrap_or_else(|why| {
        remarks.push(Remark::new(0..text.len(), why, "a share such as 95% or 0.95"));
        0.95
    })
}
