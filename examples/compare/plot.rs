//! One picture for each table: four plots over what is varied, as SVG.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::axes::Axis;
use crate::column::{Column, EFFORT, RESULTS};
use crate::results::{Row, Table};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const SIZE: (u32, u32) = (960, 640);
/// Room above the highest point, as a part of it.
const ROOM: f64 = 0.1;
/// Colours that people with any sight tell apart (Okabe & Ito 2008).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(110, 110, 110),
];
/// What is plotted, by the keys of the columns, and how it is called.
const PLOTS: [(&str, &str); 4] = [
    ("metres_to_plan", "metres driven / plan"),
    ("flowtime", "mean flowtime, s"),
    ("awarded_95", "95 % of tasks awarded, s"),
    ("messages", "messages a task"),
];

/// Rows that belong together: one point for each value that is varied, where there is one.
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The picture of a table; none if it has no rows.
pub(crate) fn plot(table: &Table) -> Option<String> {
    if table.rows.is_empty() {
        return None;
    }
    let mut picture = String::new();
    let area = SVGBackend::with_string(&mut picture, SIZE).into_drawing_area();
    // Writing to memory does not fail, and there are points, or an empty plot.
    let drawn = draw(table, &area);
    drop(area);
    drawn.ok().map(|()| picture)
}

fn draw(table: &Table, area: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
    area.fill(&WHITE)?;
    let values = values(table);
    for (place, (key, name)) in area.split_evenly((2, 2)).iter().zip(PLOTS) {
        let column = RESULTS.iter().chain(EFFORT).find(|column| column.key == key);
        if let Some(column) = column {
            let curves = curves(table, &values, column);
            panel(place, &values, name, &curves, key == PLOTS[0].0)?;
        }
    }
    area.present()?;
    Ok(())
}

/// One plot; the first has the names, and room for them below ratios.
fn panel(
    area: &Area<'_>,
    values: &[String],
    name: &str,
    curves: &[Curve],
    with_names: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = curves.iter().flat_map(|curve| &curve.points);
    let top = points.map(|point| point.1).fold(0.0, f64::max);
    let top = if top > 0.0 { top * (1.0 + ROOM) } else { 1.0 };
    let right = values.len() as f64 - 0.5;
    let mut chart = ChartBuilder::on(area)
        .caption(name, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d(-0.5..right, 0.0..top)?;
    let label = |x: &f64| {
        let number = x.round();
        let is_one = (x - number).abs() < 1e-6 && number >= 0.0;
        let value = is_one.then(|| values.get(number as usize)).flatten();
        value.cloned().unwrap_or_default()
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(2 * values.len() + 1)
        .x_label_formatter(&label)
        .y_labels(6)
        .draw()?;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let key = |(x, y): (i32, i32)| Rectangle::new([(x, y - 3), (x + 14, y + 3)], colour.filled());
        let points = || curve.points.iter().copied();
        chart
            .draw_series(LineSeries::new(points(), colour.stroke_width(2)))?
            .label(&curve.name)
            .legend(key);
        chart.draw_series(points().map(|point| Circle::new(point, 4, colour.filled())))?;
    }
    if with_names {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .border_style(BLACK.mix(0.3))
            .background_style(WHITE.mix(0.8))
            .draw()?;
    }
    Ok(())
}

/// What is plotted from left to right, and what tells the curves apart besides the strategy.
fn over(row: &Row, axis: Axis) -> (String, Option<String>) {
    let varied = row.case.varied(axis);
    let value = |k: usize| varied.get(k).map(|(name, value)| (*name, value.clone()));
    let (x, other) = match axis {
        // The wait is varied at two losses.
        Axis::Settle => (value(1), value(0)),
        _ => (value(0), value(1)),
    };
    let named = other.map(|(name, value)| match name {
        "loss" => format!("loss {value}"),
        _ => value,
    });
    (x.map_or(String::new(), |(_, value)| value), named)
}

/// The values that are varied, in the order of the rows.
fn values(table: &Table) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for row in &table.rows {
        let (value, _) = over(row, table.kind);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn curves(table: &Table, values: &[String], column: &Column) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for row in &table.rows {
        let (value, other) = over(row, table.kind);
        let strategy = row.case.strategy;
        let name = other.map_or(strategy.to_string(), |other| format!("{strategy}, {other}"));
        let k = curves.iter().position(|curve| curve.name == name);
        let k = k.unwrap_or_else(|| {
            curves.push(Curve {
                name,
                points: Vec::new(),
            });
            curves.len() - 1
        });
        let at = values.iter().position(|known| *known == value);
        let point = at.zip(row.number(column));
        curves[k].points.extend(point.map(|(x, y)| (x as f64, y)));
    }
    curves
}
