use std::collections::BTreeMap;

use fleet_core::travel::{Cell, GridMap};
use fleet_core::{Place, Point, limits};

use super::Fetch;
use super::document::Document;
use super::keys::{File, OpenFloor};
use super::values::{Spot, number};
use crate::readers::{ReadError, movingai};
use crate::scenario::{Area, Floor, Regions, Wrong};

pub(super) fn read(document: &Document<'_>, file: &File, fetch: Fetch<'_>) -> Result<Floor, ReadError> {
    let wrong = |key: &str, message: &str| Err(document.wrong(Wrong::new(key, message)));
    match (&file.map, &file.open_floor) {
        (Some(map), None) => read_map(document, file, map, fetch).map(Floor::Map),
        (None, Some(_)) if file.cell_size.is_some() => {
            wrong("cell_size", "an open floor has no cells: leave it out")
        }
        (None, Some(open)) => open_floor(open).map_err(|wrong| document.wrong(wrong)),
        (None, None) => wrong("map", "name a map file, or give an [open_floor]"),
        (Some(_), Some(_)) => wrong("open_floor", "there is a map already: leave one out"),
    }
}

fn read_map(document: &Document<'_>, file: &File, map: &str, fetch: Fetch<'_>) -> Result<GridMap, ReadError> {
    let (name, bytes) = fetch(map).map_err(|error| document.origin("map").wrong(error))?;
    let map = movingai::parse_map(&name, &bytes)?;
    let sized = map.with_cell_size(file.cell_size.unwrap_or(1.0));
    sized.map_err(|invalid| document.wrong(invalid.into()))
}

fn open_floor(open: &OpenFloor) -> Result<Floor, Wrong> {
    let side = |key: &str, metres| {
        if metres == 0.0 {
            return Err(Wrong::new(key, "must be greater than zero"));
        }
        number(key, metres, 0.0, limits::COORDINATE)
    };
    Ok(Floor::Open {
        width: side("open_floor.width", open.width)?,
        height: side("open_floor.height", open.height)?,
    })
}

pub(super) fn chargers(regions: &Regions<'_>, spots: &[Spot]) -> Result<Vec<Point>, Wrong> {
    let one = |(k, spot): (usize, &Spot)| place(regions, &format!("chargers[{k}]"), *spot);
    spots.iter().enumerate().map(one).collect()
}

/// The point that `spot` means, if a robot can be there.
pub(super) fn place(regions: &Regions<'_>, key: &str, spot: Spot) -> Result<Point, Wrong> {
    let point = match (spot, regions.floor) {
        (Spot::Point { x, y }, _) => Point::new(x, y),
        (Spot::Cell(cell), Floor::Map(map)) => centre(map, key, cell)?,
        (Spot::Cell(_), Floor::Open { .. }) => {
            return Err(Wrong::new(
                key,
                "an open floor has no cells: write { x = ..., y = ... }",
            ));
        }
    };
    match regions.at(Place::Point(point)) {
        Ok(_) => Ok(point),
        Err(problem) => Err(Wrong::new(key, problem)),
    }
}

fn centre(map: &GridMap, key: &str, [column, row]: [u32; 2]) -> Result<Point, Wrong> {
    if column as usize >= map.width() as usize || row as usize >= map.height() as usize {
        let (width, height) = (map.width(), map.height());
        return Err(Wrong::new(
            key,
            format_args!("is outside the map of {width} columns and {height} rows, counted from 0"),
        ));
    }
    Ok(map.centre(Cell { column, row }))
}

/// The zones of a file, whose corners are inside the floor.
pub(super) struct Zones<'z> {
    pub(super) regions: &'z Regions<'z>,
    zones: &'z BTreeMap<String, Vec<[f64; 4]>>,
}

pub(super) fn zones<'z>(
    regions: &'z Regions<'z>,
    zones: &'z BTreeMap<String, Vec<[f64; 4]>>,
) -> Result<Zones<'z>, Wrong> {
    for (name, rectangles) in zones {
        if name == "random-free" {
            return Err(Wrong::new(
                "zones.random-free",
                "this name means the whole floor: choose another",
            ));
        }
        for (k, rectangle) in rectangles.iter().enumerate() {
            check_rectangle(regions.floor, &format!("zones.{name}[{k}]"), rectangle)?;
        }
    }
    Ok(Zones { regions, zones })
}

fn check_rectangle(floor: &Floor, key: &str, rectangle: &[f64; 4]) -> Result<(), Wrong> {
    let (right, top) = match floor {
        Floor::Map(map) => (map.width() as f64 - 1.0, map.height() as f64 - 1.0),
        Floor::Open { width, height } => (*width, *height),
    };
    for (value, max) in rectangle.iter().zip([right, top, right, top]) {
        number(key, *value, 0.0, max)?;
    }
    let [left, first, right, last] = *rectangle;
    if right < left || last < first {
        return Err(Wrong::new(key, "the lesser corner comes first"));
    }
    if floor.map().is_some() && rectangle.iter().any(|value| value.fract() != 0.0) {
        return Err(Wrong::new(key, "cells are counted in whole numbers"));
    }
    if floor.map().is_none() && (right == left || last == first) {
        return Err(Wrong::new(key, "must have an area"));
    }
    Ok(())
}

impl Zones<'_> {
    /// The part of a zone that is in a region; without a name, all of the region.
    pub(super) fn area(&self, key: &str, name: Option<&str>, region: usize) -> Result<Area, Wrong> {
        let area = match name {
            None | Some("random-free") => Area::region(self.regions, region),
            Some(name) => self.zone(key, name, region)?,
        };
        if area.is_empty() {
            return Err(Wrong::new(key, "has no free cell that these robots can reach"));
        }
        Ok(area)
    }

    fn zone(&self, key: &str, name: &str, region: usize) -> Result<Area, Wrong> {
        let Some(rectangles) = self.zones.get(name) else {
            return Err(Wrong::new(
                key,
                format_args!("there is no zone {name:?} under [zones]"),
            ));
        };
        Ok(match self.regions.floor {
            Floor::Open { .. } => Area::Rectangles(rectangles.clone()),
            Floor::Map(_) => {
                let cells: Vec<[usize; 4]> = rectangles
                    .iter()
                    .map(|corners| corners.map(|n| n as usize))
                    .collect();
                Area::cells(self.regions, region, &cells)
            }
        })
    }
}
