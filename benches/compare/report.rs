//! What came of one family as files: numbers as JSON, and a plot as SVG.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::contest::Contest;
use crate::plot::{Curve, plot};
use crate::table::{self, Row};
use crate::{Args, Error};

/// Writes `FAMILY.json` and `FAMILY.svg` to the folder.
pub(crate) fn write(folder: &Path, contest: &Contest, args: &Args) -> Result<(), Error> {
    let file = |kind: &str| folder.join(format!("{}.{kind}", contest.family));
    let text = serde_json::to_string_pretty(&numbers(contest, args))?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    fs::write(file("json"), text).map_err(|error| format!("{}: {error}", file("json").display()))?;
    draw(&file("svg"), contest)
}

fn numbers(contest: &Contest, args: &Args) -> serde_json::Value {
    let rows = contest
        .budgets
        .iter()
        .flat_map(|rows| rows.iter().map(|row| row.numbers(&rows[0])));
    json!({
        "family": contest.family.to_string(), "measure": table::measure(contest.family.goal()),
        "problems": contest.problems, "seed": args.seed, "every": args.every,
        "unable": contest.unable, "rows": rows.collect::<Vec<_>>(),
    })
}

fn draw(file: &Path, contest: &Contest) -> Result<(), Error> {
    let rows = || contest.budgets.iter().flatten();
    // Lengths and times are of use only where there is nothing to hold them against.
    let by_gap = rows().any(|row| row.mean_gap().is_some());
    let height = |row: &Row| if by_gap { row.mean_gap() } else { row.mean_value() };
    let mut curves: Vec<Curve> = Vec::new();
    for row in rows() {
        let Some(height) = height(row) else { continue };
        let point = (row.mean_cpu(), height);
        match curves.iter_mut().find(|curve| curve.name == row.solver()) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve {
                name: row.solver().to_string(),
                points: vec![point],
            }),
        }
    }
    let measure = match by_gap {
        true => "mean gap to the best known, %".to_string(),
        false => format!("mean {}", table::measure(contest.family.goal())),
    };
    let title = format!("{}, {} problems", contest.family, contest.problems);
    plot(file, &title, &measure, &mut curves)
}
