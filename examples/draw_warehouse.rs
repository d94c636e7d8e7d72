//! Draws a warehouse as a MovingAI map.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fleet_examples::warehouse::Layout;

/// Draws a warehouse with aisles, racks, cross aisles, a packing zone and charger bays as a MovingAI map.
///
/// The same measures give the same map. Without measures it is the map of the simulator's own scenario.
#[derive(Parser)]
#[command(name = "draw_warehouse")]
struct Arguments {
    /// Racks side by side, from west to east
    #[arg(long, default_value_t = Layout::default().columns)]
    columns: u32,
    /// Racks one behind the other, from north to south
    #[arg(long, default_value_t = Layout::default().rows)]
    rows: u32,
    /// Length of a rack from west to east, in cells
    #[arg(long, default_value_t = Layout::default().rack_length)]
    rack_length: u32,
    /// Depth of a rack from north to south, in cells
    #[arg(long, default_value_t = Layout::default().rack_depth)]
    rack_depth: u32,
    /// Width of the aisles between the rows of racks, in cells
    #[arg(long, default_value_t = Layout::default().aisle)]
    aisle: u32,
    /// Width of the cross aisles between racks side by side, in cells
    #[arg(long, default_value_t = Layout::default().cross_aisle)]
    cross_aisle: u32,
    /// Depth of the packing zone in the south, in cells
    #[arg(long, default_value_t = Layout::default().packing)]
    packing: u32,
    /// Charger bays in the west wall, as far as there is room
    #[arg(long, default_value_t = Layout::default().chargers)]
    chargers: u32,
    /// Print the chargers and zones for a scenario file instead of the map
    #[arg(long)]
    zones: bool,
    /// The file to write; without it, the map is printed
    #[arg(short, long)]
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("draw_warehouse: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let warehouse = layout(arguments)
        .draw()
        .map_err(|invalid| format!("--{}: {}", invalid.field.replace('_', "-"), invalid.problem))?;
    let text = if arguments.zones {
        warehouse.to_toml()
    } else {
        warehouse.map.to_text()
    };
    match &arguments.output {
        None => print!("{text}"),
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
    }
    Ok(())
}

fn layout(arguments: &Arguments) -> Layout {
    Layout {
        columns: arguments.columns,
        rows: arguments.rows,
        rack_length: arguments.rack_length,
        rack_depth: arguments.rack_depth,
        aisle: arguments.aisle,
        cross_aisle: arguments.cross_aisle,
        packing: arguments.packing,
        chargers: arguments.chargers,
    }
}
