//! A plot of curves over time, as SVG.

use std::path::Path;

use plotters::prelude::*;

use crate::Error;

const SIZE: (u32, u32) = (800, 500);
/// Room around the points, as a part of what they span.
const ROOM: f64 = 0.1;
/// Colours that people with any sight tell apart (Okabe & Ito 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Of one solver.
pub(crate) struct Curve {
    pub(crate) name: String,
    /// Seconds of CPU, and what came of them.
    pub(crate) points: Vec<(f64, f64)>,
}

/// Writes the plot to a file; none if there are no points.
pub(crate) fn plot(file: &Path, title: &str, measure: &str, curves: &mut [Curve]) -> Result<(), Error> {
    for curve in &mut *curves {
        curve.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let all = || curves.iter().flat_map(|curve| &curve.points);
    if all().next().is_none() {
        return Ok(());
    }
    let (left, right) = span(all().map(|point| point.0.max(1e-4).ln()));
    let (low, high) = span(all().map(|point| point.1));
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d((left.exp()..right.exp()).log_scale(), low..high)?;
    let axes = &mut chart.configure_mesh();
    axes.light_line_style(TRANSPARENT);
    axes.x_desc("seconds of CPU for each problem")
        .y_desc(measure)
        .draw()?;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let key = |(x, y): (i32, i32)| Rectangle::new([(x, y - 3), (x + 16, y + 3)], colour.filled());
        let points = || curve.points.iter().copied();
        chart
            .draw_series(LineSeries::new(points(), colour.stroke_width(2)))?
            .label(&curve.name)
            .legend(key);
        chart.draw_series(points().map(|point| Circle::new(point, 4, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// The least and the greatest, with room around them.
fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let room = if high > low { ROOM * (high - low) } else { 1.0 };
    (low - room, high + room)
}
